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
	public static function or_done( #[\SensitiveParameter] callable $work ): mixed {
		return Signal_Handlers::during(
			static function ( int $signal ): void {
				throw new self( "signal $signal" );
			},
			$work
		);
	}
}
