<?php
/**
 * A slow connection: a download takes longer than a person waits without a sign.
 *
 * @package WccomHost
 */

add_action(
	'requests-curl.before_send',
	function ( $handle ): void {
		curl_setopt( $handle, CURLOPT_MAX_RECV_SPEED_LARGE, 1000000 );
	}
);
