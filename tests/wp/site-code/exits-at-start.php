<?php
/**
 * Plugin Name: Exits at start
 *
 * @package WccomHost
 */

exit( 0 );
