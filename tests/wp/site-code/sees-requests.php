<?php
/**
 * Writes down which hosts WordPress is about to ask, beside the site.
 *
 * @package WccomHost
 */

add_filter(
	'http_request_args',
	function ( array $args, string $url ): array {
		file_put_contents( dirname( ABSPATH ) . '/requests.txt', wp_parse_url( $url, PHP_URL_HOST ) . "\n", FILE_APPEND );
		return $args;
	},
	10,
	2
);
