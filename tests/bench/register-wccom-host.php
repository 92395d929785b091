<?php
/**
 * The same with the extension.
 *
 * @package WccomHost
 */

$auth = wccom_host_register(
	[ 'url' => 'http://shop.example.com', 'wpcom_access_token' => 'token' ],
	[
		'base_url' => getenv( 'BENCH_BASE_URL' ),
		'key_file' => getenv( 'BENCH_KEY_FILE' ),
	]
);
exit( isset( $auth['access_token_secret'] ) ? 0 : 1 );
