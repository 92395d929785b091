<?php
/**
 * Plugin Name: Dies at start
 *
 * @package WccomHost
 */

throw new RuntimeException( 'This plugin does not work with this version of WordPress.' );
