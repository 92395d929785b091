<?php
/**
 * The option that holds the connection with WooCommerce.com.
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

/**
 * One entry per key in the array option `woocommerce_helper_data`.
 */
class WC_Helper_Options {

	/**
	 * Sets one key. As in WooCommerce, nobody checks that the option is an array: a string there is a TypeError.
	 *
	 * @param string $key   For a connection `auth`.
	 * @param mixed  $value What is stored.
	 * @return bool False when nothing changed, and also when the database refused.
	 */
	public static function update( $key, $value ) {
		$data         = get_option( 'woocommerce_helper_data', [] );
		$data[ $key ] = $value;
		return update_option( 'woocommerce_helper_data', $data, true );
	}

	/**
	 * One key's value.
	 *
	 * @param string $key     For a connection `auth`.
	 * @param mixed  $default For a key that is not there.
	 * @return mixed
	 */
	public static function get( $key, $default = false ) {
		$data = get_option( 'woocommerce_helper_data', [] );
		return is_array( $data ) && array_key_exists( $key, $data ) ? $data[ $key ] : $default;
	}
}
