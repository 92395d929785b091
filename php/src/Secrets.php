<?php
/**
 * Where the key and the customer's token come from: a file, standard input or the environment, never an option's value.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Takes both away before the site's code runs: out of the environment, so that no listing of variables and no process that
 * the site's code starts has them, and from standard input, which anybody could read first. The key is with the extension
 * from then on, and never becomes a PHP variable. A file is read when it is needed.
 */
final class Secrets {

	public const KEY_VARIABLE   = 'WCCOM_HOST_KEY';
	public const TOKEN_VARIABLE = 'WCCOM_HOST_WPCOM_ACCESS_TOKEN';

	/**
	 * More than any token or key; what is longer is cut, and then refused for its length.
	 */
	private const MAX_TOKEN_FILE = 65536;

	/**
	 * Whether the extension keeps a key.
	 *
	 * @var boolean
	 */
	private static bool $has_key = false;

	/**
	 * What the extension has against the key that was to be kept.
	 *
	 * @var \WccomHost\Exception|null
	 */
	private static ?\WccomHost\Exception $refusal = null;

	/**
	 * The pipe that the key was read from: it gives it once.
	 *
	 * @var string|null
	 */
	private static ?string $pipe = null;

	/**
	 * The token from the environment.
	 *
	 * @var string|null
	 */
	private static ?string $token = null;

	/**
	 * The token from standard input, which gives it once.
	 *
	 * @var string|null
	 */
	private static ?string $read_token = null;

	/**
	 * The variables whose secrets were there, and are forgotten.
	 *
	 * @var array<string, true>
	 */
	private static array $used = [];

	/**
	 * Takes both secrets from where other code could find them.
	 *
	 * @param array<string, mixed> $assoc_args The command's options: key-file, wpcom-access-token-file.
	 */
	public static function take( array $assoc_args ): void {
		self::$token = self::variable( self::TOKEN_VARIABLE ) ?? self::$token;
		if ( ! Extension::has( 'wccom_host_take_key' ) ) {
			// The command is going to say so.
			self::variable( self::KEY_VARIABLE );
			return;
		}
		unset( $_ENV[ self::KEY_VARIABLE ], $_SERVER[ self::KEY_VARIABLE ] );
		$is_token_piped = Input_File::is_standard_input( $assoc_args['wpcom-access-token-file'] ?? null );
		if ( $is_token_piped && ! Input_File::is_standard_input( $assoc_args['key-file'] ?? null ) ) {
			self::$read_token ??= self::read( 'wpcom-access-token-file', '-' );
		}
		self::take_key( isset( $assoc_args['key-file'] ) ? (string) $assoc_args['key-file'] : null );
	}

	/**
	 * Forgets both, when they are not needed any more and code of others is about to run.
	 */
	public static function forget(): void {
		if ( self::$has_key ) {
			wccom_host_forget_key();
			self::$used[ self::KEY_VARIABLE ] = true;
		}
		if ( null !== ( self::$token ?? self::$read_token ) ) {
			self::$used[ self::TOKEN_VARIABLE ] = true;
		}
		self::$has_key    = false;
		self::$token      = null;
		self::$read_token = null;
	}

	/**
	 * The extension's option for the key: a path that it reads itself, or nothing where it keeps the key.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{key_file?: string}
	 * @throws Problem If there is no key, or its file cannot be read.
	 * @throws \WccomHost\Exception If what a pipe or the environment gave is no key.
	 */
	public static function key_option( array $assoc_args ): array {
		self::take( $assoc_args );
		$path = isset( $assoc_args['key-file'] ) ? (string) $assoc_args['key-file'] : null;
		if ( null !== $path && self::$pipe !== $path ) {
			self::require_readable( 'key-file', $path );
			return [ 'key_file' => $path ];
		}
		if ( null !== self::$refusal ) {
			throw self::$refusal;
		}
		if ( ! self::$has_key ) {
			throw self::missing( 'The key of the plan\'s package', 'key-file', self::KEY_VARIABLE );
		}
		return [];
	}

	/**
	 * The customer's WordPress.com token, but for one line end at the end of a file; null if none was given.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If its file cannot be read, or if it was forgotten.
	 */
	public static function token( array $assoc_args ): ?string {
		self::take( $assoc_args );
		if ( ! isset( $assoc_args['wpcom-access-token-file'] ) ) {
			if ( null === self::$token && isset( self::$used[ self::TOKEN_VARIABLE ] ) ) {
				throw self::missing_token();
			}
			return self::$token;
		}
		$path = (string) $assoc_args['wpcom-access-token-file'];
		if ( Input_File::is_standard_input( $path ) ) {
			if ( Input_File::is_standard_input( $assoc_args['key-file'] ?? null ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--key-file and --wpcom-access-token-file cannot both be standard input. Nothing was sent.', 'Give one of them in a file or in the environment.' );
			}
			return (string) self::$read_token;
		}
		self::require_readable( 'wpcom-access-token-file', $path );
		return self::read( 'wpcom-access-token-file', $path );
	}

	/**
	 * That there is no token.
	 */
	public static function missing_token(): Problem {
		return self::missing( 'The customer\'s WordPress.com access token', 'wpcom-access-token-file', self::TOKEN_VARIABLE );
	}

	/**
	 * That a secret is not there, or not any more.
	 *
	 * @param string $what     The secret.
	 * @param string $option   The option that names where it is.
	 * @param string $variable The environment variable.
	 */
	private static function missing( string $what, string $option, string $variable ): Problem {
		if ( isset( self::$used[ $variable ] ) ) {
			return new Problem( Exit_Code::PREFLIGHT, "$what was used up by an earlier command of this process: it is not kept for the next one. Nothing was sent.", "Give it in a file, which every command reads: --$option=<file>" );
		}
		return new Problem( Exit_Code::PREFLIGHT, "$what is missing. Nothing was sent.", "Give it in a file (--$option=<file>), on standard input (--$option=-), or in the environment variable $variable." );
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
	 * Has the extension keep the key of a pipe, once, or of the environment.
	 *
	 * @param string|null $path The option's value, if it was given.
	 */
	private static function take_key( ?string $path ): void {
		$is_pipe = null !== $path && self::$pipe !== $path && self::is_pipe( $path );
		if ( ! $is_pipe && ( self::$has_key || null !== self::$refusal ) ) {
			return;
		}
		self::$pipe = $is_pipe ? $path : self::$pipe;
		try {
			self::$has_key = wccom_host_take_key( $is_pipe ? [ 'key_file' => '-' === $path ? '/dev/stdin' : $path ] : [] );
		} catch ( \WccomHost\Exception $exception ) {
			self::$refusal = $exception;
		}
	}

	/**
	 * Whether a file gives what it holds only once.
	 *
	 * @param string $path The path.
	 */
	private static function is_pipe( string $path ): bool {
		return Input_File::is_standard_input( $path ) || ( ! str_contains( $path, "\0" ) && is_readable( $path ) && ! is_file( $path ) && ! is_dir( $path ) );
	}

	/**
	 * Takes one variable out of the environment.
	 *
	 * @param string $name The variable.
	 */
	private static function variable( string $name ): ?string {
		$value = getenv( $name );
		if ( function_exists( 'putenv' ) ) {
			putenv( $name );
		}
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
