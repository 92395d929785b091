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
	 * Of files, the process, errors and output; those that only compute are disabled nowhere.
	 */
	private const NEEDED = [
		'chmod',
		'clearstatcache',
		'closedir',
		'debug_backtrace',
		'error_clear_last',
		'error_get_last',
		'escapeshellarg',
		'fclose',
		'feof',
		'fflush',
		'fgets',
		'file_exists',
		'file_get_contents',
		'file_put_contents',
		'fileowner',
		'fileperms',
		'filesize',
		'flock',
		'fopen',
		'fread',
		'fseek',
		'fstat',
		'fsync',
		'ftell',
		'ftruncate',
		'fwrite',
		'getcwd',
		'getenv',
		'gethostname',
		'getmypid',
		'getmyuid',
		'glob',
		'ini_get',
		'ini_set',
		'is_dir',
		'is_file',
		'is_link',
		'is_readable',
		'is_writable',
		'lstat',
		'mkdir',
		'ob_end_clean',
		'ob_get_clean',
		'ob_get_level',
		'ob_start',
		'opendir',
		'putenv',
		'random_bytes',
		'realpath',
		'register_shutdown_function',
		'rename',
		'restore_error_handler',
		'rewind',
		'rmdir',
		'set_error_handler',
		'stat',
		'stream_copy_to_stream',
		'stream_get_contents',
		'stream_isatty',
		'stream_select',
		'sys_get_temp_dir',
		'tempnam',
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
