--TEST--
Who holds a site's lock, and lost the share of the journal to another process's batch, waits for it before anything is sent or changed
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$journal = folder() . '/journal';
$site    = request( array( 'url' => 'https://locked.example.com' ) );
$options = $sandbox->options( array( 'journal' => $journal, 'timeout' => 60 ) );
$short   = array( 'timeout' => 0.2 ) + $options;
pcntl_async_signals( true );

/**
 * Begins a batch that cannot have the journal, and ends it when another process has it.
 *
 * @return Closure Lets that process give the journal up.
 */
function lose_share( array $options ): Closure {
	[$own, $others] = stream_socket_pair( STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0 );
	$parent         = getmypid();
	$child          = pcntl_fork();
	if ( 0 === $child ) {
		fclose( $own );
		$folder = fopen( $options['journal'], 'r' );
		flock( $folder, LOCK_SH );
		fwrite( $others, "it shares the journal\n" );
		// Until its parent has given its share up, trying to have the journal alone.
		while ( preg_match( "/FLOCK +ADVISORY +READ +$parent /", file_get_contents( '/proc/locks' ) ) && posix_getppid() === $parent ) {
			usleep( 1000 );
		}
		posix_kill( $parent, SIGUSR1 );
		fgets( $others );
		fwrite( $others, flock( $folder, LOCK_EX | LOCK_NB ) ? "it has the journal alone\n" : "IT CANNOT\n" );
		fgets( $others );
		flock( $folder, LOCK_UN );
		posix_kill( getmypid(), SIGKILL );
	}
	fclose( $others );
	fgets( $own );
	$handler = function () use ( $own ) {
		fwrite( $own, "\n" );
		echo fgets( $own );
		throw new RuntimeException( 'the handler ends the batch' );
	};
	pcntl_signal( SIGUSR1, $handler );
	try {
		wccom_host_register_many( array( request() ), $options );
	} catch ( RuntimeException $e ) {
		echo $e->getMessage(), "\n";
	}
	return function () use ( $own, $child ) {
		fwrite( $own, "\n" );
		pcntl_waitpid( $child, $status );
	};
}

/** Another process that has a site's lock until it is killed. */
function lock_in_child( string $url, array $options ): int {
	[$own, $others] = stream_socket_pair( STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0 );
	$child          = pcntl_fork();
	if ( 0 === $child ) {
		fclose( $own );
		wccom_host_journal_lock( $url, $options );
		fwrite( $others, "another process has the lock\n" );
		sleep( 60 );
		exit;
	}
	fclose( $others );
	echo fgets( $own );
	return $child;
}

echo "-- the other process keeps the journal\n";
wccom_host_journal_lock( $site['url'], $options );
$give_up = lose_share( $options );
failing( fn() => wccom_host_register( $site, $short ) );
failing( fn() => wccom_host_journal_lock( $site['url'], $short ) );
failing( fn() => wccom_host_journal_close( $site['url'], $short ) );
var_dump( count( $sandbox->orders() ) );

echo "-- a signal handler forks while this one waits for it\n";
$parent = getmypid();
pcntl_signal(
	SIGALRM,
	function () use ( $give_up ) {
		$child = pcntl_fork();
		if ( 0 !== $child ) {
			pcntl_waitpid( $child, $status );
			$give_up();
		}
	}
);
pcntl_alarm( 1 );
try {
	$auth = wccom_host_register( $site, $options );
} catch ( WccomHost\Exception $e ) {
	if ( getmypid() === $parent ) {
		throw $e;
	}
	echo "the child: $e->outcome\n";
}
if ( getmypid() !== $parent ) {
	flush();
	posix_kill( getmypid(), SIGKILL );
}
var_dump( $auth['url'], count( $sandbox->orders() ) );

