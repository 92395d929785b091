<?php
/**
 * Somebody pressed Ctrl-C, or a supervisor asked the process to end.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Thrown by the signal handlers, through the extension's call.
 */
final class Interrupted extends \RuntimeException {

	/**
	 * Does something that SIGINT and SIGTERM end with this exception, where PHP has pcntl.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 * @throws Interrupted When a signal comes.
	 */
	public static function or_done( callable $work ): mixed {
		if ( ! function_exists( 'pcntl_async_signals' ) ) {
			return $work();
		}
		$was_async = pcntl_async_signals( true );
		$handlers  = [];
		foreach ( [ SIGINT, SIGTERM ] as $signal ) {
			$handlers[ $signal ] = pcntl_signal_get_handler( $signal );
			pcntl_signal(
				$signal,
				static function ( int $signal ): void {
					throw new self( 'signal ' . $signal );
				}
			);
		}
		// A terminal that goes away, as that of an SSH connection, is no wish to leave a request alone.
		$handlers[ SIGHUP ] = pcntl_signal_get_handler( SIGHUP );
		pcntl_signal( SIGHUP, SIG_IGN );
		try {
			return $work();
		} finally {
			foreach ( $handlers as $signal => $handler ) {
				pcntl_signal( $signal, $handler );
			}
			pcntl_async_signals( $was_async );
		}
	}
}
