<?php
/**
 * The connection that a site has stored.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The key `auth` of WooCommerce's option.
 */
final class Connection {

	public const OPTION = 'woocommerce_helper_data';

	/**
	 * The stored connection, whole or not; an empty array if there is none.
	 *
	 * @return array<string, mixed>
	 * @throws Problem If the option has another shape than WooCommerce can work with.
	 */
	public static function stored(): array {
		$option = Stored_Option::read( self::OPTION ) ?? [];
		if ( ! is_array( $option ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The option ' . self::OPTION . ' of this site is ' . get_debug_type( $option ) . ' where WooCommerce needs an array: it cannot keep a connection. Nothing was sent.',
				'Look at it, keep a copy, and delete it: wp option delete ' . self::OPTION . Site::url_option()
			);
		}
		$auth = $option['auth'] ?? [];
		return is_array( $auth ) ? $auth : [];
	}

	/**
	 * Whether WooCommerce can work with a connection.
	 *
	 * @param array<string, mixed> $auth The connection.
	 */
	public static function is_complete( array $auth ): bool {
		return self::is_text( $auth['access_token'] ?? null )
			&& self::is_text( $auth['access_token_secret'] ?? null )
			&& (int) ( $auth['site_id'] ?? 0 ) > 0;
	}

	/**
	 * Whether two connections are the same one, whoever uses them and under whatever address.
	 *
	 * @param array<string, mixed> $one   A connection.
	 * @param array<string, mixed> $other Another.
	 */
	public static function is_same( array $one, array $other ): bool {
		foreach ( [ 'access_token', 'access_token_secret', 'site_id' ] as $key ) {
			if ( ( $one[ $key ] ?? null ) !== ( $other[ $key ] ?? null ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Filters by which code of this site can keep the option from being stored, or read, as it is.
	 *
	 * @return list<string> The ones in use.
	 */
	public static function filters(): array {
		$names = [ 'pre_update_option', 'pre_option' ];
		foreach ( [ 'pre_update_option_', 'pre_option_', 'option_', 'sanitize_option_' ] as $prefix ) {
			$names[] = $prefix . self::OPTION;
		}
		return array_values( array_filter( $names, [ self::class, 'is_filtered' ] ) );
	}

	/**
	 * Whether code other than WooCommerce's own has a filter.
	 *
	 * @param string $name The filter.
	 */
	private static function is_filtered( string $name ): bool {
		foreach ( $GLOBALS['wp_filter'][ $name ]->callbacks ?? [] as $callbacks ) {
			foreach ( $callbacks as $callback ) {
				$function = $callback['function'];
				$owner    = is_array( $function ) ? $function[0] : '';
				$owner    = is_object( $owner ) ? get_class( $owner ) : (string) $owner;
				if ( $function instanceof \Closure ) {
					// As of WooCommerce 6.9 (CustomOrdersTableController).
					$owner = ( new \ReflectionFunction( $function ) )->getClosureScopeClass()?->getName() ?? '';
				}
				if ( ! str_starts_with( $owner, 'Automattic\\WooCommerce\\' ) && ! str_starts_with( $owner, 'WC_' ) ) {
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * What those filters mean.
	 *
	 * @param list<string> $filters Those in use.
	 */
	public static function filters_in_words( array $filters ): string {
		return 'Code of this site filters the option ' . self::OPTION . ' (' . implode( ', ', $filters ) . '), and may keep a connection from being saved.';
	}

	/**
	 * Whether a value is text that says something.
	 *
	 * @param mixed $value The value.
	 */
	private static function is_text( mixed $value ): bool {
		return is_string( $value ) && '' !== $value;
	}
}
