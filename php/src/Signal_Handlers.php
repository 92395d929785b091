<?php
/**
 * Ctrl-C, and a supervisor who asks the process to end.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Handlers of signals for as long as something is done; those that were there before come back.
 */
final class Signal_Handlers {

	/**
	 * Does something while SIGINT and SIGTERM have a handler, where PHP has pcntl, and not only parts of it.
	 *
	 * @template T
	 * @param callable(int): void $handler      Is given the signal; may throw.
	 * @param callable(): T       $work         What to do.
	 * @param bool                $is_restarted Whether a system call goes on that a signal has interrupted. If not, the signal is
	 *                                          heard even while nobody takes what is written.
	 * @return T
	 */
	public static function during( callable $handler, #[\SensitiveParameter] callable $work, bool $is_restarted = true ): mixed {
		if ( ! Php_Functions::exist( 'pcntl_async_signals', 'pcntl_signal_get_handler', 'pcntl_signal' ) ) {
			return $work();
		}
		$was_async = pcntl_async_signals( true );
		$before    = [];
		// A terminal that goes away, as that of an SSH connection, is no wish to leave requests alone.
		foreach ( [ SIGINT => $handler, SIGTERM => $handler, SIGHUP => SIG_IGN ] as $signal => $handle ) {
			$before[ $signal ] = pcntl_signal_get_handler( $signal );
			pcntl_signal( $signal, $handle, $is_restarted );
		}
		try {
			return $work();
		} finally {
			foreach ( $before as $signal => $handle ) {
				// PHP does not tell a SIGHUP that was ignored when it started, as by nohup, from one that ends the process: from the
				// first request on, none does, so that its answer is saved.
				if ( SIGHUP !== $signal || SIG_DFL !== $handle ) {
					pcntl_signal( $signal, $handle );
				}
			}
			pcntl_async_signals( $was_async );
		}
	}

	/**
	 * From within a handler: the next SIGINT or SIGTERM ends the process.
	 */
	public static function end(): void {
		if ( function_exists( 'pcntl_signal' ) ) {
			pcntl_signal( SIGINT, SIG_DFL );
			pcntl_signal( SIGTERM, SIG_DFL );
		}
	}
}
