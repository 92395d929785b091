<?php
/**
 * A disk that is full before a download has ended, if SHORT_WRITE says so: WordPress does not notice.
 *
 * @package WccomHost
 */

add_filter(
	'http_response',
	function ( array $answer, array $args ): array {
		if ( getenv( 'SHORT_WRITE' ) && ! empty( $args['filename'] ) ) {
			file_put_contents( $args['filename'], substr( file_get_contents( $args['filename'] ), 0, 1000 ) );
		}
		return $answer;
	},
	10,
	2
);
