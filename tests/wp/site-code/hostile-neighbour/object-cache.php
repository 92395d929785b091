<?php
/**
 * The drop-in of the object cache.
 *
 * @package WccomHost
 */

require_once '{folder}/Hostile_Neighbour.php';
Hostile_Neighbour::arrives( 'object-cache.php' );
require_once ABSPATH . WPINC . '/cache.php';
