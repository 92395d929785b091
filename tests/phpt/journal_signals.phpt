--TEST--
While a large journal is read and pruned, signal handlers run; what one throws ends the call, and nothing is changed; a child that one forks leaves the journal alone
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
pcntl_async_signals( true );

/** Runs a call, and the handler once, at the first of many signals that comes when the call is where it is to be. */
function interrupted( string $title, callable $call, bool $is_rewriting, callable $handler ): void {
	global $journal, $lines;
	file_put_contents( "$journal/batch.jsonl", $lines );
	$pid     = getmypid();
	$has_run = false;
	pcntl_signal( SIGUSR1, function () use ( $journal, $is_rewriting, $handler, &$has_run ) {
		clearstatcache();
		if ( ! $has_run && file_exists( "$journal/batch.jsonl.new" ) === $is_rewriting ) {
			$has_run = true;
			$handler();
		}
	} );
	$sender = pcntl_fork();
	if ( 0 === $sender ) {
		do {
			usleep( 5000 );
		} while ( posix_kill( $pid, SIGUSR1 ) );
		posix_kill( getmypid(), SIGKILL );
	}
	try {
		$result = json_encode( $call() );
	} catch ( Throwable $e ) {
		$result = get_class( $e );
	}
	if ( getmypid() !== $pid ) {
		echo "$title, the child: $result\n";
		posix_kill( getmypid(), SIGKILL );
	}
	posix_kill( $sender, SIGKILL );
	pcntl_waitpid( $sender, $status );
	pcntl_signal( SIGUSR1, SIG_IGN );
	$now   = file_get_contents( "$journal/batch.jsonl" );
	$sites = array_unique( array_column( array_map( fn( string $line ) => json_decode( $line, true ), array_filter( explode( "\n", rtrim( $now ) ) ) ), 'site' ) );
	echo "$title: ", $has_run ? '' : 'NOT INTERRUPTED, ', $result, $lines === $now ? ', as it was; ' : ', changed; ', count( $sites ), ' sites, ', substr_count( $now, '"closed"' ), ' closed; ', implode( ' ', array_map( 'basename', glob( "$journal/batch*" ) ) ), "\n";
}
$throw = fn() => throw new DomainException();
$fork  = function () {
	$child = pcntl_fork();
	if ( $child > 0 ) {
		pcntl_waitpid( $child, $status );
	}
};
$prune = fn() => wccom_host_journal_prune( array( 'state' => 'received' ), array( 'journal' => $journal ) );
interrupted( 'a batch reads', fn() => wccom_host_register_many( array(), $options )['total'], false, $throw );
interrupted( 'prune reads', $prune, false, $throw );
interrupted( 'prune writes', $prune, true, $throw );
interrupted( 'prune reads, and forks', $prune, false, $fork );
interrupted( 'prune writes, and forks', $prune, true, $fork );
?>
--EXPECT--
a batch reads: DomainException, as it was; 15000 sites, 0 closed; batch.jsonl
prune reads: DomainException, as it was; 15000 sites, 0 closed; batch.jsonl
prune writes: DomainException, as it was; 15000 sites, 0 closed; batch.jsonl
prune reads, and forks, the child: WccomHost\Exception
prune reads, and forks: 15000, changed; 15000 sites, 15000 closed; batch.jsonl
prune writes, and forks, the child: WccomHost\Exception
prune writes, and forks: 15000, changed; 15000 sites, 15000 closed; batch.jsonl
