<?php
/**
 * Stores a connection in the site.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Saves, and believes only what it reads back.
 */
final class Saver {

	/**
	 * The transients that WooCommerce filled before, and would go on using for hours, by its own names from 5.x to 10.x.
	 */
	private const STALE_TRANSIENTS = [
		'_woocommerce_helper_subscriptions',
		'_woocommerce_helper_connection_data',
		'_woocommerce_helper_notices',
		'_woocommerce_helper_product_usage_notice_rules',
		'_woocommerce_helper_updates',
		'_woocommerce_helper_updates_count',
	];

	/**
	 * Stores a connection and its order.
	 *
	 * @param array<string, mixed> $auth         The connection, six keys.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @return string|null Why it does not come back from the database as it went in; null if it does.
	 */
	public static function save( #[\SensitiveParameter] array $auth, array $registration ): ?string {
		if ( ! Connection::is_complete( $auth ) ) {
			return 'the connection has no access_token, access_token_secret or site_id';
		}
		return self::attempt( static fn (): ?string => self::write( $auth ) )
			?? self::attempt( static fn (): ?string => Order_Record::save( $auth, $registration ) ? null : 'the connection is stored, but the number of its order could not be kept in the option ' . Order_Record::OPTION );
	}

	/**
	 * Gives the connection that the site has stored the site's own address, verbatim: WooCommerce compares the two.
	 *
	 * @param array<string, mixed> $auth The connection as it was before the request.
	 * @return string|null Why it does not come back from the database as it went in; null if it does.
	 */
	public static function save_address( #[\SensitiveParameter] array $auth ): ?string {
		return self::attempt(
			static function () use ( $auth ): ?string {
				$stored = Connection::stored();
				if ( ! Connection::is_same( $stored, $auth ) ) {
					return 'the site has another connection by now, or none';
				}
				return self::write( array_merge( $stored, [ 'url' => home_url() ] ) );
			}
		);
	}

	/**
	 * Changes the record of the order.
	 *
	 * @param callable(array<string, mixed>): array<string, mixed> $change Gives the new record; an empty one removes it.
	 * @return string|null Why the database does not hold it; null if it does.
	 */
	public static function save_order( callable $change ): ?string {
		return self::attempt( static fn (): ?string => Order_Record::change( $change ) ? null : 'the database did not take the option ' . Order_Record::OPTION );
	}

	/**
	 * Does what may fail in any way, without the database's complaints.
	 *
	 * @param callable(): ?string $work Gives a complaint, or null.
	 * @return string|null The complaint; null if all is well.
	 */
	private static function attempt( #[\SensitiveParameter] callable $work ): ?string {
		try {
			return Quiet_Database::during( $work );
		} catch ( Database_Failure $failure ) {
			return $failure->complaint;
		} catch ( \Throwable $error ) {
			// Not its message: a database's exception may quote the statement.
			return get_class( $error ) . ' was thrown by ' . $error->getFile() . ':' . $error->getLine();
		}
	}

	/**
	 * Keeps the name and e-mail address of the account at WooCommerce.com, as WooCommerce does when it connects by
	 * itself: its pages show them. Without them the connection works as well.
	 *
	 * The journal is closed by then, and a request was made meanwhile: WooCommerce's own function would put back everything that
	 * the process, or its object cache, remembers, over a connection that others have written since. So only what lies in the
	 * table is added to, and only as long as it lies there.
	 *
	 * @param array<string, mixed> $auth    The connection that was saved.
	 * @param array<string, mixed> $account What wccom_host_verify() was told.
	 */
	public static function save_account( #[\SensitiveParameter] array $auth, array $account ): void {
		$shown = [
			'name'  => $account['name'] ?? null,
			'email' => $account['email'] ?? null,
		];
		if ( is_string( $shown['name'] ) && is_string( $shown['email'] ) ) {
			self::attempt( static fn (): ?string => self::add_account( $auth, $shown ) );
		}
	}

	/**
	 * Adds it to the option, if that still holds the connection.
	 *
	 * @param array<string, mixed>                $auth  The connection.
	 * @param array{name: string, email: string} $shown The account.
	 * @return string|null What the database says against it.
	 */
	private static function add_account( #[\SensitiveParameter] array $auth, array $shown ): ?string {
		$text   = Stored_Option::text( Connection::OPTION );
		$stored = null === $text ? null : Stored_Option::decoded( $text );
		if ( ! is_array( $stored ) || ! is_array( $stored['auth'] ?? null ) || ! Connection::is_same( $stored['auth'], $auth ) ) {
			return null;
		}
		return Stored_Option::replace( Connection::OPTION, $text, array_replace( $stored, [ 'auth_user_data' => $shown ] ), true );
	}

	/**
	 * Writes and reads back; null if all is well.
	 *
	 * @param array<string, mixed> $auth The connection.
	 */
	private static function write( #[\SensitiveParameter] array $auth ): ?string {
		global $wpdb;
		Stored_Option::forget_cached( Connection::OPTION, true );
		\WC_Helper_Options::update( 'auth', $auth );
		$refusal = '' === (string) $wpdb->last_error ? null : 'the database refused the write' . Database_Words::of_last_error();
		Site::come_back();
		Stored_Option::forget_cached( Connection::OPTION, true );

		if ( Connection::stored() !== $auth ) {
			return ( $refusal ?? 'the database does not hold what was written' . self::lagging_copy() ) . self::suspects();
		}
		if ( \WC_Helper_Options::get( 'auth' ) !== $auth ) {
			return 'the database holds it, but WooCommerce still reads another connection' . self::suspects();
		}
		foreach ( self::STALE_TRANSIENTS as $transient ) {
			delete_transient( $transient );
		}
		return null;
	}

	/**
	 * What else it may be where a drop-in chooses among several servers.
	 */
	private static function lagging_copy(): string {
		$is_on_server = ( $GLOBALS['wpdb']->dbh ?? null ) instanceof \mysqli;
		return $is_on_server && file_exists( WP_CONTENT_DIR . '/db.php' ) ? ', or wp-content/db.php reads from a copy that lags behind' : '';
	}

	/**
	 * What of this site may have a part in it.
	 */
	private static function suspects(): string {
		$filters  = Connection::filters();
		$suspects = [] === $filters ? '' : '; code of this site filters the option (' . implode( ', ', $filters ) . ')';
		return $suspects . ( wp_using_ext_object_cache() ? '; the object cache may be stale (wp cache flush)' : '' );
	}
}
