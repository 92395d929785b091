<?php
/**
 * Whether the site's database takes an option.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A real write, before anything is sent: an answer that cannot be saved had better not be asked for.
 */
final class Write_Test {

	/**
	 * Writes an option of our own, as long as the one that the connection is stored in, reads it back and removes it: a
	 * statement may be too long for the database.
	 *
	 * @throws Problem If the database does not hold it, or does not let it go.
	 */
	public static function run(): void {
		// Another process may be at the same test.
		$option = 'wccom_host_write_test_' . bin2hex( random_bytes( 8 ) );
		self::write( $option, [ 'filling' => str_repeat( 'x', strlen( (string) Stored_Option::text( Connection::OPTION ) ) ) ] );
		if ( ! Stored_Option::delete( $option ) ) {
			throw self::failed( "The option $option could not be removed again." );
		}
	}

	/**
	 * Writes an option and reads it back.
	 *
	 * @param string               $option The option; not autoloaded.
	 * @param array<string, mixed> $value  What to write; it is no secret, nor is what the database says of it.
	 * @throws Problem If the database does not hold it.
	 */
	public static function write( string $option, array $value ): void {
		$complaint = Quiet_Database::during(
			static function () use ( $option, $value ): ?string {
				global $wpdb;
				Stored_Option::forget_cached( $option );
				update_option( $option, $value, false );
				$error = self::reason( (string) $wpdb->last_error );
				if ( Stored_Option::read( $option ) === $value ) {
					return null;
				}
				return '' === $error ? 'The database does not hold it; a filter of this site may have refused it.' : "The database says: $error.";
			}
		);
		if ( null !== $complaint ) {
			throw self::failed( $complaint );
		}
	}

	/**
	 * A database that cannot be relied on.
	 *
	 * @param string $complaint What is wrong.
	 */
	public static function failed( string $complaint ): Problem {
		return new Problem(
			Exit_Code::PREFLIGHT,
			"A test write to this site's options failed. $complaint Nothing was sent.",
			'Make the database writable for this site, then run the command again.'
		);
	}

	/**
	 * The reason in a database's complaint: that of the SQLite drop-in is a page with statements and a backtrace.
	 *
	 * @param string $complaint The complaint.
	 */
	public static function reason( string $complaint ): string {
		$reason = 1 === preg_match( '/SQLSTATE[^\n<]*/', $complaint, $found ) ? $found[0] : wp_strip_all_tags( $complaint, true );
		return trim( substr( $reason, 0, 200 ) );
	}
}
