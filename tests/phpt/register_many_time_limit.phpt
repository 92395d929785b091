--TEST--
A script whose time is over in a batch ends as any other, with everything that was in flight in the journal
--FILE--
<?php
require 'sandbox.inc';
// Before the one that removes the folder.
register_shutdown_function( function () use ( &$sandbox, &$shops ) {
	set_time_limit( 0 );
	$known = wccom_host_register_many( $shops, $sandbox->options( array( 'journal' => folder() . '/journal', 'dry_run' => true ) ) )['from_journal'];
	$state = count( $sandbox->orders() );
	// The state shows the latest 1,000.
	echo $known > 0 && $known < 50000 ? 'some' : $known, ' were registered, ', $state === min( $known, 1000 ) ? 'and the journal has each' : "$state orders", "\n";
} );
$sandbox = new Sandbox();
$shops   = array();
for ( $i = 0; $i < 50000; $i++ ) {
	$shops[] = request( array( 'url' => "https://shop-$i.example.com" ) );
}
set_time_limit( 1 );
try {
	wccom_host_register_many( $shops, $sandbox->options( array( 'journal' => folder() . '/journal' ) ) );
	echo "returned\n";
} catch ( Throwable $e ) {
	echo 'caught: ', $e->getMessage(), "\n";
}
?>
--EXPECTF--
Fatal error: Maximum execution time of 1 second exceeded in %s on line %d
some were registered, and the journal has each
