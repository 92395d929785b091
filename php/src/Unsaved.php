<?php
/**
 * A connection that the site has not stored.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Sees to it that it lies somewhere, and says where: its secret is not given out again.
 */
final class Unsaved {

	/**
	 * The end of a command that could not save a connection.
	 *
	 * @param string               $why          Why.
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 */
	public static function problem( string $why, #[\SensitiveParameter] array $auth, array $registration, array $options ): Problem {
		$command = self::keep( $auth, $registration, $options, $where );
		return new Problem(
			Exit_Code::NOT_SAVED,
			"The site was registered, but the registration is not saved: $why.",
			"An order exists. $where",
			null === $command ? 'Have WooCommerce.com reset the connection of site_id ' . $auth['site_id'] . ', then: ' . Site::command( 'recover --forget' ) : "When the cause is gone (wp wccom-host doctor looks for it), save it: $command"
		);
	}

	/**
	 * Keeps a connection in the journal or, if that does not take it, in a file of its own.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @param string|null          $where        Where it is now, for people.
	 * @param-out string           $where
	 * @return string|null The command that saves it; null if it could be kept nowhere.
	 */
	public static function keep( #[\SensitiveParameter] array $auth, array $registration, array $options, ?string &$where = null ): ?string {
		if ( self::is_in_journal( $auth, $options ) || self::is_stored( $auth, $registration, $options ) ) {
			$where = 'The journal has the connection: nothing is lost, and nothing must be sent again.';
			return Site::command( 'recover' );
		}
		// By this `connect` knows the answer to the request that is open in the journal.
		$mark = [ 'request_started' => self::open_since( $options ) ];
		$file = self::written( (string) wp_json_encode( [ 'auth' => $auth, 'registration' => $mark + $registration ], JSON_UNESCAPED_SLASHES ) );
		if ( null === $file ) {
			$where = 'The journal does not have the connection, and no other file could be written: its secret is lost with this process.';
			return null;
		}
		$where = "The journal does not have the connection. Its secret is nowhere else than in this file: $file";
		return Site::command( 'connect' ) . ' < ' . escapeshellarg( $file ) . ', then remove the file';
	}

	/**
	 * A problem of `connect`, with what a pipe gave kept in a file: nobody can read it a second time.
	 *
	 * @param Problem                                                               $problem The problem.
	 * @param array{auth: array<string, mixed>, registration: array<string, mixed>} $input   What standard input gave.
	 */
	public static function with_pipe_kept( Problem $problem, #[\SensitiveParameter] array $input ): Problem {
		$is_regular_file = 0100000 === ( ( fstat( STDIN )['mode'] ?? 0 ) & 0170000 );
		if ( $is_regular_file ) {
			return $problem;
		}
		$file = self::written( (string) wp_json_encode( array_intersect_key( $input, [ 'auth' => 0, 'registration' => 0 ] ), JSON_UNESCAPED_SLASHES ) );
		return new Problem(
			$problem->getCode(),
			$problem->getMessage(),
			null === $file
				? 'What standard input gave could be kept in no file: keep it where it came from.'
				: "What standard input gave is kept in $file. When the cause is gone: " . Site::command( 'connect' ) . ' < ' . escapeshellarg( $file ) . ', then remove the file.'
		);
	}

	/**
	 * When the request began that is open in the journal; 0 if there is none.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 */
	private static function open_since( array $options ): int {
		try {
			$record = Journal::read( $options );
			return 'sent' === ( $record['state'] ?? null ) ? $record['started'] : 0;
		} catch ( \WccomHost\Exception ) {
			return 0;
		}
	}

	/**
	 * Whether the journal holds a connection.
	 *
	 * @param array<string, mixed> $auth    The connection.
	 * @param array<string, mixed> $options The options of the extension.
	 */
	private static function is_in_journal( #[\SensitiveParameter] array $auth, array $options ): bool {
		try {
			$record = Journal::read( $options );
			return 'received' === ( $record['state'] ?? null ) && Connection::is_same( $record['auth'], $auth );
		} catch ( \WccomHost\Exception ) {
			return false;
		}
	}

	/**
	 * Whether the journal takes a connection now: the disk may have room again.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 */
	private static function is_stored( #[\SensitiveParameter] array $auth, array $registration, array $options ): bool {
		try {
			wccom_host_journal_store( array_merge( $auth, [ 'url' => $options['home_url'] ] ), $registration, $options );
			return self::is_in_journal( $auth, $options );
		} catch ( \WccomHost\Exception ) {
			return false;
		}
	}

	/**
	 * Writes a new file of this user alone, outside of the web root.
	 *
	 * @param string $text What it is to hold.
	 * @return string|null Its path; null if no folder takes it.
	 */
	private static function written( #[\SensitiveParameter] string $text ): ?string {
		$mask = umask( 0077 );
		try {
			foreach ( array_unique( [ sys_get_temp_dir(), '/var/tmp', '/dev/shm', (string) getenv( 'HOME' ) ] ) as $folder ) {
				$file = rtrim( $folder, '/' ) . '/wccom-host-registration-' . bin2hex( random_bytes( 8 ) ) . '.json';
				if ( ! str_starts_with( $folder, '/' ) || null !== Journal_Folder::web_root_of( $folder ) ) {
					continue;
				}
				// Never one that is there already: it would be somebody else's.
				$stream = @fopen( $file, 'x' );
				if ( false === $stream ) {
					continue;
				}
				$is_written = strlen( $text ) === @fwrite( $stream, $text ) && @fsync( $stream );
				fclose( $stream );
				if ( $is_written ) {
					return $file;
				}
				@unlink( $file );
			}
			return null;
		} finally {
			umask( $mask );
		}
	}
}
