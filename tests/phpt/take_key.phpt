--TEST--
A key that was taken is in no variable, neither in the environment nor in /proc/self/environ, is used until it is forgotten, and goes nowhere but where php.ini says
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
file_put_contents( folder() . '/key', KEY . "\n" );
file_put_contents( folder() . '/script.php', '<?php
	$totals  = function ( array $options = array() ) {
		try {
			return isset( wccom_host_totals( $options )["total_orders"] ) ? "asked" : "?";
		} catch ( WccomHost\Exception $e ) {
			return strtok( $e->getMessage(), ";" );
		}
	};
	$elsewhere = function ( string ...$key ) use ( $totals ) {
		foreach ( array( "base_url" => "https://127.0.0.1:1", "ca_file" => __FILE__ ) as $name => $value ) {
			echo "  ", $totals( array( $name => $value, "timeout" => 1 ) + $key ), "\n";
		}
	};
	$shown   = fn( string $text ) => var_export( str_contains( (string) file_get_contents( "/proc/self/environ" ), $text ), true );
	echo $totals(), "\n";
	echo "before: ", $shown( "phpt-key" ), $shown( "phpt-token" ), " ", getenv( "WCCOM_HOST_KEY" ), "\n";
	putenv( "WCCOM_HOST_WPCOM_ACCESS_TOKEN" );
	var_dump( wccom_host_take_key( isset( $argv[1] ) ? array( "key_file" => $argv[1] ) : array() ) );
	echo "after: ", $shown( "phpt-key" ), $shown( "phpt-token" ), " ";
	var_dump( getenv( "WCCOM_HOST_KEY" ) );
	echo "the rest: ", $shown( "OTHER=stays\0LAST=too" ), " ", getenv( "OTHER" ), getenv( "LAST" ), "\n";
	echo $totals(), "\n";
	$elsewhere();
	try {
		wccom_host_take_key( array( "key_file" => "/nowhere" ) );
	} catch ( WccomHost\Exception $e ) {
		echo $e->getMessage(), "\n";
	}
	echo $totals(), "\n";
	wccom_host_forget_key();
	wccom_host_forget_key();
	echo $totals(), "\n";
	var_dump( wccom_host_take_key() );
' );

function run( array $environment, string ...$arguments ): void {
	global $sandbox;
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), '-d', 'wccom_host.base_url=' . $sandbox->ready['base_url'], folder() . '/script.php', ...$arguments );
	proc_close( proc_open( $command, array( 1 => STDOUT, 2 => STDOUT ), $pipes, null, $environment ) );
}

run( array( 'WCCOM_HOST_KEY' => KEY, 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => 'phpt-token', 'OTHER' => 'stays', 'LAST' => 'too' ) );
echo "-- a file wins over the environment\n";
run( array( 'WCCOM_HOST_KEY' => 'phpt-key-of-another', 'OTHER' => 'stays', 'LAST' => 'too' ), folder() . '/key' );
echo "-- none\n";
run( array( 'OTHER' => 'stays', 'LAST' => 'too' ) );
?>
--EXPECT--
asked
before: truetrue phpt-key-topsecret
bool(true)
after: falsefalse bool(false)
the rest: true staystoo
asked
  base_url cannot be given with the key that wccom_host_take_key() keeps
  ca_file cannot be given with the key that wccom_host_take_key() keeps
key_file /nowhere cannot be read: No such file or directory (os error 2)
asked
key is missing
bool(false)
-- a file wins over the environment
WooCommerce.com refused the request with HTTP 403 rest_forbidden: Sorry, you are not allowed to do that. Check the key: it must be that of the plan's package.
before: truefalse phpt-key-of-another
bool(true)
after: falsefalse bool(false)
the rest: true staystoo
asked
  base_url cannot be given with the key that wccom_host_take_key() keeps
  ca_file cannot be given with the key that wccom_host_take_key() keeps
key_file /nowhere cannot be read: No such file or directory (os error 2)
asked
key is missing
bool(false)
-- none
key is missing
before: falsefalse 
bool(false)
after: falsefalse bool(false)
the rest: true staystoo
key is missing
  key is missing
  key is missing
key_file /nowhere cannot be read: No such file or directory (os error 2)
key is missing
key is missing
bool(false)
