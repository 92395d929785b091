--TEST--
A destructor of a key, a request or a return value that throws stops the batch as the callback does, and costs no result
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
final class Throwing {
	public static bool $is_armed = true;
	public function __construct( public string $name ) {}
	public function __destruct() {
		if ( self::$is_armed ) {
			self::$is_armed = false;
			throw new LogicException( "destructor of a $this->name" );
		}
	}
}
$shops = function ( string $what ) {
	for ( $i = 0; $i < 100; $i++ ) {
		yield ( 'key' === $what && 3 === $i ? new Throwing( $what ) : $i ) => request( array( 'url' => "https://$what$i.example.com" ) );
	}
};
foreach ( array( 'key', 'answer' ) as $what ) {
	Throwing::$is_armed = true;
	$taken              = 0;
	try {
		wccom_host_register_many( $shops( $what ), $sandbox->options( array( 'journal' => folder() . "/$what", 'concurrency' => 4 ) ), function () use ( $what, &$taken ) {
			++$taken;
			return 'answer' === $what && 3 === $taken ? new Throwing( $what ) : null;
		} );
	} catch ( LogicException $e ) {
		echo $e->getMessage(), "\n";
	}
	$ordered = count( array_filter( $sandbox->orders(), fn( $order ) => str_starts_with( $order['url'], "https://$what" ) ) );
	echo $ordered < 30 ? 'stopped' : "went on to $ordered", ', ', $ordered === $taken ? 'each order was handed over' : "$ordered ordered, $taken handed over", "\n";
}
?>
--EXPECT--
destructor of a key
stopped, each order was handed over
destructor of a answer
stopped, each order was handed over
