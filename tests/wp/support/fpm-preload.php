<?php
/**
 * Preloaded by php-fpm (opcache.preload): calls of the extension in the process that all workers are forked from.
 *
 * @package WccomHost
 */

declare(strict_types=1);

$options = [ 'key_file' => getenv( 'KEY_FILE' ) ];
foreach ( wccom_host_orders( [], $options ) as $order ) {
	break;
}
wccom_host_register( [ 'url' => 'https://preloaded.example.com', 'wpcom_access_token' => 'token' ], $options );
