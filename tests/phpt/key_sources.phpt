--TEST--
The key comes from an option, a file, a file descriptor or the environment; settings of php.ini are defaults
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
file_put_contents( folder() . '/key', KEY . "\n" );
file_put_contents( folder() . '/script.php', '<?php
	$options = json_decode( $argv[2], true );
	try {
		echo wccom_host_register( array( "url" => $argv[1], "wpcom_access_token" => "t" ), $options )["url"], "\n";
	} catch ( Throwable $e ) {
		echo get_class( $e ), " ", $e->getMessage(), "\n";
	}' );

/** Another PHP, since settings and environment are fixed when a process starts. */
function run( array $options, array $settings = array(), array $environment = array(), ?string $fd3 = null ): void {
	static $n = 0;
	global $sandbox;
	$settings += array( 'wccom_host.base_url' => $sandbox->ready['base_url'], 'wccom_host.ca_file' => $sandbox->ready['ca_file'] );
	$command   = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ) );
	foreach ( $settings as $name => $value ) {
		array_push( $command, '-d', "$name=$value" );
	}
	array_push( $command, folder() . '/script.php', 'https://site-' . ++$n . '.example.com', json_encode( $options ) );
	$process = proc_open( $command, array( 1 => STDOUT, 2 => STDOUT, 3 => array( 'pipe', 'r' ) ), $pipes, null, $environment );
	fwrite( $pipes[3], (string) $fd3 );
	fclose( $pipes[3] );
	proc_close( $process );
}

run( array( 'key' => KEY ) );
run( array( 'key_file' => folder() . '/key' ) );
run( array( 'key_file' => '/dev/fd/3' ), fd3: KEY );
run( array(), environment: array( 'WCCOM_HOST_KEY' => KEY ) );
run( array() );
echo "-- the certificates that php.ini names for PHP's own clients\n";
run( array( 'key' => KEY ), array( 'wccom_host.ca_file' => '', 'curl.cainfo' => $sandbox->ready['ca_file'] ) );
run( array( 'key' => KEY ), array( 'wccom_host.ca_file' => '', 'openssl.cafile' => $sandbox->ready['ca_file'] ) );
run( array( 'key' => KEY ), array( 'wccom_host.ca_file' => '/nowhere.pem' ) );
run( array( 'key' => KEY ), array( 'wccom_host.timeout' => 'soon' ) );
var_dump( count( $sandbox->orders() ) );
?>
--EXPECTF--
https://site-1.example.com
https://site-2.example.com
https://site-3.example.com
https://site-4.example.com
WccomHost\InvalidRequestException key is missing; give the key of the plan's package as option key or key_file, or in the environment variable WCCOM_HOST_KEY
-- the certificates that php.ini names for PHP's own clients
https://site-6.example.com
https://site-7.example.com
WccomHost\InvalidRequestException ca_file /nowhere.pem cannot be read: %s
WccomHost\InvalidRequestException timeout must be a number of seconds between 0.001 and 3600, not this string
int(6)
