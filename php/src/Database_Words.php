<?php
/**
 * Why the database refused a statement that holds a secret.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The server's words where they quote nothing of what was to be written.
 */
final class Database_Words {

	/**
	 * Errors of MySQL and MariaDB that name at most the table, the user and a setting: disk full, read only, table full, no right
	 * to the table, no such table, packet too large, lock wait timeout, deadlock, a setting in the way, killed, gone, lost.
	 */
	private const HARMLESS = [ 1021, 1036, 1114, 1142, 1146, 1153, 1205, 1213, 1290, 1836, 1927, 2006, 2013 ];

	/**
	 * The reason of the last statement's failure, to be added to a sentence; empty if there is none that can be shown.
	 */
	public static function of_last_error(): string {
		global $wpdb;
		$connection = $wpdb->dbh ?? null;
		if ( ! $connection instanceof \mysqli ) {
			return '';
		}
		$number = mysqli_errno( $connection );
		return in_array( $number, self::HARMLESS, true ) ? " (error $number: " . mysqli_error( $connection ) . ')' : ( 0 === $number ? '' : " (error $number)" );
	}
}
