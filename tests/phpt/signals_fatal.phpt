--TEST--
A fatal error in a signal handler: the call ends in order, and nothing of it is left in the way
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
require 'gate.inc';
$sandbox  = new Sandbox();
$with_tls = new Sandbox( '--tls' );
ini_set( 'display_errors', '0' );

/** What a script learns in its shutdown function, after a fatal error in a handler during this call. */
function after_fatal( string $step, Sandbox $sandbox, callable $call, callable $shutdown, int $request = 1 ): void {
	$options = $sandbox->options( array( 'journal' => folder() . "/$step", 'timeout' => 20 ) );
	$gate    = new Gate( preg_replace( '#^https?://([^/]+).*#', 'tcp://$1', $options['base_url'] ), $step, $request );
	$file    = folder() . "/$step-learnt";
	$child   = pcntl_fork();
	if ( 0 === $child ) {
		pcntl_async_signals( true );
		pcntl_signal( SIGTERM, fn() => trigger_error( 'fatal', E_USER_ERROR ) );
		register_shutdown_function( function () use ( $options, $shutdown, $file ) {
			file_put_contents( $file, $shutdown( array( 'timeout' => 0.5 ) + $options ) );
		} );
		$call( array( 'base_url' => $gate->url( $options['base_url'] ) ) + $options );
		file_put_contents( $file, 'not reached' );
		posix_kill( getmypid(), SIGKILL );
	}
	while ( ! $gate->is_reached() ) {
		usleep( 1000 );
	}
	posix_kill( $child, SIGTERM );
	do {
		$gate->is_reached();
		usleep( 1000 );
	} while ( 0 === pcntl_waitpid( $child, $status, WNOHANG ) );
	echo "$step: ", file_get_contents( $file ), ', exit code ', pcntl_wexitstatus( $status ), "\n";
}

$register = fn( array $options ) => wccom_host_register( request(), $options );
$learn    = function ( array $options ): string {
	$state = wccom_host_journal_read( 'https://example.com', $options )['state'] ?? 'nothing';
	try {
		wccom_host_journal_lock( 'https://example.com', $options );
		$loops = array_filter( glob( '/proc/self/fd/*' ), fn( string $link ) => 'anon_inode:[eventpoll]' === @readlink( $link ) );
		return "$state in the journal, the site is free, " . count( $loops ) . ' runtimes left';
	} catch ( WccomHost\Exception $e ) {
		return "$state in the journal, {$e->getMessage()}";
	}
};
after_fatal( 'handshake', $with_tls, $register, $learn );
after_fatal( 'answer', $sandbox, $register, $learn );
$with_orders = new Sandbox();
$with_orders->seed( array( 'count' => 150 ) );
$read = function ( array $options ) {
	$GLOBALS['orders'] = wccom_host_orders( array(), array_diff_key( $options, array( 'journal' => 0 ) ) );
	iterator_to_array( $GLOBALS['orders'] );
};
after_fatal( 'body', $with_orders, $read, fn() => count( $GLOBALS['orders'] ) . ' orders', 2 );
?>
--EXPECT--
handshake: nothing in the journal, the site is free, 0 runtimes left, exit code 255
answer: sent in the journal, the site is free, 0 runtimes left, exit code 255
body: 150 orders, exit code 255
