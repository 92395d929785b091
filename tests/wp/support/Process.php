<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A command that runs beside the test. Its streams go to files, so that it never waits for the test to read.
 */
final class Process {

	/** @var resource */
	private $handle;

	/** @var resource */
	private $stdin;

	private string $stdout;

	private string $stderr;

	private string $command;

	/** @var array{running: bool, signaled: bool, termsig: int, exitcode: int, pid: int}|null What is told once, by the first call after the end. */
	private ?array $ended = null;

	/**
	 * @param list<string>          $argv The program and its arguments; no shell comes between.
	 * @param array<string, string> $env  The whole environment.
	 */
	public function __construct( array $argv, array $env, string $folder ) {
		$this->command = implode( ' ', $argv );
		$this->stdout  = (string) tempnam( sys_get_temp_dir(), 'stdout' );
		$this->stderr  = (string) tempnam( sys_get_temp_dir(), 'stderr' );
		$streams       = [ [ 'pipe', 'r' ], [ 'file', $this->stdout, 'a' ], [ 'file', $this->stderr, 'a' ] ];
		$handle        = proc_open( $argv, $streams, $pipes, $folder, $env );
		if ( false === $handle ) {
			throw new \RuntimeException( "Cannot start: $this->command" );
		}
		$this->handle = $handle;
		$this->stdin  = $pipes[0];
	}

	/** A test that failed before it came to finish() leaves nothing running. */
	public function __destruct() {
		if ( is_resource( $this->handle ) && $this->is_running() ) {
			$this->signal( SIGKILL );
		}
	}

	/** Writes to the command's standard input, which stays open. */
	public function write( string $text ): void {
		fwrite( $this->stdin, $text );
	}

	/** Nothing more comes on its standard input. */
	public function close(): void {
		fclose( $this->stdin );
	}

	/** Everything that the command has printed on standard output until now. */
	public function printed(): string {
		return (string) file_get_contents( $this->stdout );
	}

	/** The same of standard error. */
	public function complained(): string {
		return (string) file_get_contents( $this->stderr );
	}

	public function signal( int $signal ): void {
		proc_terminate( $this->handle, $signal );
	}

	public function id(): int {
		return $this->status()['pid'];
	}

	public function is_running(): bool {
		return $this->status()['running'];
	}

	/** Closes standard input, waits for the end, and kills what takes longer than the test can wait. */
	public function finish( float $seconds = 60.0 ): Run {
		if ( is_resource( $this->stdin ) ) {
			$this->close();
		}
		$status = $this->wait( $seconds );
		$run    = new Run(
			$this->command,
			$status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'],
			$this->printed(),
			$this->complained(),
		);
		proc_close( $this->handle );
		unlink( $this->stdout );
		unlink( $this->stderr );
		if ( $status['timed_out'] ) {
			throw new \RuntimeException( "Not finished after $seconds seconds, killed.\n$run" );
		}
		return $run;
	}

	/** @return array{running: bool, signaled: bool, termsig: int, exitcode: int, pid: int} */
	private function status(): array {
		$status = $this->ended ?? proc_get_status( $this->handle );
		if ( ! $status['running'] ) {
			$this->ended = $status;
		}
		return $status;
	}

	/** @return array{signaled: bool, termsig: int, exitcode: int, timed_out: bool} */
	private function wait( float $seconds ): array {
		$deadline  = microtime( true ) + $seconds;
		$timed_out = false;
		for ( ;; ) {
			$status = $this->status();
			if ( ! $status['running'] ) {
				return $status + [ 'timed_out' => $timed_out ];
			}
			if ( microtime( true ) > $deadline ) {
				proc_terminate( $this->handle, SIGKILL );
				$timed_out = true;
			}
			usleep( 2000 );
		}
	}
}
