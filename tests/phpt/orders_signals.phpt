--TEST--
While a page is fetched, a signal handler runs; it cannot read the same orders, and what it throws comes through
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$sandbox->seed( array( 'count' => 150 ) );
$orders = wccom_host_orders( array(), $sandbox->options() );
pcntl_async_signals( true );

/** Reads to the end, with an alarm while the second page is fetched. */
function read_on(): int {
	global $sandbox, $orders;
	$read = 0;
	foreach ( $orders as $order ) {
		if ( 100 === ++$read ) {
			$sandbox->fault( array( 'kind' => 'delay', 'ms' => 1500, 'when' => 'before' ), 'orders' );
			pcntl_alarm( 1 );
		}
	}
	return $read;
}

pcntl_signal( SIGALRM, fn() => failing( fn() => $orders->current() ) );
var_dump( read_on() );

pcntl_signal( SIGALRM, fn() => throw new DomainException( 'stop' ) );
failing( 'read_on' );

pcntl_signal( SIGALRM, function () use ( &$orders ) { $orders = null; } );
var_dump( read_on() );
?>
--EXPECT--
WccomHost\Exception {"outcome":"not_sent","retryable":true}
int(150)
DomainException []
int(150)
