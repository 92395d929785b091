--TEST--
An answer that comes while a signal handler runs is not lost when the handler ends the call
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
require 'gate.inc';
$sandbox = new Sandbox();

foreach ( array( 'throws', 'exits', 'throws-too-late' ) as $handler ) {
	$url     = "https://$handler.example.com";
	$is_late = 'throws-too-late' === $handler;
	$options = $sandbox->options( array( 'journal' => folder() . '/journal', 'timeout' => $is_late ? 2 : 20 ) );
	$gate    = new Gate( preg_replace( '#^http://([^/]+).*#', 'tcp://$1', $options['base_url'] ), 'answer' );
	$child   = pcntl_fork();
	if ( 0 === $child ) {
		pcntl_async_signals( true );
		pcntl_signal( SIGTERM, function () use ( $handler, $is_late ) {
			touch( folder() . "/$handler-runs" );
			while ( ! file_exists( folder() . "/$handler-answered" ) ) {
				usleep( 1000 );
			}
			// The time for the answer is over then.
			usleep( $is_late ? 2500000 : 0 );
			'exits' === $handler ? exit( 0 ) : throw new DomainException();
		} );
		try {
			wccom_host_register( request( array( 'url' => $url ) ), array( 'base_url' => $gate->url( $options['base_url'] ) ) + $options );
			exit( 1 );
		} catch ( DomainException ) {
			exit( 0 );
		}
	}
	while ( ! $gate->is_reached() ) {
		usleep( 1000 );
	}
	posix_kill( $child, SIGTERM );
	while ( ! file_exists( folder() . "/$handler-runs" ) ) {
		usleep( 1000 );
	}
	$is_late || $gate->let_go();
	touch( folder() . "/$handler-answered" );
	pcntl_waitpid( $child, $status );
	$record = wccom_host_journal_read( $url, $options );
	try {
		$next = wccom_host_register( request( array( 'url' => $url ) ), $options ) === $record['auth'] ? 'has it' : 'HAS ANOTHER';
	} catch ( WccomHost\OutcomeUnknownException $e ) {
		$next = $e->outcome;
	}
	echo "a handler that $handler: exit code ", pcntl_wexitstatus( $status ), ", $record[state]; the next call: $next; ", count( array_keys( array_column( $sandbox->orders(), 'url' ), $url, true ) ), " order\n";
}
?>
--EXPECT--
a handler that throws: exit code 0, received; the next call: has it; 1 order
a handler that exits: exit code 0, received; the next call: has it; 1 order
a handler that throws-too-late: exit code 0, sent; the next call: unknown; 1 order
