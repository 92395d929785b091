<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Runs cases in children, so that one that crashes, hangs or ends its process is known by its number.
 */
final class ArgumentFuzzer {
	/**
	 * Cases of a child, which must not grow by more than this by then. What one case takes at once is not counted: the heaps of
	 * PHP and of the C library keep the place of a large array for the next one.
	 */
	private const CHUNK  = 2000;
	private const GROWTH = 16 << 20;
	private const LARGE  = 4 << 20;

	/** Cases that a child has before it is measured. */
	private const WARM = 300;

	/** Seconds that a case may take on a machine that is busy. */
	private const PATIENCE = 300;

	/** Processes that cases were meant to end. */
	public int $ended = 0;

	/** @var resource The number of the case that a child has come to. */
	private $place;

	/** @param string $folder A private one. */
	public function __construct( private readonly int $seed, private readonly RequestCount $server, private readonly string $folder ) {
		touch( "$folder/complaints" );
		$this->place    = fopen( "$folder/place", 'w+' );
		Script::$ending = "$folder/ending";
	}

	/** One case, in this process. */
	public function tell( int $number ): bool {
		$case = $this->prepared( $number );
		$case->run( true );
		echo "$case->story\n";
		foreach ( $case->broken as $promise ) {
			echo "BROKEN: $promise\n";
		}
		return [] === $case->broken;
	}

	/**
	 * @param callable(int): void $on_chunk
	 * @return array<int, string> What was broken, by the number of the case.
	 */
	public function run( int $from, int $cases, callable $on_chunk ): array {
		$broken = [];
		for ( $next = $from; $next < $from + $cases; ) {
			$end = min( $next + self::CHUNK, $from + $cases );
			$this->mark( $next );
			$child = pcntl_fork();
			if ( 0 === $child ) {
				$this->run_chunk( $next, $end );
			}
			[ $number, $is_ending, $status ] = $this->wait( $child );
			foreach ( $this->complaints() as $at => $complaint ) {
				$broken[ $at ] = $complaint;
			}
			if ( null === $status ) {
				$broken[ $number ] = 'it did not end within ' . self::PATIENCE . ' s';
			} elseif ( pcntl_wifsignaled( $status ) ) {
				$broken[ $number ] = 'a crash, by signal ' . pcntl_wtermsig( $status );
			} elseif ( $number < $end ) {
				++$this->ended;
				if ( ! $is_ending ) {
					$broken[ $number ] = 'the process ended with ' . pcntl_wexitstatus( $status );
				}
			} elseif ( 0 !== pcntl_wexitstatus( $status ) ) {
				$broken[ $end - 1 ] = 'after the cases up to this one the process ended with ' . pcntl_wexitstatus( $status );
			}
			$next = $number < $end ? $number + 1 : $end;
			$on_chunk( $next - $from );
		}
		return $broken;
	}

	private function prepared( int $number ): ArgumentCase {
		return new ArgumentCase( $this->seed, $number, $this->server, $this->folder );
	}

	/** In a child. */
	private function run_chunk( int $from, int $end ): never {
		$complaints  = fopen( "$this->folder/complaints", 'a' );
		$this->place = fopen( "$this->folder/place", 'r+' );
		ini_set( 'error_log', "$this->folder/errors" );
		$growth = 0;
		$memory = 0;
		for ( $number = $from; $number < $end; ++$number ) {
			$this->mark( $number );
			$case = $this->prepared( $number );
			$case->run();
			foreach ( $case->broken as $promise ) {
				fwrite( $complaints, "$number " . addcslashes( $promise, "\0..\37" ) . "\n" );
			}
			unset( $case );
			$before  = $memory;
			$memory  = $this->memory();
			$growth += $number > $from + self::WARM && $memory - $before < self::LARGE ? $memory - $before : 0;
		}
		if ( Script::$is_measured && $growth > self::GROWTH ) {
			fwrite( $complaints, ( $end - 1 ) . " the process grew by $growth bytes in the cases before\n" );
		}
		$this->mark( $end );
		exit( 0 );
	}

	private function mark( int $number ): void {
		fseek( $this->place, 0 );
		fwrite( $this->place, pack( 'P', $number ) );
	}

	/**
	 * @return array{int, bool, ?int} The case that was the last, whether it may end its process, and how the process ended.
	 */
	private function wait( int $child ): array {
		$last    = -1;
		$changed = microtime( true );
		while ( 0 === pcntl_waitpid( $child, $status, WNOHANG ) ) {
			usleep( 2000 );
			$number = $this->marked();
			if ( $number !== $last ) {
				$last    = $number;
				$changed = microtime( true );
			} elseif ( microtime( true ) - $changed > self::PATIENCE ) {
				exec( "kill -9 $child" );
				pcntl_waitpid( $child, $status );
				return [ $number, false, null ];
			}
		}
		return [ $this->marked(), is_file( "$this->folder/ending" ) && unlink( "$this->folder/ending" ), $status ];
	}

	private function marked(): int {
		fseek( $this->place, 0 );
		return unpack( 'P', fread( $this->place, 8 ) )[1];
	}

	/** @return array<int, string> */
	private function complaints(): array {
		$complaints = [];
		foreach ( file( "$this->folder/complaints" ) ?: [] as $line ) {
			[ $number, $words ]          = explode( ' ', rtrim( $line ), 2 );
			$complaints[ (int) $number ] = $words;
		}
		file_put_contents( "$this->folder/complaints", '' );
		return $complaints;
	}

	private function memory(): int {
		preg_match( '/^VmRSS:\s+(\d+)/m', file_get_contents( '/proc/self/status' ), $match );
		return 1024 * (int) $match[1];
	}
}
