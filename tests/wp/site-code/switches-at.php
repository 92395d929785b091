<?php
/**
 * Code that goes to another site of the network when the hook in SWITCH_AT is reached, and forgets to come back.
 *
 * @package WccomHost
 */

if ( getenv( 'SWITCH_AT' ) ) {
	add_filter(
		(string) getenv( 'SWITCH_AT' ),
		function ( $value = null ) {
			switch_to_blog( 2 );
			return $value;
		}
	);
}
