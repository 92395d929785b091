<?php
/**
 * What the site does with its connection.
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

/**
 * The connection, and the calls that a change of it, and the activation of an extension, set off.
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
			self::_flush_subscriptions_cache();
			self::get_subscriptions();
		}
	}

	/**
	 * The subscriptions of the account, kept for hours; after a failure an empty list is kept for a while.
	 *
	 * @return array
	 */
	public static function get_subscriptions() {
		$kept = get_transient( '_woocommerce_helper_subscriptions' );
		if ( false !== $kept ) {
			return $kept;
		}
		$answer = WC_Helper_API::get( 'subscriptions', [ 'authenticated' => true ] );
		if ( 200 !== wp_remote_retrieve_response_code( $answer ) ) {
			set_transient( '_woocommerce_helper_subscriptions', [], 15 * MINUTE_IN_SECONDS );
			return [];
		}
		$subscriptions = json_decode( wp_remote_retrieve_body( $answer ), true ) ?: [];
		set_transient( '_woocommerce_helper_subscriptions', $subscriptions, 3 * HOUR_IN_SECONDS );
		return $subscriptions;
	}

	/** Forgets the subscriptions, so that they are asked for anew. */
	public static function _flush_subscriptions_cache() {
		delete_transient( '_woocommerce_helper_subscriptions' );
	}

	/**
	 * When a plugin of WooCommerce.com is activated, a subscription that has it and that is free is connected to this site.
	 *
	 * @param string $filename The plugin.
	 */
	public static function activated_plugin( $filename ) {
		$product_id = (int) explode( ':', get_plugins()[ $filename ]['Woo'] ?? '' )[0];
		$auth       = WC_Helper_Options::get( 'auth' );
		if ( 0 === $product_id || empty( $auth ) ) {
			return;
		}
		$free = array_filter(
			self::get_subscriptions(),
			function ( array $subscription ) use ( $product_id ): bool {
				return $product_id === $subscription['product_id'] && ! $subscription['expired'] && empty( $subscription['maxed'] );
			}
		);
		if ( [] === $free ) {
			return;
		}
		$product_key = reset( $free )['product_key'];
		$answer      = WC_Helper_API::post(
			'activate',
			[
				'authenticated' => true,
				'body'          => wp_json_encode( [ 'product_key' => $product_key ] ),
			]
		);
		$code        = json_decode( wp_remote_retrieve_body( $answer ), true )['code'] ?? '';
		$is_done     = 200 === wp_remote_retrieve_response_code( $answer ) || 'already_connected' === $code;
		do_action( $is_done ? 'woocommerce_helper_subscription_activate_success' : 'woocommerce_helper_subscription_activate_error', $product_id, $product_key, $answer );
		self::_flush_subscriptions_cache();
	}
}

/**
 * WooCommerce has WordPress read the header by which an extension tells its number at WooCommerce.com.
 *
 * @param string[] $headers The headers that are read.
 * @return string[]
 */
function wc_enable_wc_plugin_headers( $headers ) {
	$headers[] = 'Woo';
	return $headers;
}

add_filter( 'extra_plugin_headers', 'wc_enable_wc_plugin_headers' );
add_filter( 'extra_theme_headers', 'wc_enable_wc_plugin_headers' );
add_action( 'activated_plugin', [ WC_Helper::class, 'activated_plugin' ] );
add_action( 'update_option_woocommerce_helper_data', [ WC_Helper::class, 'refresh_subscriptions' ] );
