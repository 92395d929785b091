<?php
/**
 * A slow machine: before statement WAIT_AT_QUERY of those that name an option which tells one run of another, the run waits
 * until there is a file WAIT_FOR.
 *
 * @package WccomHost
 */

if ( getenv( 'WAIT_AT_QUERY' ) ) {
	add_filter(
		'query',
		function ( $query ) {
			static $number = 0;
			if ( 1 !== preg_match( '/wccom_host_pending|wccom_host_order|woocommerce_helper_data/', $query ) || ++$number !== (int) getenv( 'WAIT_AT_QUERY' ) ) {
				return $query;
			}
			touch( getenv( 'WAIT_FOR' ) . '.reached' );
			for ( $tries = 0; $tries < 2000 && ! file_exists( getenv( 'WAIT_FOR' ) ); $tries++ ) {
				usleep( 10000 );
				clearstatcache();
			}
			return $query;
		}
	);
}
