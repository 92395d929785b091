--TEST--
A child that is forked while orders are read goes on by itself, and so does its parent
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$sandbox->seed( array( 'count' => 450 ) );
$orders = wccom_host_orders( array(), $sandbox->options() );
$ids    = array();
$child  = null;
foreach ( $orders as $order ) {
	$ids[] = $order['id'];
	if ( null === $child && 100 === count( $ids ) ) {
		$child = pcntl_fork();
	}
}
$complete = 450 === count( array_unique( $ids ) );
if ( 0 === $child ) {
	unset( $orders );
	exit( $complete ? 0 : 1 );
}
pcntl_waitpid( $child, $status );
var_dump( $complete, pcntl_wexitstatus( $status ), count( $orders ) );
?>
--EXPECT--
bool(true)
int(0)
int(450)
