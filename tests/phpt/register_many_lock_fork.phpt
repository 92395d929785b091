--TEST--
A child that is forked while a batch or a register waits for the journal registers nothing
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
foreach ( array( 'many', 'single' ) as $how ) {
	$options = $sandbox->options( array( 'journal' => folder() . "/$how", 'timeout' => 20 ) );
	$holder  = pcntl_fork();
	if ( 0 === $holder ) {
		// Holds the folder as a batch, until it is told to go on.
		$file = folder() . "/$how-go";
		wccom_host_register_many(
			( function () use ( $file, $how ) {
				touch( folder() . "/$how-held" );
				while ( ! file_exists( $file ) ) {
					usleep( 1000 );
				}
				yield from array();
			} )(),
			$options
		);
		posix_kill( getmypid(), SIGKILL );
	}
	while ( ! file_exists( folder() . "/$how-held" ) ) {
		usleep( 1000 );
	}
	$parent = getmypid();
	$child  = 0;
	pcntl_async_signals( true );
	pcntl_signal( SIGALRM, function () use ( &$child, $how ) {
		$child = pcntl_fork();
		touch( folder() . "/$how-go" );
	} );
	pcntl_alarm( 1 );
	$url = "https://$how.example.com";
	// Whoever sends is still at it when the other one looks.
	$sandbox->fault( array( 'kind' => 'delay', 'ms' => 700 ), times: 2 );
	try {
		if ( 'many' === $how ) {
			wccom_host_register_many( array( request( array( 'url' => $url ) ) ), $options );
		} else {
			wccom_host_register( request( array( 'url' => $url ) ), $options );
		}
	} catch ( WccomHost\Exception $e ) {
		if ( getmypid() === $parent ) {
			throw $e;
		}
	}
	if ( getmypid() !== $parent ) {
		posix_kill( getmypid(), SIGKILL );
	}
	pcntl_waitpid( $child, $status );
	pcntl_waitpid( $holder, $status );
	echo $how, ': ', count( array_filter( $sandbox->orders(), fn( $order ) => $order['url'] === $url ) ), " order\n";
}
?>
--EXPECT--
many: 1 order
single: 1 order
