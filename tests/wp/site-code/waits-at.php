<?php
/**
 * A slow machine: the filter in WAIT_AT, of a value that has one of WAIT_ON (several with | between) in it, waits until there is a
 * file WAIT_FOR. WAIT_NUMBER: only the so many-th such value. The file WAIT_FOR.reached tells that it waits.
 *
 * @package WccomHost
 */

if ( getenv( 'WAIT_AT' ) ) {
	add_filter(
		(string) getenv( 'WAIT_AT' ),
		function ( $value ) {
			static $number = 0;
			$found         = array_filter( explode( '|', (string) getenv( 'WAIT_ON' ) ), fn( string $text ) => str_contains( is_string( $value ) ? $value : '', $text ) );
			if ( [] === $found || ++$number !== (int) ( getenv( 'WAIT_NUMBER' ) ?: 1 ) ) {
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
