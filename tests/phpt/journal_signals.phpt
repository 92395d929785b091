--TEST--
While a large journal is read and pruned, a signal handler runs; what it throws ends the call, and nothing is changed; a child that it forks leaves the journal alone
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$journal = folder() . '/journal';
$options = $sandbox->options( array( 'journal' => $journal ) );
wccom_host_register_many( array( request() ), $options );
// As lines were before they had a checksum.
$line  = preg_replace( '/,"crc32":"[0-9a-f]{8}"}$/', '}', rtrim( file( "$journal/batch.jsonl" )[1] ) );
$lines = '';
for ( $i = 0; $i < 15000; $i++ ) {
	$lines .= str_replace( 'https://example.com', "https://site-$i.example.com", $line ) . "\n";
}
file_put_contents( "$journal/batch.jsonl", $lines );
pcntl_async_signals( true );

/** Runs a call; a signal comes 50 ms after its beginning. */
function interrupted( string $title, callable $call, callable $handler ): void {
	global $journal;
	$before = md5_file( "$journal/batch.jsonl" );
	$pid    = getmypid();
	pcntl_signal( SIGUSR1, $handler );
	$sender = pcntl_fork();
	if ( 0 === $sender ) {
		usleep( 50000 );
		posix_kill( $pid, SIGUSR1 );
		posix_kill( getmypid(), SIGKILL );
	}
	try {
		$result = json_encode( $call() );
	} catch ( Throwable $e ) {
		$result = get_class( $e );
	}
	echo "$title: $result", $before === md5_file( "$journal/batch.jsonl" ) ? ', as it was' : ', changed', "\n";
	if ( getmypid() !== $pid ) {
		posix_kill( getmypid(), SIGKILL );
	}
	pcntl_waitpid( $sender, $status );
}
$throw = fn() => throw new DomainException();
$prune = fn() => wccom_host_journal_prune( array( 'state' => 'received' ), array( 'journal' => $journal ) );
interrupted( 'batch', fn() => wccom_host_register_many( array(), $options )['total'], $throw );
interrupted( 'prune', $prune, $throw );
interrupted( 'fork', $prune, function () {
	$GLOBALS['child'] = pcntl_fork();
	if ( $GLOBALS['child'] > 0 ) {
		pcntl_waitpid( $GLOBALS['child'], $status );
	}
} );
echo substr_count( file_get_contents( "$journal/batch.jsonl" ), '"closed"' ), "\n";
?>
--EXPECT--
batch: DomainException, as it was
prune: DomainException, as it was
fork: WccomHost\Exception, as it was
fork: 15000, changed
15000
