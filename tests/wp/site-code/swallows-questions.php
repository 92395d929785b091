<?php
/**
 * Code that lets nobody read the connection, and says nothing.
 *
 * @package WccomHost
 */

add_filter( 'query', fn( $query ) => str_contains( $query, "= 'woocommerce_helper_data'" ) ? '' : $query );
