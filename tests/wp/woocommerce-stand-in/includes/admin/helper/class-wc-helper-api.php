<?php
/**
 * Requests from the site to WooCommerce.com.
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

/**
 * The client of the helper API, which signs with the stored connection.
 */
class WC_Helper_API {

	/**
	 * A GET request.
	 *
	 * @param string $endpoint Below the base address, for example `oauth/me`.
	 * @param array  $args     For WordPress's HTTP functions; `authenticated` has the request signed.
	 * @return array|WP_Error
	 */
	public static function get( $endpoint, $args = [] ) {
		$args['method'] = 'GET';
		return self::request( $endpoint, $args );
	}

	/**
	 * A POST request.
	 *
	 * @param string $endpoint Below the base address.
	 * @param array  $args     For WordPress's HTTP functions; `authenticated` has the request signed.
	 * @return array|WP_Error
	 */
	public static function post( $endpoint, $args = [] ) {
		$args['method'] = 'POST';
		return self::request( $endpoint, $args );
	}

	/**
	 * Sends a request, signed if asked.
	 *
	 * @param string $endpoint Below the base address.
	 * @param array  $args     For WordPress's HTTP functions.
	 * @return array|WP_Error
	 */
	public static function request( $endpoint, $args = [] ) {
		// Documented in WooCommerce: points the helper at another server.
		$base = apply_filters( 'woocommerce_helper_api_base', 'https://woocommerce.com/wp-json/helper/1.0' );
		$url  = untrailingslashit( $base ) . '/' . trim( $endpoint, '/' );

		if ( ! empty( $args['authenticated'] ) ) {
			$auth = WC_Helper_Options::get( 'auth' );
			if ( empty( $auth['access_token'] ) || empty( $auth['access_token_secret'] ) ) {
				return new WP_Error( 'authentication', 'This site is not connected.' );
			}
			$signature       = self::signature( $url, $args, $auth['access_token_secret'] );
			$args['headers'] = [
				'Authorization'   => 'Bearer ' . $auth['access_token'],
				'X-Woo-Signature' => $signature,
			] + ( $args['headers'] ?? [] );
			$url             = add_query_arg(
				[
					'token'     => $auth['access_token'],
					'signature' => $signature,
				],
				$url
			);
		}
		return wp_safe_remote_request( $url, $args + [ 'user-agent' => 'WooCommerce/' . WC()->version . '; ' . get_bloginfo( 'url' ) ] );
	}

	/**
	 * What is signed is the request as a small JSON document, before token and signature are added to its address.
	 *
	 * @param string $url    The address without them.
	 * @param array  $args   Method and body.
	 * @param string $secret The connection's secret.
	 */
	private static function signature( string $url, array $args, string $secret ): string {
		$parts  = wp_parse_url( $url );
		$signed = [
			'host'        => $parts['host'],
			'request_uri' => $parts['path'] . ( isset( $parts['query'] ) ? '?' . $parts['query'] : '' ),
			'method'      => $args['method'],
		];
		if ( ! empty( $args['body'] ) ) {
			$signed['body'] = $args['body'];
		}
		return hash_hmac( 'sha256', wp_json_encode( $signed ), $secret );
	}
}
