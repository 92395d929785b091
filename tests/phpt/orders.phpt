--TEST--
Orders are fetched as they are read, counted, read again, left, and given up by an error
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options();
$sandbox->seed( array( 'count' => 250 ) );

$orders = wccom_host_orders( array(), $options );
var_dump( $orders instanceof Traversable, count( $sandbox->log() ) );
var_dump( count( $orders ), count( $sandbox->log() ) );
$ids = array();
foreach ( $orders as $index => $order ) {
	$ids[ $index ] = $order['id'];
}
var_dump( count( array_unique( $ids ) ), array_keys( $ids ) === range( 0, 249 ), count( $sandbox->log() ), $orders->valid(), $orders->current() );
$orders->next();
var_dump( $orders->key(), count( $sandbox->log() ) );

echo "-- again\n";
var_dump( array_column( iterator_to_array( $orders ), 'id' ) === $ids, count( $sandbox->log() ) );

echo "-- left after the first\n";
foreach ( wccom_host_orders( array(), $options ) as $order ) {
	break;
}
var_dump( count( $sandbox->log() ) );

echo "-- inside of each other\n";
$pairs = 0;
foreach ( wccom_host_orders( array( 'offset' => 248 ), $options ) as $one ) {
	foreach ( wccom_host_orders( array( 'offset' => 248 ), $options ) as $other ) {
		++$pairs;
	}
}
var_dump( $pairs );

echo "-- none\n";
$none = wccom_host_orders( array( 'status' => 'failed' ), $options );
var_dump( count( $none ), iterator_to_array( $none ) );

echo "-- an error in the middle\n";
$read   = 0;
$orders = wccom_host_orders( array(), $options );
failing(
	function () use ( $sandbox, $orders, &$read ) {
		foreach ( $orders as $order ) {
			if ( 100 === ++$read ) {
				$sandbox->fault( array( 'kind' => 'status', 'status' => 403, 'body' => '<html>' ), 'orders' );
			}
		}
	}
);
$requests = count( $sandbox->log() );
var_dump( $read, $orders->valid(), $orders->current(), count( $sandbox->log() ) === $requests );
var_dump( count( iterator_to_array( $orders ) ) );

echo "-- a list that was empty, and one that was left at its first order, are read anew\n";
$none = wccom_host_orders( array( 'status' => 'pending' ), $options );
var_dump( count( iterator_to_array( $none ) ) );
$sandbox->seed( array( array( 'status' => 'pending' ) ) );
foreach ( $none as $first ) {
	break;
}
$sandbox->seed( array( array( 'status' => 'pending' ) ) );
var_dump( count( iterator_to_array( $none ) ) );

echo "-- no total\n";
$sandbox->fault( array( 'kind' => 'status', 'status' => 200, 'body' => array() ), 'orders' );
failing( fn() => count( wccom_host_orders( array(), $options ) ) );

echo "-- an object of its own\n";
failing( fn() => clone $orders );
failing( fn() => serialize( $orders ) );
failing( fn() => new WccomHost\Orders() );
failing( fn() => unserialize( 'O:16:"WccomHost\Orders":0:{}' ) );
failing( fn() => ( new ReflectionClass( 'WccomHost\Orders' ) )->newInstanceWithoutConstructor()->count() );
?>
--EXPECTF--
bool(true)
int(0)
int(250)
int(1)
int(250)
bool(true)
int(3)
bool(false)
NULL
int(250)
int(3)
-- again
bool(true)
int(6)
-- left after the first
int(7)
-- inside of each other
int(4)
-- none
int(0)
array(0) {
}
-- an error in the middle
WccomHost\ApiException {"outcome":"refused","retryable":false,"httpStatus":403,"apiCode":null,"apiParams":[],"retryAfter":null}
int(100)
bool(false)
NULL
bool(true)
int(250)
-- a list that was empty, and one that was left at its first order, are read anew
int(0)
int(2)
-- no total
WccomHost\UnexpectedResponseException {"outcome":"refused","retryable":false,"httpStatus":200,"field":"X-WP-Total"}
-- an object of its own
Error []
Exception []
Exception []
Exception []
%s []
