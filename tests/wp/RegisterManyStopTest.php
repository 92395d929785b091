<?php
/**
 * A batch ends before its time, and goes on: nothing is lost, and nothing is ordered twice.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class RegisterManyStopTest extends BatchTestCase {

	/** @dataProvider signals */
	#[DataProvider( 'signals' )]
	public function test_a_signal_lets_it_finish_what_is_in_flight_and_says_how_to_go_on( int $signal ): void {
		$list    = $this->list( self::csv( ...range( 1, 60 ) ) );
		$process = $this->start_slowly( "$list --concurrency=3 --output={$this->path( 'out' )} --format=json", 300 );
		$process->signal( $signal );
		wait_for( fn() => str_contains( $process->complained(), 'Finishing what is in flight (at most 3 requests)' ), 'an answer to the signal', 2.0 );
		$run = $this->desk->finish( $process );
		self::assertExit( 4, $run );
		$registered = $run->json()['registered'];
		self::assertLessThan( 60, $registered );
		self::assertCounts( [ 'total' => 60, 'registered' => $registered, 'to_send' => 60 - $registered ], $run );
		self::assertCount( $registered, $this->results_in( 'out' ), 'Every result was written.' );
		$this->assertOrderedOnce( $registered );
		self::assertStringContainsString( "To go on:\n  wp wccom-host register-many $list --concurrency=3 --output={$this->path( 'out' )} --journal={$this->path( 'state/wccom-host' )}\n", $run->stderr );

		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		self::assertCount( 60, $this->results_in( 'out' ) );
		$this->assertOrderedOnce( 60 );
	}

	/** @return array<string, array{int}> */
	public static function signals(): array {
		return [
			'Ctrl-C'  => [ SIGINT ],
			'SIGTERM' => [ SIGTERM ],
		];
	}

	public function test_a_terminal_that_goes_away_does_not_stop_it(): void {
		$process = $this->start_slowly( "{$this->list( self::csv( ...range( 1, 6 ) ) )} --concurrency=1 --output={$this->path( 'out' )}", 100 );
		$process->signal( SIGHUP );
		self::assertExit( 0, $this->desk->finish( $process ) );
		self::assertCount( 6, $this->results_in( 'out' ) );
	}

	public function test_a_signal_is_heard_while_the_service_asks_to_wait(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 429, 'headers' => [ 'Retry-After' => '50' ] ], 1000 );
		$process = $this->desk->start( "register-many {$this->list( self::csv( 1, 2, 3 ) )} --output={$this->path( 'out' )} --format=json", $this->env() );
		wait_for( fn() => $this->sent() > 0, 'the first request' );
		$process->signal( SIGINT );
		$run = $process->finish( 10.0 );
		self::assertContains( $run->exit_code, [ 3, 4 ], (string) $run );
		self::assertSame( 0, $run->json()['unknown'] );
		self::assertSame( [], $this->sandbox->orders() );
		self::assertStringContainsString( 'To go on:', $run->stderr );
	}

	public function test_a_signal_is_not_lost_while_a_result_is_written(): void {
		$list = $this->list( self::csv( ...range( 1, 1000 ) ) );
		posix_mkfifo( $this->path( 'pipe' ), 0600 );
		$process = $this->desk->start( "register-many $list --concurrency=2 --format=json > {$this->path( 'pipe' )}", $this->env() );
		$reader  = fopen( $this->path( 'pipe' ), 'r' );
		// Nobody reads: once the pipe is full, nothing more is sent.
		$sent = -1;
		wait_for(
			function () use ( &$sent ): bool {
				usleep( 500000 );
				[ $before, $sent ] = [ $sent, $this->sent() ];
				return $sent > 50 && $before === $sent;
			},
			'a pipe that is full'
		);
		$process->signal( SIGINT );
		wait_for( fn() => str_contains( $process->complained(), 'Finishing what is in flight' ), 'an answer to the signal' );
		$results = $this->results( (string) stream_get_contents( $reader ) );
		$run     = $this->desk->finish( $process );
		self::assertExit( 4, $run );
		self::assertLessThan( 1000, count( $results ) );
		$this->assertOrderedOnce( count( $results ) );
		self::assertStringContainsString( '"registered":' . count( $results ) . ',', $run->stderr );
	}

	public function test_a_signal_after_the_last_site_was_sent_leaves_nothing_to_do(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1000, 'when' => 'before' ], 1000 );
		$process = $this->desk->start( "register-many {$this->list( self::csv( 1, 2, 3 ) )} --concurrency=3 --output={$this->path( 'out' )} --format=json", $this->env() );
		wait_for( fn() => 3 === $this->sent(), 'the requests' );
		$process->signal( SIGINT );
		$run = $this->desk->finish( $process );
		self::assertExit( 0, $run );
		self::assertCounts( [ 'total' => 3, 'registered' => 3 ], $run );
		self::assertStringContainsString( 'Finishing what is in flight', $run->stderr );
		self::assertStringNotContainsString( 'To go on:', $run->stderr );
	}

	public function test_a_signal_while_it_waits_for_the_journal_says_that_nothing_was_sent(): void {
		self::assertExit( 0, $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )}" ) );
		$before = (string) file_get_contents( $this->path( 'out' ) );
		$other  = new Process( [ PHP_BINARY, '-r', 'flock( $folder = fopen( $argv[1], "r" ), LOCK_SH ); echo "held"; fgets( STDIN );', $this->path( 'state/wccom-host' ) ], [], '/' );
		wait_for( fn() => 'held' === $other->printed(), 'the lock' );
		$list    = $this->list( self::csv( 1, 2 ) );
		$process = $this->desk->start( "register-many $list --output={$this->path( 'out' )} --format=json", $this->env() );
		wait_for( fn() => str_contains( $process->complained(), 'Waiting for another run' ), 'a word of the batch' );
		wait_for( fn() => 1 === preg_match( '/^SigCgt:\s[0-9a-f]*[4567cdef][0-9a-f]{3}$/m', (string) file_get_contents( "/proc/{$process->id()}/status" ) ), 'a handler of SIGTERM' );
		$process->signal( SIGTERM );
		$run = $this->desk->finish( $process );
		$other->finish();
		self::assertExit( 4, $run );
		self::assertCounts( [ 'total' => 2, 'to_send' => 2 ], $run );
		self::assertStringContainsString( 'Interrupted. Nothing was sent.', $run->stderr );
		self::assertStringNotContainsString( 'in flight', $run->stderr );
		self::assertStringContainsString( 'To go on:', $run->stderr );
		self::assertSame( $before, file_get_contents( $this->path( 'out' ) ) );
		self::assertFileDoesNotExist( $this->path( 'out.bak' ) );
	}

	public function test_an_output_that_cannot_be_made_any_more_stops_it(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1000, 'when' => 'before' ], 2 );
		$list    = $this->list( self::csv( ...range( 1, 40 ) ) );
		$process = $this->desk->start( "register-many $list --concurrency=2 --output={$this->path( 'out' )} --format=json", $this->env() );
		wait_for( fn() => 2 === $this->sent(), 'the requests' );
		mkdir( $this->path( 'out' ) );
		$run = $this->desk->finish( $process );
		self::assertExit( 4, $run );
		self::assertStringContainsString( "{$this->path( 'out' )} is there already, and is not a file. What was in flight is finished, and nothing is lost: the journal has it, and the same command gives all results again.", $run->stderr );
		self::assertStringNotContainsString( 'Nothing was sent', $run->stderr );
		self::assertLessThan( 40, $this->sent() );
		rmdir( $this->path( 'out' ) );
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		self::assertCount( 40, $this->results_in( 'out' ) );
		$this->assertOrderedOnce( 40 );
	}

	public function test_an_output_that_was_moved_meanwhile_is_named(): void {
		$list    = $this->list( self::csv( ...range( 1, 10 ) ) );
		$process = $this->start_slowly( "$list --concurrency=1 --output={$this->path( 'out' )} --format=json", 100 );
		rename( $this->path( 'out' ), $this->path( 'moved' ) );
		file_put_contents( $this->path( 'out' ), '' );
		$run = $this->desk->finish( $process );
		self::assertExit( 0, $run );
		self::assertCount( 10, $this->results_in( 'moved' ) );
		self::assertStringContainsString( "{$this->path( 'out' )} is not what this run has written any more: that is {$this->path( 'moved' )}.", $run->stderr );
	}

	/** As while the journal is synced: a flag that the call itself sets is not there yet. */
	public function test_a_signal_that_is_heard_as_the_writing_begins_waits_for_its_end(): void {
		// What PHP complains of to $call is that the alarm has ended the waiting.
		$script  = 'require "Interrupted.php"; require "Shielded_Call.php"; use WccomHost\Cli\{Interrupted, Shielded_Call};
			$call = new Shielded_Call( static function (): bool { echo "written, "; return true; } );
			pcntl_async_signals( true );
			pcntl_signal( SIGALRM, static fn () => $call->interrupt( new Interrupted( "alarm" ) ), false );
			set_error_handler( $call );
			pcntl_alarm( 1 );
			[ $read, $none ] = [ [ STDIN ], null ];
			try { stream_select( $read, $none, $none, 20 ); } catch ( Interrupted ) { echo "interrupted"; }
			try { posix_kill( getmypid(), SIGALRM ); } catch ( Interrupted ) { echo ", interrupted at once"; }';
		$process = new Process( [ PHP_BINARY, '-r', $script ], [], dirname( __DIR__, 2 ) . '/php/src' );
		wait_for( fn() => ! $process->is_running(), 'the alarm' );
		$run = $process->finish();
		self::assertSame( 'written, interrupted, interrupted at once', $run->stdout, (string) $run );
	}

	public function test_a_second_signal_ends_it_at_once(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'stall', 'when' => 'after' ], 1000 );
		$process = $this->desk->start( "register-many {$this->list( self::csv( 1, 2, 3 ) )} --output={$this->path( 'out' )}", $this->env() );
		wait_for( fn() => 3 === $this->sent(), 'the requests' );
		$process->signal( SIGINT );
		wait_for( fn() => str_contains( $process->complained(), 'second Ctrl-C' ), 'an answer to the signal', 5.0 );
		self::assertTrue( $process->is_running() );
		$process->signal( SIGINT );
		self::assertExit( 128 + SIGINT, $this->desk->finish( $process ) );

		$again = $this->register( "{$this->list( self::csv( 1, 2, 3 ) )} --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 5, $again );
		self::assertCounts( [ 'total' => 3, 'unknown' => 3 ], $again );
		self::assertSame( 3, $this->sent() );
	}

	public function test_killed_again_and_again_it_orders_every_site_once(): void {
		$sites = 150;
		$list  = $this->list( self::csv( ...range( 1, $sites ) ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 50, 'when' => 'after' ], 1000 );
		for ( $kill = 0; $kill < 3; $kill++ ) {
			$before  = $this->sent();
			$process = $this->desk->start( "register-many $list --concurrency=8 --output={$this->path( 'out' )}", $this->env() );
			wait_for( fn() => $this->sent() > $before + 20, 'some requests' );
			$process->signal( SIGKILL );
			self::assertExit( 128 + SIGKILL, $this->desk->finish( $process ) );
		}
		$run    = $this->register( "$list --output={$this->path( 'out' )} --format=json" );
		$counts = $run->json();
		self::assertExit( 0 === $counts['unknown'] ? 0 : 5, $run );
		self::assertSame( $sites, $counts['registered'] + $counts['from_journal'] + $counts['unknown'] );
		self::assertLessThanOrEqual( 3 * 8, $counts['unknown'] );
		self::assertGreaterThan( 30, $counts['from_journal'] );
		$urls = array_column( $this->sandbox->orders(), 'url' );
		self::assertSame( $urls, array_unique( $urls ), 'A site was ordered twice.' );
		foreach ( $this->results_in( 'out' ) as $result ) {
			self::assertSame( 'unknown' !== $result['status'], null !== $result['auth'] );
			self::assertTrue( 'unknown' === $result['status'] || in_array( $result['url'], $urls, true ) );
		}
		self::assertSame( [], glob( $this->path( 'tmp/*' ) ), 'A killed process leaves no file with tokens.' );
	}

	public function test_a_reader_who_has_had_enough_stops_it(): void {
		$this->prints_results = true;
		$list                 = $this->list( self::csv( ...range( 1, 100 ) ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 50, 'when' => 'before' ], 1000 );
		$run = $this->register( "$list --concurrency=2 --format=json | head -n 1" );
		self::assertExit( 4, $run );
		self::assertCount( 1, $this->results( $run->stdout ) );
		self::assertStringContainsString( 'Nobody reads the results any more.', $run->stderr );
		self::assertStringContainsString( 'the same command gives all results again', $run->stderr );
		self::assertLessThan( 100, $this->sent() );
		$again = $this->register( $list );
		self::assertExit( 0, $again );
		self::assertCount( 100, $this->results( $again->stdout ) );
		$this->assertOrderedOnce( 100 );
	}

	public function test_a_disk_that_is_full_stops_it(): void {
		$list = $this->list( self::csv( ...range( 1, 40 ) ) );
		$run  = $this->register( "$list --concurrency=1 > /dev/full" );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'No space left on device', $run->stderr );
		self::assertStringContainsString( 'the same command gives all results again', $run->stderr );
		self::assertLessThan( 40, $this->sent() );
		// The results are what counts, and not the summary.
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )} > /dev/full" ) );
		self::assertCount( 40, $this->results_in( 'out' ) );
		$this->assertOrderedOnce( 40 );
	}

	public function test_a_file_that_cannot_grow_has_whole_lines(): void {
		$list = $this->list( self::csv( ...range( 1, 40 ) ) );
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'first' )}" ) );
		$command = "register-many $list --output={$this->path( 'out' )}";
		$run     = $this->desk->finish( $this->desk->start( $command, $this->env(), before: 'trap "" XFSZ; ulimit -f 4;' ) );
		self::assertExit( 4, $run );
		self::assertStringContainsString( $this->path( 'out' ) . ' could not be written', $run->stderr );
		$results = $this->results_in( 'out' );
		self::assertNotSame( [], $results );
		self::assertLessThan( 40, count( $results ) );
		self::assertSame( 40, $this->sent() );
	}

	public function test_a_journal_without_room_is_not_exchanged_for_an_empty_one(): void {
		$command = "register-many {$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )}";
		$run     = $this->desk->finish( $this->desk->start( $command, $this->env(), before: 'trap "" XFSZ; ulimit -f 1;' ) );
		self::assertNotSame( 0, $run->exit_code );
		$printed = $run->stderr . file_get_contents( $this->path( 'out' ) );
		self::assertStringContainsString( 'move it with all that is in it: an empty one does not know what has been ordered', $printed );
		self::assertStringNotContainsString( 'choose another', $printed );
		self::assertMatchesRegularExpression( '/Not sent: 1\. The first one: .*has no room/', $run->stderr );
		self::assertSame( [], $this->sandbox->orders() );
	}

	public function test_results_that_only_the_output_has_are_not_in_the_way_of_the_next_run(): void {
		self::assertExit( 0, $this->register( "{$this->list( self::csv( ...range( 1, 40 ) ) )} --output={$this->path( 'first' )}" ) );
		$journal = $this->path( 'state/wccom-host' );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1500, 'when' => 'after' ] );
		$list    = $this->list( self::csv( 41 ), 'one' );
		$process = $this->desk->start( "register-many $list --output={$this->path( 'out' )} --format=json", $this->env(), before: 'trap "" XFSZ;' );
		wait_for( fn() => 41 === $this->sent(), 'the request' );
		$limited = new Process( [ 'prlimit', "--pid={$process->id()}", '--fsize=8192' ], [ 'PATH' => (string) getenv( 'PATH' ) ], $this->path( '' ) );
		self::assertSame( 0, $limited->finish()->exit_code );
		$run = $this->desk->finish( $process );
		self::assertFalse( $this->results_in( 'out' )[2]['registration']['journaled'], (string) $run );
		self::assertStringContainsString( "the journal could not take: 1. {$this->path( 'out' )} has the only copy", $run->stderr );
		self::assertStringContainsString( 'wp wccom-host connect', $run->stderr );
		self::assertStringContainsString( "--output={$this->path( 'out' )}.2 --journal=$journal\n", $run->stderr );
	}

	public function test_a_list_that_changes_after_it_was_checked_is_not_sent_any_further(): void {
		$list    = $this->list( self::csv( ...range( 1, 400 ) ) );
		$process = $this->start_slowly( "$list --concurrency=2 --output={$this->path( 'out' )} --format=json", 20 );
		file_put_contents( $list, str_replace( 'shop-300.', 'evil-300.', (string) file_get_contents( $list ) ) );
		$run = $this->desk->finish( $process );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'The list has changed', $run->stderr );
		$urls = array_column( $this->sandbox->orders(), 'url' );
		self::assertNotContains( 'https://evil-300.example.com', $urls );
		self::assertNotContains( self::url( 301 ), $urls );
		self::assertContains( self::url( 299 ), $urls );
		self::assertSame( 299, $run->json()['registered'] );
	}

	/** Starts it against a service that takes its time, and waits for the first results. */
	private function start_slowly( string $arguments, int $milliseconds ): Process {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => $milliseconds, 'when' => 'before' ], 10000 );
		$process = $this->desk->start( "register-many $arguments", $this->env() );
		wait_for( fn() => '' !== (string) @file_get_contents( $this->path( 'out' ) ), 'the first result' );
		return $process;
	}
}
