<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A process that runs act.php.
 */
final class Actor {

	/** After so long it hangs. Every call of it ends by itself after 10 seconds, or 20. */
	private const HANGS = 60.0;

	/** @var resource */
	private $process;

	/** @var array<int, resource> */
	private array $pipes = [];

	private string $stderr;

	/**
	 * @param array<string, string> $env  For disk.c.
	 * @param list<string>          $before What starts it, such as faketime.
	 */
	public function __construct( private readonly string $base_url, array $env = [], array $before = [] ) {
		$this->stderr  = (string) tempnam( sys_get_temp_dir(), 'stderr' );
		$command       = [ ...$before, PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_EXTENSION' ), __DIR__ . '/act.php' ];
		$process       = proc_open( $command, [ [ 'pipe', 'r' ], [ 'pipe', 'w' ], [ 'file', $this->stderr, 'a' ] ], $this->pipes, null, $env + [ 'PATH' => (string) getenv( 'PATH' ) ] );
		$this->process = false === $process ? throw new \RuntimeException( 'PHP cannot be started.' ) : $process;
	}

	/**
	 * Does a job.
	 *
	 * @return list<array<string, mixed>> What was said; the last line has `done`, unless the process was killed.
	 */
	public function act( string $job, string $journal ): array {
		$options = [
			'do'       => $job,
			'journal'  => $journal,
			'base_url' => $this->base_url,
			'key'      => Sandbox::KEY,
		];
		fwrite( $this->pipes[0], json_encode( $options ) . "\n" );
		$lines = [];
		do {
			$text = $this->line();
			if ( null === $text ) {
				return $lines;
			}
			$lines[] = json_decode( $text, true, 16, JSON_THROW_ON_ERROR );
		} while ( ! array_key_exists( 'done', end( $lines ) ) );
		return $lines;
	}

	private function line(): ?string {
		$read  = [ $this->pipes[1] ];
		$write = null;
		$other = null;
		if ( 0 === stream_select( $read, $write, $other, (int) self::HANGS ) ) {
			proc_terminate( $this->process, SIGKILL );
			throw new \RuntimeException( 'act.php hangs.' );
		}
		$text = fgets( $this->pipes[1] );
		return false === $text || ! str_ends_with( $text, "\n" ) ? null : $text;
	}

	/**
	 * Ends it.
	 *
	 * @return array{int, string} The exit code, or minus the signal, and what stands on standard error.
	 */
	public function end(): array {
		fclose( $this->pipes[0] );
		while ( null !== $this->line() ) {
			continue;
		}
		do {
			$status = proc_get_status( $this->process );
		} while ( $status['running'] && ! usleep( 500 ) );
		proc_close( $this->process );
		$complaint = (string) file_get_contents( $this->stderr );
		unlink( $this->stderr );
		return [ $status['signaled'] ? -$status['termsig'] : $status['exitcode'], $complaint ];
	}
}
