<?php
/**
 * Writes down which hosts WordPress is about to ask for files, beside the site.
 *
 * @package WccomHost
 */

add_filter(
	'http_request_args',
	function ( array $args, string $url ): array {
		if ( ! empty( $args['stream'] ) ) {
			file_put_contents( dirname( ABSPATH ) . '/downloads.txt', preg_replace( '~^(\w+://[^/]+).*~', '$1', $url ) . "\n", FILE_APPEND );
		}
		return $args;
	},
	10,
	2
);
