<?php
/**
 * An object cache whose server takes no changes: it goes on giving the options of some time ago.
 *
 * @package WccomHost
 */

$GLOBALS['wp_object_cache'] = new class() extends WP_Object_Cache {

	/** @var array<string, string> */
	private array $options_of_then;

	/** Takes the options as they are, with another connection. */
	public function __construct() {
		$this->options_of_then = [ 'woocommerce_helper_data' => 'a:1:{s:4:"auth";a:1:{s:12:"access_token";s:5:"stale";}}' ] + wp_load_alloptions();
	}

	/** Gives those. */
	public function get( $key, $group = 'default', $force = false, &$found = null ) {
		return 'options' === $group && 'alloptions' === $key ? $this->options_of_then : parent::get( $key, $group, $force, $found );
	}
};
