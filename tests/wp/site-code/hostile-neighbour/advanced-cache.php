<?php
/**
 * A drop-in, which WordPress loads before any plugin.
 *
 * @package WccomHost
 */

require_once '{folder}/Hostile_Neighbour.php';
Hostile_Neighbour::arrives( 'advanced-cache.php' );
