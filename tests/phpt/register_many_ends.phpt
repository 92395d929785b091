--TEST--
exit() and fatal errors in a callback: what was in flight is recorded, and the journal is free again
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$script  = folder() . '/script.php';
file_put_contents( $script, '<?php
[$how, $options] = json_decode( stream_get_contents( STDIN ), true );
function shops( $how ) {
	for ( $i = 0; $i < 100; $i++ ) {
		yield $i => [ "url" => "https://$how$i.example.com", "wpcom_access_token" => "token" ];
	}
}
ini_set( "display_errors", "stderr" );
register_shutdown_function( function () use ( $how, $options ) {
	$again = wccom_host_register_many( shops( $how ), $options, function ( $key, $result ) {
		if ( ! is_array( $result ) ) {
			echo $result->getMessage(), "\n";
		}
	} );
	echo "in the shutdown function: ", $again["from_journal"] >= 16 ? "what was in flight is known" : json_encode( $again ), ", ", $again["from_journal"] + $again["registered"], " in all\n";
} );
wccom_host_register_many( shops( $how ), $options, function () use ( $how ) {
	match ( $how ) {
		"exit"   => exit( 3 ),
		"fatal"  => trigger_error( "fatal", E_USER_ERROR ),
		"memory" => str_repeat( "x", PHP_INT_MAX >> 1 ),
		"undefined" => no_such_function(),
	};
} );
echo "not reached\n";
' );
foreach ( array( 'exit', 'fatal', 'memory', 'undefined' ) as $how ) {
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_EXTENSION' ), $script );
	$process = proc_open( $command, array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), array( 'file', folder() . '/errors', 'w' ) ), $pipes );
	fwrite( $pipes[0], json_encode( array( $how, $sandbox->options( array( 'journal' => folder() . "/$how" ) ) ) ) );
	fclose( $pipes[0] );
	echo "-- $how\n", stream_get_contents( $pipes[1] );
	echo 'exit code ', proc_close( $process ), "\n";
	$urls = array_column( $sandbox->orders(), 'url' );
	echo count( $urls ) === count( array_unique( $urls ) ) ? '' : "A SITE HAS TWO ORDERS\n";
}
echo count( $sandbox->orders() ), "\n";
?>
--EXPECT--
-- exit
in the shutdown function: what was in flight is known, 100 in all
exit code 3
-- fatal
in the shutdown function: what was in flight is known, 100 in all
exit code 255
-- memory
in the shutdown function: what was in flight is known, 100 in all
exit code 255
-- undefined
in the shutdown function: what was in flight is known, 100 in all
exit code 255
400
