<?php
/**
 * An object cache whose server forgets nothing: it goes on giving what was written, even if the database has lost it.
 *
 * @package WccomHost
 */

$GLOBALS['wp_object_cache'] = new class() extends WP_Object_Cache {

	/** Says that it did. */
	public function delete( $key, $group = 'default', $deprecated = false ) {
		return true;
	}
};
