--TEST--
Parent and forked children call at once, and each gets its own answer
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
wccom_host_register( request(), $sandbox->options() );
$children = array();
for ( $i = 0; $i < 8; $i++ ) {
	$child = pcntl_fork();
	if ( 0 === $child ) {
		$ok = true;
		for ( $j = 0; $j < 5; $j++ ) {
			$url  = "https://child-$i-$j.example.com";
			$auth = wccom_host_register( request( array( 'url' => $url ) ), $sandbox->options(), $registration );
			foreach ( $sandbox->orders() as $order ) {
				if ( $order['url'] === $url ) {
					$ok = $ok && $order['id'] === $registration['order_id'] && $order['site_id'] === $auth['site_id'];
				}
			}
		}
		exit( $ok ? 0 : 1 );
	}
	$children[] = $child;
}
wccom_host_register( request( array( 'url' => 'https://parent.example.com' ) ), $sandbox->options() );
foreach ( $children as $child ) {
	pcntl_waitpid( $child, $status );
	echo pcntl_wexitstatus( $status );
}
echo "\n";
var_dump( count( $sandbox->orders() ) );
?>
--EXPECT--
00000000
int(42)
