--TEST--
Arguments that fuzzing has found: names that are not UTF-8, arrays that are larger than they look, names of any length
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options();

echo "-- keys of a batch may be any bytes, and come back as they are\n";
$requests = array(
	"\xff\0" => request( array( 'url' => 'https://a.example.com' ) ),
	5        => request( array( 'url' => 'https://b.example.com' ) ),
	''       => request( array( 'url' => 'https://c.example.com' ) ),
);
$keys     = array();
$summary  = wccom_host_register_many( $requests, $options, function ( $key ) use ( &$keys ) {
	$keys[] = $key;
} );
sort( $keys, SORT_STRING );
var_dump( $summary['registered'], $keys === array( '', 5, "\xff\0" ) );

echo "-- an iterator is read as foreach reads it\n";
final class Reading implements Iterator {
	public array $calls = array();
	private int $left   = 1;
	public function rewind(): void {
		$this->calls[] = 'rewind';
	}
	public function valid(): bool {
		$this->calls[] = 'valid';
		return $this->left > 0;
	}
	public function current(): mixed {
		$this->calls[] = 'current';
		return request( array( 'url' => 'https://d.example.com' ) );
	}
	public function key(): mixed {
		$this->calls[] = 'key';
		return 1;
	}
	public function next(): void {
		$this->calls[] = 'next';
		--$this->left;
	}
}
$by_foreach = new Reading();
foreach ( $by_foreach as $key => $value ) {
	continue;
}
$by_batch = new Reading();
wccom_host_register_many( $by_batch, $options, fn() => true );
var_dump( $by_batch->calls === $by_foreach->calls );

echo "-- what PHP has only once does not fill the memory\n";
$large = array( 'a' );
for ( $i = 0; $i < 5; $i++ ) {
	$large = array_fill( 0, 1000, $large );
}
$large = request( array( 'metadata' => array( 'a' => $large ) ) );
$text  = request( array( 'products' => array_fill( 0, 100000, str_repeat( 'a', 100000 ) ) ) );
$sent  = count( $sandbox->log() );
echo preg_replace( '/\d+/', 'N', failing( fn() => wccom_host_register( $large, $options ) )->getMessage() ), "\n";
echo preg_replace( '/\d+/', 'N', failing( fn() => wccom_host_register( $text, $options ) )->getMessage() ), "\n";

echo "-- a name of any length and kind is shown in a line\n";
foreach ( array( str_repeat( 'x', 10000000 ), "a\r\nb" ) as $name ) {
	foreach ( array( 1, NAN ) as $value ) {
		$message = failing( fn() => wccom_host_check( request( array( $name => $value ) ), $options ) )->getMessage();
		var_dump( strlen( $message ) < 200, str_contains( $message, "\n" ) );
	}
}
var_dump( count( $sandbox->log() ) - $sent );

echo "-- the variable of an earlier registration does not keep it\n";
$registration = array( 'order_id' => 5 );
failing( function () use ( $options, &$registration ) {
	wccom_host_register( array(), $options, $registration );
} );
var_dump( $registration );

echo "-- a handler for errors that throws while the arguments are looked at: nothing is begun\n";
class Base {
	public static function called(): void {
		echo "called\n";
	}
}
class Derived extends Base {
	/** PHP says that this callable is deprecated. */
	public static function register( array $options ): void {
		wccom_host_register_many( array( array( 'url' => 'https://shop.example.com', 'wpcom_access_token' => TOKEN ) ), $options, 'parent::called' );
	}
}
ini_set( 'zend.exception_ignore_args', '1' ); // The closures here hold the key.
$orders = count( $sandbox->orders() );
set_error_handler( fn( int $level, string $message ) => throw new DomainException( $message ) );
failing( fn() => Derived::register( $sandbox->options() ) );
restore_error_handler();
var_dump( count( $sandbox->orders() ) - $orders );
?>
--EXPECTF--
-- keys of a batch may be any bytes, and come back as they are
int(3)
bool(true)
-- an iterator is read as foreach reads it
bool(true)
-- what PHP has only once does not fill the memory
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"metadata.a[0][0][%d][%d][%d][%d]"}
metadata.a[N][N][N][N][N][N] is too large
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"products[%d]"}
products[N] is too large
-- a name of any length and kind is shown in a line
%s
bool(true)
bool(false)
%s
bool(true)
bool(false)
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"ab"}
bool(true)
bool(false)
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"ab"}
bool(true)
bool(false)
int(0)
-- the variable of an earlier registration does not keep it
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"url"}
array(0) {
}
-- a handler for errors that throws while the arguments are looked at: nothing is begun
DomainException []
int(0)
