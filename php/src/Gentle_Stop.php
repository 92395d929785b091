<?php
/**
 * Ctrl-C during a batch.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The first signal stops the batch, which finishes what is in flight; the second ends the process at once. Without pcntl the
 * first does: the journal keeps what has been received all the same.
 */
final class Gentle_Stop {

	/**
	 * A stop that has not been asked for.
	 *
	 * @param Shielded_Call    $shielded What must not be broken off.
	 * @param \Closure(): void $announce Says that a signal has come.
	 */
	public function __construct( private Shielded_Call $shielded, private \Closure $announce ) {
	}

	/**
	 * Does something that the first signal stops.
	 *
	 * @param callable(): void $work What to do.
	 * @throws Interrupted When a signal comes.
	 */
	public function during( callable $work ): void {
		Signal_Handlers::during( \Closure::fromCallable( [ $this, 'stop' ] ), $work, false );
	}

	/**
	 * The handler of the first signal.
	 *
	 * @param int $signal The signal.
	 * @throws Interrupted Unless that has to wait.
	 */
	private function stop( int $signal ): void {
		Signal_Handlers::end();
		( $this->announce )();
		$this->shielded->interrupt( new Interrupted( "signal $signal" ) );
	}
}
