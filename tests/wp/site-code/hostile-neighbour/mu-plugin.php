<?php
/**
 * A must-use plugin, which is there before our command is: it puts classes of its own in the place of $wpdb and of the object
 * cache, and has the extension use the key that it cannot find.
 *
 * @package WccomHost
 */

require_once '{folder}/Hostile_Neighbour.php';
Hostile_Neighbour::arrives( 'mu-plugin.php' );

require_once '{folder}/Hostile_Cache.php';
$GLOBALS['wp_object_cache'] = new Hostile_Cache();

class_alias( get_class( $GLOBALS['wpdb'] ), 'Real_Database' );
require_once '{folder}/Hostile_Database.php';
$GLOBALS['wpdb'] = Hostile_Database::in_place_of( $GLOBALS['wpdb'] );

try {
	Hostile_Neighbour::take( 'use', json_encode( wccom_host_totals( [] ) ) );
} catch ( Throwable $error ) {
	Hostile_Neighbour::take( 'refused use', $error->getMessage() );
}
