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
	 * @throws Database_Failure Where WordPress would end the process.
	 */
	public static function during( #[\SensitiveParameter] callable $work ): mixed {
		global $wpdb;
		$suppressed = $wpdb->suppress_errors( true );
		$shown      = $wpdb->hide_errors();
		$queries    = is_array( $wpdb->queries ?? null ) ? count( $wpdb->queries ) : 0;
		$errors     = $GLOBALS['EZSQL_ERROR'] ?? null;
		$log        = ini_set( 'error_log', '/dev/null' );
		$level      = ob_get_level();
		$is_inner   = has_filter( 'wp_die_handler', [ self::class, 'die_handler' ] );
		add_filter( 'wp_die_handler', [ self::class, 'die_handler' ], PHP_INT_MAX );
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
			if ( false === $is_inner ) {
				remove_filter( 'wp_die_handler', [ self::class, 'die_handler' ], PHP_INT_MAX );
			}
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

	/**
	 * What WordPress calls when the database is gone and does not come back within five seconds, and a drop-in when its cache is.
	 */
	public static function die_handler(): \Closure {
		return static function (): never {
			throw new Database_Failure( 'the site\'s database, or its object cache, does not answer' );
		};
	}
}
