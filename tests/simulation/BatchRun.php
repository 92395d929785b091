<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A process that registers the list of sites, and what it hands over until it ends or is killed.
 */
final class BatchRun {

	/** @var resource */
	private $process;

	/** @var resource */
	private $results;

	/** @var array<string, mixed>|null How the batch says that it ended; null if it was killed. */
	public ?array $summary = null;

	/** Results until now. */
	public int $count = 0;

	/** @param list<string> $command */
	public function __construct( array $command ) {
		$process = proc_open( $command, [ [ 'file', '/dev/null', 'r' ], [ 'pipe', 'w' ], STDERR ], $pipes );
		if ( false === $process ) {
			throw new \RuntimeException( 'Cannot start: ' . implode( ' ', $command ) );
		}
		$this->process = $process;
		$this->results = $pipes[1];
	}

	/**
	 * Reads results as they come, until the process ends. Killed with -9 as soon as $is_moment says so; what it has handed over
	 * by then is still read.
	 *
	 * @param callable(string, string, string): void $on_result Line number, word, and address and secret of what is registered.
	 * @param callable(self): bool                   $is_moment
	 * @return bool Whether it was killed.
	 */
	public function read( callable $on_result, callable $is_moment ): bool {
		$is_killed = false;
		for ( $text = fgets( $this->results ); false !== $text; $text = fgets( $this->results ) ) {
			if ( ! str_ends_with( $text, "\n" ) ) {
				break; // Killed while it wrote.
			}
			[ $line, $word, $rest ] = explode( ' ', rtrim( $text ), 3 ) + [ '', '', '' ];
			if ( '=' === $line ) {
				$this->summary = json_decode( substr( $text, 2 ), true );
				continue;
			}
			++$this->count;
			$on_result( $line, $word, $rest );
			if ( ! $is_killed && $is_moment( $this ) ) {
				proc_terminate( $this->process, SIGKILL );
				$is_killed = true;
			}
		}
		fclose( $this->results );
		$code = proc_close( $this->process );
		if ( ! $is_killed && ( 0 !== $code || null === $this->summary ) ) {
			throw new \RuntimeException( "The batch ended with $code, and nobody had killed it." );
		}
		return $is_killed;
	}
}
