<?php
/**
 * A customer's code that allows nobody to change the connection, as some security plugins do.
 *
 * @package WccomHost
 */

add_filter( 'pre_update_option_woocommerce_helper_data', fn( $value, $old_value ) => $old_value, 10, 2 );
