<?php
/**
 * Options as they are in the database.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Reads past the object cache and past every filter: only this tells what has been stored.
 */
final class Stored_Option {

	/**
	 * The value of an option in the site's table; null if there is none.
	 *
	 * @param string $name The option.
	 * @throws Database_Failure If the database cannot be read.
	 */
	public static function read( string $name ): mixed {
		$value = self::text( $name );
		return null === $value ? null : self::decoded( $value );
	}

	/**
	 * The value of a network's option; null if there is none.
	 *
	 * @param string $name The option.
	 * @throws Database_Failure If the database cannot be read.
	 */
	public static function read_of_network( string $name ): mixed {
		global $wpdb;
		$value = self::value( $wpdb->prepare( "SELECT meta_value FROM {$wpdb->sitemeta} WHERE site_id = %d AND meta_key = %s LIMIT 1", get_current_network_id(), $name ) );
		return null === $value ? null : self::decoded( $value );
	}

	/**
	 * Lets the object cache forget an option, so that WordPress reads it anew.
	 *
	 * @param string $name          The option.
	 * @param bool   $is_autoloaded Whether it may be among the autoloaded ones.
	 */
	public static function forget_cached( string $name, bool $is_autoloaded = false ): void {
		wp_cache_delete( 'notoptions', 'options' );
		wp_cache_delete( $name, 'options' );
		if ( $is_autoloaded ) {
			wp_cache_delete( 'alloptions', 'options' );
		}
	}

	/**
	 * Removes an option that is not autoloaded.
	 *
	 * @param string $name The option.
	 * @return bool Whether it is gone from the database.
	 */
	public static function delete( string $name ): bool {
		return Quiet_Database::during(
			static function () use ( $name ): bool {
				self::forget_cached( $name );
				delete_option( $name );
				return null === self::read( $name );
			}
		);
	}

	/**
	 * Removes an option that is not autoloaded, only if it is still as it was.
	 *
	 * @param string $name   The option.
	 * @param string $before Its text when it was read.
	 * @return bool Whether that is gone from the database.
	 */
	public static function delete_unchanged( string $name, #[\SensitiveParameter] string $before ): bool {
		return Quiet_Database::during(
			static function () use ( $name, $before ): bool {
				global $wpdb;
				$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s AND option_value = %s", $name, $before ) );
				self::forget_cached( $name );
				return self::text( $name ) !== $before;
			}
		);
	}

	/**
	 * The text of an option as it lies in the table; null if there is none.
	 *
	 * @param string $name The option.
	 * @throws Database_Failure If the database cannot be read.
	 */
	public static function text( string $name ): ?string {
		global $wpdb;
		return self::value( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s LIMIT 1", $name ) );
	}

	/**
	 * Writes an option only if it is still as it was: of several processes at once, one succeeds.
	 *
	 * @param string               $name          The option; a new one is not autoloaded.
	 * @param string|null          $before        Its text when it was read; null if there was none.
	 * @param array<string, mixed> $value         What to write.
	 * @param bool                 $is_autoloaded Whether it may be among the autoloaded ones.
	 * @return string|null What the database says against it, which may be nothing; null if it holds the value.
	 */
	public static function replace( string $name, #[\SensitiveParameter] ?string $before, #[\SensitiveParameter] array $value, bool $is_autoloaded = false ): ?string {
		return Quiet_Database::during(
			static function () use ( $name, $before, $value, $is_autoloaded ): ?string {
				global $wpdb;
				$text  = maybe_serialize( $value );
				$rows  = $wpdb->query(
					null === $before
						? $wpdb->prepare( "INSERT INTO {$wpdb->options} ( option_name, option_value, autoload ) VALUES ( %s, %s, 'no' )", $name, $text )
						: $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", $text, $name, $before )
				);
				$error = (string) $wpdb->last_error;
				self::forget_cached( $name, $is_autoloaded );
				return 1 === $rows && self::read( $name ) === $value ? null : $error;
			}
		);
	}

	/**
	 * The one value that a statement gives; null if it gives no row.
	 *
	 * @param string $statement The statement; it holds no secret.
	 * @throws Database_Failure If the database cannot be read.
	 */
	private static function value( string $statement ): ?string {
		return Quiet_Database::during(
			static function () use ( $statement ): ?string {
				global $wpdb;
				self::see_what_others_see();
				// False also without an error: get_row() would take that for an option that is not there.
				if ( false === $wpdb->query( $statement ) || '' !== $wpdb->last_error ) {
					throw new Database_Failure( 'the site\'s database cannot be read' . Database_Words::of_last_error() );
				}
				$row = $wpdb->last_result[0] ?? null;
				return null === $row ? null : (string) current( get_object_vars( $row ) );
			}
		);
	}

	/**
	 * Ends what a site's own code keeps open: in a transaction, or with autocommit off, a statement would read what is not
	 * stored yet and may never be, and nothing of what others have stored since it began. Of several servers the one that is
	 * written to is asked, not a copy that lags: by the name that HyperDB and its relatives give this.
	 */
	private static function see_what_others_see(): void {
		global $wpdb;
		if ( method_exists( $wpdb, 'send_reads_to_masters' ) ) {
			$wpdb->send_reads_to_masters();
		}
		$wpdb->query( 'COMMIT' );
	}

	/**
	 * A value as it was before WordPress serialized it; text that cannot be read stays text.
	 *
	 * @param string $text What the table holds.
	 */
	public static function decoded( string $text ): mixed {
		if ( ! is_serialized( $text ) ) {
			return $text;
		}
		$value = @unserialize( $text, [ 'allowed_classes' => false ] );
		return false === $value && 'b:0;' !== trim( $text ) ? $text : $value;
	}
}
