<?php
/**
 * What the site does with its connection.
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

/**
 * The connection, and the call that a change of it sets off.
 */
class WC_Helper {

	/** Whether a connection is stored. Like WooCommerce's, it looks at the token alone. */
	public static function is_site_connected(): bool {
		$auth = WC_Helper_Options::get( 'auth' );
		return ! empty( $auth['access_token'] );
	}

	/** WooCommerce refreshes its notes about subscriptions, for which it asks WooCommerce.com, whenever the option changes. */
	public static function refresh_subscriptions(): void {
		if ( self::is_site_connected() ) {
			$answer = WC_Helper_API::get( 'subscriptions', [ 'authenticated' => true ] );
			set_transient( '_woocommerce_helper_subscriptions', json_decode( wp_remote_retrieve_body( $answer ), true ) ?: [], HOUR_IN_SECONDS );
		}
	}
}

add_action( 'update_option_woocommerce_helper_data', [ WC_Helper::class, 'refresh_subscriptions' ] );
