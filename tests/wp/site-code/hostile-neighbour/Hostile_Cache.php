<?php
/**
 * WordPress's own object cache, which tells what it is given.
 *
 * @package WccomHost
 */

/**
 * Keeps what is kept.
 */
class Hostile_Cache extends WP_Object_Cache {

	public function add( $key, $data, $group = 'default', $expire = 0 ) {
		Hostile_Neighbour::take( 'cache', "$group $key " . print_r( $data, true ) );
		return parent::add( $key, $data, $group, $expire );
	}

	public function set( $key, $data, $group = 'default', $expire = 0 ) {
		Hostile_Neighbour::take( 'cache', "$group $key " . print_r( $data, true ) );
		return parent::set( $key, $data, $group, $expire );
	}
}
