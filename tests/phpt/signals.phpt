--TEST--
Signal handlers run while a call waits, and an exception of theirs ends it
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options( array( 'journal' => folder() . '/journal', 'timeout' => 30 ) );
pcntl_async_signals( true );

echo "-- a handler that returns lets the call go on\n";
$handled = 0;
pcntl_signal( SIGALRM, function () use ( &$handled ) {
	$handled++;
} );
$sandbox->fault( array( 'kind' => 'delay', 'ms' => 1500, 'when' => 'before' ) );
pcntl_alarm( 1 );
$auth = wccom_host_register( request(), $options );
var_dump( $handled, strlen( $auth['access_token_secret'] ) );
wccom_host_journal_close( 'https://example.com', $options );

echo "-- a handler that throws ends it; the journal knows that the request was sent\n";
final class Alarm extends Exception {}
pcntl_signal( SIGALRM, fn() => throw new Alarm( 'too late' ) );
$sandbox->fault( array( 'kind' => 'stall', 'when' => 'after' ) );
$begin = microtime( true );
pcntl_alarm( 1 );
try {
	wccom_host_register( request( array( 'url' => 'https://two.example.com' ) ), $options );
} catch ( Alarm $e ) {
	echo get_class( $e ), ' ', $e->getMessage(), "\n";
}
var_dump( microtime( true ) - $begin < 5 );
var_dump( wccom_host_journal_read( 'https://two.example.com', $options )['state'] );

echo "-- exit() in a handler ends the script\n";
pcntl_signal( SIGALRM, function () {
	echo "leaving\n";
	exit( 0 );
} );
$sandbox->fault( array( 'kind' => 'stall', 'when' => 'before' ) );
pcntl_alarm( 1 );
wccom_host_register( request( array( 'url' => 'https://three.example.com' ) ), $options );
echo "never\n";
?>
--EXPECT--
-- a handler that returns lets the call go on
int(1)
int(40)
-- a handler that throws ends it; the journal knows that the request was sent
Alarm too late
bool(true)
string(4) "sent"
-- exit() in a handler ends the script
leaving
