--TEST--
Orders are read in constant memory
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$sandbox->seed( array( 'count' => 5000 ) );
function resident(): int {
	preg_match( '/^VmRSS:\s+(\d+)/m', file_get_contents( '/proc/self/status' ), $match );
	return (int) $match[1];
}
$read = 0;
foreach ( wccom_host_orders( array(), $sandbox->options() ) as $order ) {
	if ( 1000 === ++$read ) {
		$php      = memory_get_usage();
		$resident = resident();
	}
}
unset( $order );
var_dump( $read, memory_get_usage() - $php < 4096, resident() - $resident < 1024 );
gc_collect_cycles();
?>
--EXPECT--
int(5000)
bool(true)
bool(true)
