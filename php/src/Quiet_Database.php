<?php
/**
 * Keeps the database's complaints, which quote the statement, from every stream.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * For statements that hold the connection's secret.
 */
final class Quiet_Database {

	/**
	 * Does something without a word from $wpdb, a database drop-in, WP_DEBUG or a hook, and leaves no copy of the
	 * statements in $wpdb.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 */
	public static function during( callable $work ): mixed {
		global $wpdb;
		$suppressed = $wpdb->suppress_errors( true );
		$shown      = $wpdb->hide_errors();
		$queries    = is_array( $wpdb->queries ?? null ) ? count( $wpdb->queries ) : 0;
		$errors     = $GLOBALS['EZSQL_ERROR'] ?? null;
		$log        = ini_set( 'error_log', '/dev/null' );
		$level      = ob_get_level();
		set_error_handler( static fn (): bool => true );
		// Also empty if a hook ends the process and PHP flushes its buffers.
		ob_start( static fn (): string => '' );
		try {
			return $work();
		} finally {
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
			restore_error_handler();
			if ( false !== $log ) {
				ini_set( 'error_log', $log );
			}
			$GLOBALS['EZSQL_ERROR'] = $errors;
			$wpdb->last_query       = '';
			$wpdb->last_error       = '';
			if ( is_array( $wpdb->queries ?? null ) ) {
				array_splice( $wpdb->queries, $queries );
			}
			$wpdb->show_errors( $shown );
			$wpdb->suppress_errors( $suppressed );
		}
	}
}
