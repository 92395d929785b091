<?php
/**
 * A slow machine: the filter in WAIT_AT waits until there is a file WAIT_FOR.
 *
 * @package WccomHost
 */

if ( getenv( 'WAIT_AT' ) ) {
	add_filter(
		(string) getenv( 'WAIT_AT' ),
		function ( $value ) {
			touch( getenv( 'WAIT_FOR' ) . '.reached' );
			for ( $tries = 0; $tries < 2000 && ! file_exists( getenv( 'WAIT_FOR' ) ); $tries++ ) {
				usleep( 10000 );
				clearstatcache();
			}
			return $value;
		}
	);
}
