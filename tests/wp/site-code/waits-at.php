<?php
/**
 * A slow machine: the filter in WAIT_AT, of a value that has WAIT_ON in it, waits until there is a file WAIT_FOR.
 *
 * @package WccomHost
 */

if ( getenv( 'WAIT_AT' ) ) {
	add_filter(
		(string) getenv( 'WAIT_AT' ),
		function ( $value ) {
			if ( ! str_contains( is_string( $value ) ? $value : '', (string) getenv( 'WAIT_ON' ) ) ) {
				return $value;
			}
			touch( getenv( 'WAIT_FOR' ) . '.reached' );
			for ( $tries = 0; $tries < 2000 && ! file_exists( getenv( 'WAIT_FOR' ) ); $tries++ ) {
				usleep( 10000 );
				clearstatcache();
			}
			return $value;
		}
	);
}
