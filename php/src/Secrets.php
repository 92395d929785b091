<?php
/**
 * Where the key and the customer's token come from: a file, standard input or the environment, never an option's value.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Takes what the environment gave out of it, so that a listing of variables, or a process that the site's code starts,
 * does not have it by chance.
 *
 * Code that looks for it still finds what the process was started with (/proc/self/environ): a file for the key is safer,
 * which the extension reads itself.
 */
final class Secrets {

	public const KEY_VARIABLE   = 'WCCOM_HOST_KEY';
	public const TOKEN_VARIABLE = 'WCCOM_HOST_WPCOM_ACCESS_TOKEN';

	/**
	 * More than any token or key; what is longer is cut, and then refused for its length.
	 */
	private const MAX_TOKEN_FILE = 65536;

	/**
	 * The key from the environment.
	 *
	 * @var string|null
	 */
	private static ?string $key = null;

	/**
	 * The token from the environment.
	 *
	 * @var string|null
	 */
	private static ?string $token = null;

	/**
	 * Moves both secrets out of the environment.
	 */
	public static function take_from_environment(): void {
		self::$key   = self::take( self::KEY_VARIABLE ) ?? self::$key;
		self::$token = self::take( self::TOKEN_VARIABLE ) ?? self::$token;
	}

	/**
	 * Forgets both, when they are not needed any more and code of others is about to run.
	 */
	public static function forget(): void {
		self::$key   = null;
		self::$token = null;
	}

	/**
	 * The extension's option for the key: a path that it reads itself, so that the key never becomes a PHP variable, or
	 * what the environment gave.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{key_file: string}|array{key: string}
	 * @throws Problem If there is no key, or its file cannot be read.
	 */
	public static function key_option( array $assoc_args ): array {
		self::take_from_environment();
		if ( isset( $assoc_args['key-file'] ) ) {
			$path = (string) $assoc_args['key-file'];
			if ( '-' === $path ) {
				return [ 'key_file' => '/dev/stdin' ];
			}
			self::require_readable( 'key-file', $path );
			return [ 'key_file' => $path ];
		}
		if ( null === self::$key ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The key of the plan\'s package is missing. Nothing was sent.',
				'Give it in a file (--key-file=<file>), on standard input (--key-file=-), or in the environment variable ' . self::KEY_VARIABLE . '.'
			);
		}
		return [ 'key' => self::$key ];
	}

	/**
	 * The same for a command that calls the extension more than once: a pipe gives the key once, so that it is read here.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{key_file: string}|array{key: string}
	 * @throws Problem If there is no key, or its file cannot be read.
	 */
	public static function key_option_for_calls( array $assoc_args ): array {
		$option = self::key_option( $assoc_args );
		if ( ! isset( $option['key_file'] ) || is_file( $option['key_file'] ) ) {
			return $option;
		}
		return [ 'key' => self::read( 'key-file', (string) $assoc_args['key-file'] ) ];
	}

	/**
	 * The customer's WordPress.com token, but for one line end at the end of a file; null if none was given.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If its file cannot be read.
	 */
	public static function token( array $assoc_args ): ?string {
		self::take_from_environment();
		if ( ! isset( $assoc_args['wpcom-access-token-file'] ) ) {
			return self::$token;
		}
		$path = (string) $assoc_args['wpcom-access-token-file'];
		if ( Input_File::is_standard_input( $path ) ) {
			if ( Input_File::is_standard_input( $assoc_args['key-file'] ?? null ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--key-file and --wpcom-access-token-file cannot both be standard input. Nothing was sent.', 'Give one of them in a file or in the environment.' );
			}
		} else {
			self::require_readable( 'wpcom-access-token-file', $path );
		}
		return self::read( 'wpcom-access-token-file', $path );
	}

	/**
	 * Where a secret comes from, for people.
	 *
	 * @param string|null $path     The option's value, if it was given.
	 * @param string      $variable The environment variable.
	 */
	public static function source( ?string $path, string $variable ): string {
		return match ( $path ) {
			null    => "environment $variable",
			'-'     => 'standard input',
			default => "file $path",
		};
	}

	/**
	 * Takes one variable out of the environment.
	 *
	 * @param string $name The variable.
	 */
	private static function take( string $name ): ?string {
		$value = getenv( $name );
		putenv( $name );
		unset( $_ENV[ $name ], $_SERVER[ $name ] );
		return false === $value ? null : $value;
	}

	/**
	 * What a file, or standard input, holds, but for one line end at its end.
	 *
	 * @param string $option The option that names it.
	 * @param string $path   The path.
	 * @throws Problem If it cannot be read.
	 */
	private static function read( string $option, string $path ): string {
		$stream = Input_File::open( $path );
		$text   = false === $stream ? false : stream_get_contents( $stream, self::MAX_TOKEN_FILE );
		if ( false === $text ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--$option=$path could not be read. Nothing was sent." );
		}
		return (string) preg_replace( '/\r?\n\z/', '', $text, 1 );
	}

	/**
	 * Refuses a file that cannot be read.
	 *
	 * @param string $option The option that names it.
	 * @param string $path   The path.
	 * @throws Problem If it cannot be read.
	 */
	private static function require_readable( string $option, string $path ): void {
		if ( str_contains( $path, "\0" ) || ! is_readable( $path ) || is_dir( $path ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--$option=$path is not a file that this user can read. Nothing was sent.", 'Check the path and its permissions.' );
		}
	}
}
