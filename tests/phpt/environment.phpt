--TEST--
Code of a site cannot point the key elsewhere with putenv(): neither the proxy nor whom to trust; what the process was given counts
--FILE--
<?php
require 'sandbox.inc';
$service = new Sandbox( '--tls' );
mkdir( folder() . '/evil' );
$evil    = new Sandbox( '--tls', '--ca-file', folder() . '/evil/ca.pem' );
file_put_contents( folder() . '/script.php', '<?php
	[ , $variables, $key, $base_url, $url ] = $argv;
	foreach ( json_decode( $variables, true ) as $variable ) {
		putenv( $variable );
	}
	try {
		$auth = wccom_host_register( array( "url" => $url, "wpcom_access_token" => "customer-token" ), array( "key" => $key, "base_url" => $base_url, "timeout" => 2 ) );
		echo "registered\n";
	} catch ( WccomHost\Exception $e ) {
		echo $e->getMessage(), "\n";
	}' );

/** Another PHP with this environment, whose script adds variables, or takes some out. */
function run( string $title, array $env, array $putenv, Sandbox $asked ): void {
	static $n = 0;
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), folder() . '/script.php', json_encode( $putenv ), KEY, $asked->ready['base_url'], 'https://site-' . ++$n . '.example.com' );
	$env    += array_intersect_key( getenv(), array( 'VALGRIND_OPTS' => 1 ) );
	$process = proc_open( $command, array( 1 => array( 'pipe', 'w' ), 2 => STDOUT ), $pipes, null, $env );
	echo "$title: ", stream_get_contents( $pipes[1] );
	proc_close( $process );
}

$ours    = $service->ready['ca_file'];
$theirs  = $evil->ready['ca_file'];
$nowhere = 'http://127.0.0.1:1';

run( 'another authority', array( 'SSL_CERT_FILE' => $ours ), array( "SSL_CERT_FILE=$theirs" ), $evil );
run( 'another authority where none was named', array(), array( "SSL_CERT_FILE=$theirs", 'SSL_CERT_DIR=' . dirname( $theirs ) ), $evil );
run( 'another proxy', array( 'SSL_CERT_FILE' => $ours ), array( "HTTPS_PROXY=$nowhere", "https_proxy=$nowhere", "ALL_PROXY=$nowhere", "all_proxy=$nowhere" ), $service );
run( 'around the proxy', array( 'SSL_CERT_FILE' => $ours, 'https_proxy' => $nowhere ), array( 'NO_PROXY=*', 'no_proxy=*' ), $service );
run( 'without the proxy', array( 'SSL_CERT_FILE' => $ours, 'https_proxy' => $nowhere ), array( 'https_proxy' ), $service );
run( 'what was given', array( 'SSL_CERT_FILE' => $ours ), array( 'SSL_CERT_FILE' ), $service );
var_dump( count( $service->orders() ), $evil->log() );

// The script sees it, too. PHP, which remembers what it has set, gets by with that at the end of the request.
$given = getenv( 'SSL_CERT_FILE' );
putenv( "SSL_CERT_FILE=$theirs" );
echo wccom_host_version() && getenv( 'SSL_CERT_FILE' ) === $given ? "as given\n" : '';
putenv( "SSL_CERT_FILE=$theirs" );
echo getenv( 'SSL_CERT_FILE' ) === $theirs ? "set again\n" : '';
?>
--EXPECTF--
another authority: Nothing was sent: no connection to 127.0.0.1:%d: a signature of its certificates is false, %s.
another authority where none was named: Nothing was sent: no connection to 127.0.0.1:%d: its certificate is not from an authority that is trusted here, %s.
another proxy: registered
around the proxy: Nothing was sent: no connection to 127.0.0.1:%d through the proxy 127.0.0.1:1: Connection refused%s
without the proxy: Nothing was sent: no connection to 127.0.0.1:%d through the proxy 127.0.0.1:1: Connection refused%s
what was given: registered
int(2)
array(0) {
}
as given
set again
