<?php
/**
 * Functions of PHP that a server may have disabled (disable_functions).
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What the commands cannot do without. Functions for signals are not among these: without them Ctrl-C ends the process at once.
 */
final class Php_Functions {

	/**
	 * But for those without which WP-CLI does not begin either.
	 */
	private const NEEDED = [
		'chmod',
		'escapeshellarg',
		'flock',
		'fsync',
		'gethostname',
		'getmypid',
		'getmyuid',
		'putenv',
		'random_bytes',
		'rename',
		'umask',
		'unlink',
	];

	/**
	 * Refuses to begin without them, instead of stopping in the middle.
	 *
	 * @throws Problem If one is disabled.
	 */
	public static function require_enabled(): void {
		$missing = self::missing( ...self::NEEDED );
		if ( [] !== $missing ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'This PHP has no ' . implode( '(), ', $missing ) . '(), which these commands need. Nothing was sent.',
				'Look at disable_functions in php.ini: php -d disable_functions= "$(command -v wp)" wccom-host ... runs without it.'
			);
		}
	}

	/**
	 * Whether all of these are there.
	 *
	 * @param string ...$names Their names.
	 */
	public static function exist( string ...$names ): bool {
		return [] === self::missing( ...$names );
	}

	/**
	 * Those that are not there.
	 *
	 * @param string ...$names Their names.
	 * @return list<string>
	 */
	private static function missing( string ...$names ): array {
		return array_values( array_filter( $names, static fn ( string $name ): bool => ! function_exists( $name ) ) );
	}
}
