<?php
/**
 * An object cache that still has a connection that is no longer in the database.
 *
 * @package WccomHost
 */

wp_cache_set(
	'alloptions',
	[ 'woocommerce_helper_data' => serialize( [ 'auth' => [ 'access_token' => 'stale' ] ] ) ] + wp_load_alloptions(),
	'options'
);
