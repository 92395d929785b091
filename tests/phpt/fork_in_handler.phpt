--TEST--
A child that a signal handler forks during a call leaves its parent's answer and journal alone
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
require 'gate.inc';
$sandbox = new Sandbox();
$options = $sandbox->options( array( 'journal' => folder() . '/journal', 'timeout' => 60 ) );
$gate    = new Gate( preg_replace( '#^http://([^/]+).*#', 'tcp://$1', $options['base_url'] ), 'answer' );
$caller  = pcntl_fork();
if ( 0 === $caller ) {
	$parent = getmypid();
	$child  = 0;
	pcntl_async_signals( true );
	pcntl_signal( SIGALRM, function () use ( &$child ) {
		$child = pcntl_fork();
		touch( folder() . '/forked' );
	} );
	try {
		$auth = wccom_host_register( request(), array( 'base_url' => $gate->url( $options['base_url'] ) ) + $options );
	} catch ( WccomHost\Exception $e ) {
		if ( getmypid() === $parent ) {
			throw $e;
		}
		echo 'child: ', $e->outcome, "\n";
		exit( 0 );
	}
	if ( getmypid() !== $parent ) {
		echo "the child has its parent's answer\n";
		exit( 1 );
	}
	pcntl_waitpid( $child, $status );
	$record = wccom_host_journal_read( 'https://example.com', $options );
	var_dump( $record['state'], $record['auth'] === $auth );
	exit( 0 );
}
// The order is made, and its answer is kept back.
while ( ! $gate->is_reached() ) {
	usleep( 1000 );
}
posix_kill( $caller, SIGALRM );
while ( ! file_exists( folder() . '/forked' ) ) {
	usleep( 1000 );
}
$gate->let_go();
while ( 0 === pcntl_waitpid( $caller, $status, WNOHANG ) ) {
	$gate->is_reached();
	usleep( 1000 );
}
var_dump( pcntl_wexitstatus( $status ), count( $sandbox->orders() ) );
?>
--EXPECT--
child: unknown
string(8) "received"
bool(true)
int(0)
int(1)
