--TEST--
The third parameter takes destructors and typed properties, and refuses before anything is sent
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
function register( &$registration ): array {
	static $n = 0;
	global $sandbox;
	return wccom_host_register( request( array( 'url' => 'https://site-' . ++$n . '.example.com' ) ), $sandbox->options(), $registration );
}

final class Assigns {
	public function __destruct() {
		$GLOBALS['registration'] = 5;
	}
}
$registration = new Assigns();
register( $registration );
var_dump( isset( $registration['order_id'] ) );

final class Holder {
	public int $number      = 5;
	public array $list      = array();
	public ?array $nullable = null;
}
$holder = new Holder();
try {
	register( $holder->number );
} catch ( TypeError $e ) {
	echo $e->getMessage(), "\n";
}
var_dump( $holder->number, count( $sandbox->log() ) );
register( $holder->list );
register( $holder->nullable );
var_dump( isset( $holder->list['order_id'], $holder->nullable['order_id'] ) );

final class Throws {
	public function __destruct() {
		throw new LogicException( 'destructor' );
	}
}
$throwing = new Throws();
try {
	register( $throwing );
} catch ( LogicException $e ) {
	echo $e->getMessage(), "\n";
}
var_dump( count( $sandbox->log() ) );

$both = array( 'url' => 'https://both.example.com', 'wpcom_access_token' => TOKEN );
wccom_host_register( $both, $sandbox->options(), $both );
var_dump( $both['url'], isset( $both['order_id'] ) );
?>
--EXPECT--
bool(true)
Cannot assign array to reference held by property Holder::$number of type int
int(5)
int(1)
bool(true)
destructor
int(3)
string(24) "https://both.example.com"
bool(true)
