<?php
/**
 * Somebody ends the process in a friendly way when the filter in SIGNAL_AT is reached.
 *
 * @package WccomHost
 */

if ( getenv( 'SIGNAL_AT' ) ) {
	add_filter(
		(string) getenv( 'SIGNAL_AT' ),
		function ( $value ) {
			posix_kill( getmypid(), SIGTERM );
			return $value;
		}
	);
}
