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

	private const OPTION = 'wccom_host_write_test';

	/**
	 * Writes an option of our own, reads it back and removes it.
	 *
	 * @throws Problem If the database does not hold it.
	 */
	public static function run(): void {
		$complaint = Quiet_Database::during( static fn (): ?string => self::complaint( bin2hex( random_bytes( 8 ) ) ) );
		if ( null !== $complaint ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"A test write to this site's options failed. $complaint Nothing was sent, so no order was made.",
				'Make the database writable for this site, then run the command again.'
			);
		}
	}

	/**
	 * What is wrong; null if nothing is.
	 *
	 * @param string $value What to write; it is no secret, nor is what the database says of it.
	 */
	private static function complaint( string $value ): ?string {
		global $wpdb;
		Stored_Option::forget_cached( self::OPTION );
		update_option( self::OPTION, $value, false );
		$error = self::reason( (string) $wpdb->last_error );
		if ( Stored_Option::read( self::OPTION ) !== $value ) {
			return '' === $error ? 'The database does not hold it; a filter of this site may have refused it.' : "The database says: $error.";
		}
		delete_option( self::OPTION );
		return null === Stored_Option::read( self::OPTION ) ? null : 'The option ' . self::OPTION . ' could not be removed again.';
	}

	/**
	 * The reason in a database's complaint: that of the SQLite drop-in is a page with statements and a backtrace.
	 *
	 * @param string $complaint The complaint.
	 */
	private static function reason( string $complaint ): string {
		$reason = 1 === preg_match( '/SQLSTATE[^\n<]*/', $complaint, $found ) ? $found[0] : wp_strip_all_tags( $complaint, true );
		return trim( substr( $reason, 0, 200 ) );
	}
}
