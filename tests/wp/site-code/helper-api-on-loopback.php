<?php
/**
 * Points WooCommerce's own calls to WooCommerce.com at the sandbox of the test. Without one they go nowhere.
 *
 * @package WccomHost
 */

add_filter(
	'woocommerce_helper_api_base',
	function (): string {
		return (string) getenv( 'SANDBOX_HELPER_URL' ) ?: 'http://127.0.0.1:9/wp-json/helper/1.0';
	}
);

// WordPress refuses addresses of the own machine, and ports that are not the usual ones, in "safe" requests.
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter(
	'http_allowed_safe_ports',
	function ( array $ports ): array {
		$ports[] = (int) wp_parse_url( (string) getenv( 'SANDBOX_HELPER_URL' ), PHP_URL_PORT );
		return $ports;
	}
);

// A sandbox with TLS has a certificate authority of its own.
add_filter(
	'http_request_args',
	function ( array $args ): array {
		if ( getenv( 'SANDBOX_CA_FILE' ) ) {
			$args['sslcertificates'] = getenv( 'SANDBOX_CA_FILE' );
		}
		return $args;
	}
);