echo "-- the same while this one waits to close what it has registered\n";
$give_up = lose_share( $options );
$child   = null;
pcntl_signal(
	SIGALRM,
	function () use ( $give_up, &$child ) {
		$child = pcntl_fork();
		if ( 0 !== $child ) {
			$give_up();
			throw new RuntimeException( 'the handler ends the call' );
		}
		// What it does when its parent has the journal again.
		sleep( 1 );
	}
);
pcntl_alarm( 1 );
try {
	wccom_host_journal_close( $site['url'], $options );
	echo "CLOSED\n";
} catch ( WccomHost\Exception $e ) {
	echo "the child: $e->outcome\n";
} catch ( RuntimeException $e ) {
	echo $e->getMessage(), "\n";
}
if ( getmypid() !== $parent ) {
	flush();
	posix_kill( getmypid(), SIGKILL );
}
wccom_host_journal_lock( $site['url'], $options );
pcntl_waitpid( $child, $status );
var_dump( wccom_host_journal_read( $site['url'], $options )['state'] );

echo "-- a signal handler gives the site's lock up, and another process takes it\n";
var_dump( wccom_host_journal_close( $site['url'], $options ) );
$give_up = lose_share( $options );
pcntl_signal(
	SIGALRM,
	function () use ( $give_up, &$child, $site, $options ) {
		wccom_host_journal_unlock( $site['url'], $options );
		$give_up();
		$child = lock_in_child( $site['url'], $options );
	}
);
pcntl_alarm( 1 );
failing( fn() => wccom_host_register( $site, array( 'timeout' => 3 ) + $options ) );
posix_kill( $child, SIGKILL );
pcntl_waitpid( $child, $status );

echo "-- the journal is exchanged for another one\n";
wccom_host_journal_lock( $site['url'], $options );
rename( $journal, "$journal.moved" );
mkdir( $journal, 0700 );
$child = lock_in_child( $site['url'], $options );
failing( fn() => wccom_host_register( $site, $short ) );
posix_kill( $child, SIGKILL );
pcntl_waitpid( $child, $status );
wccom_host_journal_lock( $site['url'], $options );
wccom_host_journal_unlock( $site['url'], $options );
var_dump( count( $sandbox->orders() ) );

echo "-- the file of the lock is cleaned away, and another process registers the site and closes its record\n";
$cleaned = request( array( 'url' => 'https://cleaned.example.com' ) );
wccom_host_journal_lock( $cleaned['url'], $options );
array_map( 'unlink', glob( "$journal/*.lock" ) );
$child = pcntl_fork();
if ( 0 === $child ) {
	wccom_host_register( $cleaned, $options );
	wccom_host_journal_close( $cleaned['url'], $options );
	flush();
	posix_kill( getmypid(), SIGKILL );
}
pcntl_waitpid( $child, $status );
failing( fn() => wccom_host_register( $cleaned, $options ) );
failing( fn() => wccom_host_journal_store( array( 'access_token' => str_repeat( 'a', 40 ), 'access_token_secret' => str_repeat( 'b', 40 ), 'site_id' => 1, 'user_id' => 1, 'updated' => 1, 'url' => $cleaned['url'] ), array(), $options ) );
failing( fn() => wccom_host_journal_close( $cleaned['url'], $options ) );
var_dump( count( $sandbox->orders() ) );
wccom_host_journal_lock( $cleaned['url'], $options );
var_dump( wccom_host_journal_read( $cleaned['url'], $options ) );
?>
--EXPECT--
-- the other process keeps the journal
it has the journal alone
the handler ends the batch
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
int(0)
-- a signal handler forks while this one waits for it
the child: not_sent
string(26) "https://locked.example.com"
int(1)
-- the same while this one waits to close what it has registered
it has the journal alone
the handler ends the batch
the handler ends the call
the child: not_sent
string(8) "received"
-- a signal handler gives the site's lock up, and another process takes it
bool(true)
it has the journal alone
the handler ends the batch
another process has the lock
WccomHost\Exception {"outcome":"not_sent","retryable":true}
-- the journal is exchanged for another one
another process has the lock
WccomHost\Exception {"outcome":"not_sent","retryable":true}
int(1)
-- the file of the lock is cleaned away, and another process registers the site and closes its record
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
int(2)
NULL
