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
	 * What is to be thrown once the function is through that must not be broken off.
	 *
	 * @var Interrupted|null
	 */
	private ?Interrupted $waiting = null;

	/**
	 * A stop that has not been asked for.
	 *
	 * @param string           $shielded The name of a function that must not be broken off, from its first instruction on: PHP
	 *                                   may run a handler even before that. It calls throw_waiting() last.
	 * @param \Closure(): void $announce Says that a signal has come.
	 */
	public function __construct( private string $shielded, private \Closure $announce ) {
	}

	/**
	 * Does something that the first signal stops.
	 *
	 * @param callable(): void $work What to do.
	 * @throws Interrupted When a signal comes.
	 */
	public function during( callable $work ): void {
		if ( ! function_exists( 'pcntl_async_signals' ) ) {
			$work();
			return;
		}
		$was_async = pcntl_async_signals( true );
		$handlers  = [];
		foreach ( [ SIGINT, SIGTERM, SIGHUP ] as $signal ) {
			$handlers[ $signal ] = pcntl_signal_get_handler( $signal );
			// A terminal that goes away, as that of an SSH connection, is no wish to leave requests alone. Not restarted: a
			// signal is heard even while nobody takes what is written.
			pcntl_signal( $signal, SIGHUP === $signal ? SIG_IGN : fn ( int $signal ) => $this->stop( $signal ), false );
		}
		try {
			$work();
		} finally {
			foreach ( $handlers as $signal => $handler ) {
				pcntl_signal( $signal, $handler );
			}
			pcntl_async_signals( $was_async );
		}
	}

	/**
	 * What a signal would have thrown in the function that must not be broken off.
	 *
	 * @throws Interrupted If one came.
	 */
	public function throw_waiting(): void {
		[ $waiting, $this->waiting ] = [ $this->waiting, null ];
		if ( null !== $waiting ) {
			throw $waiting;
		}
	}

	/**
	 * The handler of the first signal.
	 *
	 * @param int $signal The signal.
	 * @throws Interrupted Unless that has to wait.
	 */
	private function stop( int $signal ): void {
		pcntl_signal( SIGINT, SIG_DFL );
		pcntl_signal( SIGTERM, SIG_DFL );
		( $this->announce )();
		$interrupted = new Interrupted( "signal $signal" );
		if ( ! in_array( $this->shielded, array_column( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS ), 'function' ), true ) ) {
			throw $interrupted;
		}
		$this->waiting = $interrupted;
	}
}
