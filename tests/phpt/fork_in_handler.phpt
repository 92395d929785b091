--TEST--
A child that a signal handler forks during a call leaves its parent's answer and journal alone
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options( array( 'journal' => folder() . '/journal' ) );
$parent  = getmypid();
pcntl_async_signals( true );
$child = 0;
pcntl_signal( SIGALRM, function () use ( &$child ) {
	$child = pcntl_fork();
} );
$sandbox->fault( array( 'kind' => 'delay', 'ms' => 2000, 'when' => 'before' ) );
pcntl_alarm( 1 );
try {
	$auth = wccom_host_register( request(), $options );
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
var_dump( $record['state'], $record['auth'] === $auth, count( $sandbox->orders() ) );
?>
--EXPECT--
child: unknown
string(8) "received"
bool(true)
int(1)
