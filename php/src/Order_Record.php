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
	 * @return array<string, mixed> order_id, customer_id, site_id, url, time, version.
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
		$record = [
			'order_id'    => self::id( $registration['order_id'] ?? 0 ),
			'customer_id' => self::id( $registration['customer_id'] ?? 0 ),
			'site_id'     => $auth['site_id'],
			'url'         => (string) ( $registration['url'] ?? $auth['url'] ),
			'time'        => $auth['updated'],
			'version'     => wccom_host_version(),
		];
		if ( 0 === $record['order_id'] && ( self::stored()['site_id'] ?? null ) === $auth['site_id'] ) {
			return true;
		}
		return Quiet_Database::during(
			static function () use ( $record ): bool {
				Stored_Option::forget_cached( self::OPTION );
				update_option( self::OPTION, $record, false );
				return self::stored() === $record;
			}
		);
	}

	/**
	 * An id as it is kept: an int, or its digits where it does not fit.
	 *
	 * @param mixed $id The id.
	 */
	private static function id( mixed $id ): int|string {
		return is_string( $id ) && ctype_digit( $id ) && (string) (int) $id !== $id ? $id : (int) $id;
	}
}
