<?php
/**
 * A machine that loses power: the process ends with SIGKILL when the hook in KILL_AT is reached.
 *
 * @package WccomHost
 */

if ( getenv( 'KILL_AT' ) ) {
	add_filter(
		(string) getenv( 'KILL_AT' ),
		function ( $value = null ) {
			posix_kill( getmypid(), SIGKILL );
			return $value;
		}
	);
}
