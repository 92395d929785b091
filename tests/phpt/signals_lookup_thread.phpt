--TEST--
A signal that comes while another one is handled is not lost to the thread that has looked the service's name up
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
require 'gate.inc';
$sandbox = new Sandbox();
$gate    = new Gate( preg_replace( '#^http://([^/]+).*#', 'tcp://$1', $sandbox->ready['base_url'] ), 'answer' );
$options = $sandbox->options( array( 'timeout' => 20 ) );
$child   = pcntl_fork();
if ( 0 === $child ) {
	pcntl_async_signals( true );
	pcntl_signal( SIGUSR1, function () {
		touch( folder() . '/first' );
		while ( ! file_exists( folder() . '/second-sent' ) ) {
			usleep( 1000 );
		}
		// Time for any thread to take it.
		usleep( 200000 );
	} );
	pcntl_signal( SIGUSR2, fn() => throw new DomainException( 'second' ) );
	try {
		wccom_host_totals( array( 'base_url' => str_replace( '127.0.0.1', 'localhost', $gate->url( $options['base_url'] ) ) ) + $options );
	} catch ( Exception $e ) {
		echo get_class( $e ), ' ', $e->getMessage(), "\n";
	}
	exit( 0 );
}
while ( ! $gate->is_reached() ) {
	usleep( 1000 );
}
$others = array_diff( glob( "/proc/$child/task/*" ), array( "/proc/$child/task/$child" ) );
echo count( $others ), ' thread beside that of PHP: ';
foreach ( $others as $thread ) {
	// The 31 that are not for real-time; nobody can block two of them.
	preg_match( '/^SigBlk:\s+\w{8}(\w{8})$/m', file_get_contents( "$thread/status" ), $blocked );
	$taken = ~hexdec( $blocked[1] ) & 0x7fffffff & ~( 1 << SIGKILL - 1 | 1 << SIGSTOP - 1 );
	echo 0 === $taken ? "takes no signal\n" : sprintf( "takes %x\n", $taken );
}
posix_kill( $child, SIGUSR1 );
while ( ! file_exists( folder() . '/first' ) ) {
	usleep( 1000 );
}
posix_kill( $child, SIGUSR2 );
touch( folder() . '/second-sent' );
pcntl_waitpid( $child, $status );
?>
--EXPECT--
1 thread beside that of PHP: takes no signal
DomainException second
