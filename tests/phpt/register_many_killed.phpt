--TEST--
A batch that is killed at any step is resumed without a second order, and every secret that was handed over is in the journal
--SKIPIF--
<?php
if ( ! getenv( 'WCCOM_HOST_FAULT_EXTENSION' ) ) {
	die( 'skip needs WCCOM_HOST_FAULT_EXTENSION, a build with the feature fault-points' );
}
?>
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$script  = folder() . '/script.php';
file_put_contents( $script, '<?php
[$name, $options, $kill] = json_decode( stream_get_contents( STDIN ), true );
// More than are begun when the twelfth is handed over, however the answers come: 11 + 16 answered + 16 begun.
$shops = ( function () use ( $name ) {
	for ( $i = 0; $i < 60; $i++ ) {
		yield "https://$name-$i.example.com" => [ "url" => "https://$name-$i.example.com", "wpcom_access_token" => "token" ];
	}
} )();
$taken = 0;
wccom_host_register_many( $shops, $options, function ( $key, $result ) use ( &$taken, $kill ) {
	echo $key, " ", is_array( $result ) ? $result["access_token_secret"] : $result->outcome, "\n";
	if ( 12 === ++$taken && $kill ) {
		putenv( "WCCOM_HOST_FAULT_POINT=$kill" );
	}
} );
' );
/** @return array{int, array<string, string>} The exit code, and what was handed over. */
$run = function ( string $name, string $kill ) use ( $script, $sandbox ): array {
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), $script );
	$process = proc_open( $command, array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), array( 'file', '/dev/null', 'w' ) ), $pipes );
	$options = $sandbox->options( array( 'journal' => folder() . "/$name" ) );
	fwrite( $pipes[0], json_encode( array( $name, $options, $kill ) ) );
	fclose( $pipes[0] );
	$lines = array_filter( explode( "\n", stream_get_contents( $pipes[1] ) ) );
	return array( proc_close( $process ), array_column( array_map( fn( $line ) => explode( ' ', $line ), $lines ), 1, 0 ) );
};
foreach ( array( 'batch-sent', 'batch-answered', 'batch-received', 'batch-committed' ) as $point ) {
	[$code, $before] = $run( $point, $point );
	[, $after]       = $run( $point, '' );
	$urls            = array_column( array_filter( $sandbox->orders(), fn( $order ) => str_starts_with( $order['url'], "https://$point-" ) ), 'url' );
	$unknown         = array_keys( $after, 'unknown', true );
	// At these two steps nothing need be in flight: every answer may have come, or nothing more may be about to be sent.
	$least = in_array( $point, array( 'batch-received', 'batch-committed' ), true ) ? 0 : 1;
	echo "$point: killed ", 137 === $code || 9 === $code ? 'yes' : "no, $code", '; handed over before and kept ', array_intersect_assoc( $before, $after ) === $before ? 'all' : 'NOT ALL', ' of ', count( $before ) >= 12 ? 'a dozen' : count( $before );
	echo '; results ', count( $after ), '; two orders ', count( $urls ) - count( array_unique( $urls ) ), '; unknown ', count( $unknown ) <= 16 && count( $unknown ) >= $least ? 'at most what was in flight' : count( $unknown );
	echo '; without an order ', count( array_diff( array_keys( $after ), $urls, $unknown ) ), "\n";
}

echo "-- killed while the iterable makes its next request\n";
$script_of = folder() . '/generator.php';
file_put_contents( $script_of, '<?php
[$options, $kill] = json_decode( stream_get_contents( STDIN ), true );
$shops = ( function () use ( $kill ) {
	yield "first" => [ "url" => "https://first.example.com", "wpcom_access_token" => "token" ];
	if ( $kill ) {
		exec( "kill -KILL " . getmypid() );
	}
} )();
wccom_host_register_many( $shops, [ "concurrency" => 1 ] + $options, function ( $key, $result ) {
	echo $key, " ", is_array( $result ) ? strlen( $result["access_token_secret"] ) : $result->outcome, "\n";
} );
' );
foreach ( array( true, false ) as $kill ) {
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), $script_of );
	$process = proc_open( $command, array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), array( 'file', '/dev/null', 'w' ) ), $pipes );
	fwrite( $pipes[0], json_encode( array( $sandbox->options( array( 'journal' => folder() . '/generator' ) ), $kill ) ) );
	fclose( $pipes[0] );
	echo $kill ? 'killed: ' : 'again: ', stream_get_contents( $pipes[1] ), "\n";
	proc_close( $process );
}
?>
--EXPECT--
batch-sent: killed yes; handed over before and kept all of a dozen; results 60; two orders 0; unknown at most what was in flight; without an order 0
batch-answered: killed yes; handed over before and kept all of a dozen; results 60; two orders 0; unknown at most what was in flight; without an order 0
batch-received: killed yes; handed over before and kept all of a dozen; results 60; two orders 0; unknown at most what was in flight; without an order 0
batch-committed: killed yes; handed over before and kept all of a dozen; results 60; two orders 0; unknown at most what was in flight; without an order 0
-- killed while the iterable makes its next request
killed: 
again: first 40
