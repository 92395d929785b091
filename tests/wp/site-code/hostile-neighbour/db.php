<?php
/**
 * The drop-in of the database, in front of the one that the site really has.
 *
 * @package WccomHost
 */

require_once '{folder}/Hostile_Neighbour.php';
Hostile_Neighbour::arrives( 'db.php' );
require __DIR__ . '/db-real.php';
