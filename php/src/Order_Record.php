<?php
/**
 * The order of this site's registration.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * An option of our own, not autoloaded: WooCommerce does not keep the order's number, and later operations need it.
 */
final class Order_Record {

	public const OPTION = 'wccom_host_order';

	/**
	 * The record; an empty array if there is none.
	 *
	 * @return array<string, mixed> order_id, customer_id, site_id, url (the one that WooCommerce.com was last told),
	 *                              home_url (the site's own then), time, version; of a cancelled order also status,
	 *                              `cancelled`, and cancelled, the Unix time at which this site noted it.
	 */
	public static function stored(): array {
		$record = Stored_Option::read( self::OPTION );
		return is_array( $record ) ? $record : [];
	}

	/**
	 * Keeps the order of a registration.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order; nothing, if only a connection was given.
	 * @return bool Whether the database holds it.
	 */
	public static function save( array $auth, array $registration ): bool {
		$record = self::of( $auth, $registration );
		if ( 0 === $record['order_id'] && ( self::stored()['site_id'] ?? null ) === $auth['site_id'] ) {
			return true;
		}
		return Quiet_Database::during(
			static function () use ( $record ): bool {
				Stored_Option::forget_cached( self::OPTION );
				update_option( self::OPTION, $record, false );
				Site::come_back();
				return self::stored() === $record;
			}
		);
	}

	/**
	 * A record, which is not stored yet.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @return array<string, mixed>
	 */
	public static function of( array $auth, array $registration ): array {
		return [
			'order_id'    => self::id( $registration['order_id'] ?? 0 ),
			'customer_id' => self::id( $registration['customer_id'] ?? 0 ),
			'site_id'     => $auth['site_id'],
			'url'         => (string) ( $registration['url'] ?? $auth['url'] ),
			'home_url'    => home_url(),
			'time'        => $auth['updated'],
			'version'     => wccom_host_version(),
		];
	}

	/**
	 * Changes the record, unless another process does so at the same moment.
	 *
	 * @param callable(array<string, mixed>): array<string, mixed> $change Gives the new record; an empty one removes it.
	 * @return bool Whether the database holds it.
	 */
	public static function change( callable $change ): bool {
		$text   = Stored_Option::text( self::OPTION );
		$before = self::stored();
		$record = $change( $before );
		if ( $record === $before ) {
			return true;
		}
		return [] === $record ? Stored_Option::delete( self::OPTION ) : null === Stored_Option::replace( self::OPTION, $text, $record );
	}

	/**
	 * Whether a record is that of an order.
	 *
	 * @param array<string, mixed> $record   The record.
	 * @param int|string           $order_id The order.
	 */
	public static function is_of( array $record, int|string $order_id ): bool {
		return (string) ( $record['order_id'] ?? '' ) === (string) $order_id;
	}

	/**
	 * Whether a record was made in this site: a copy of a site has that of the original.
	 *
	 * @param array<string, mixed> $record The record.
	 */
	public static function is_made_here( array $record ): bool {
		return Site::is_same( $record['home_url'] ?? $record['url'] ?? null, home_url() );
	}

	/**
	 * Whether the order is known here to be cancelled.
	 *
	 * @param array<string, mixed> $record The record.
	 */
	public static function is_cancelled( array $record ): bool {
		return 'cancelled' === ( $record['status'] ?? null );
	}

	/**
	 * An id as it is kept: an int, or its digits where it does not fit.
	 *
	 * @param mixed $id The id.
	 */
	public static function id( mixed $id ): int|string {
		return is_string( $id ) && ctype_digit( $id ) && (string) (int) $id !== $id ? $id : (int) $id;
	}
}
