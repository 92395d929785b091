<?php
/**
 * A machine on which the filter in FAIL_AT finds that nothing works any more.
 *
 * @package WccomHost
 */

if ( getenv( 'FAIL_AT' ) ) {
	add_filter( (string) getenv( 'FAIL_AT' ), fn() => new WP_Error( 'gone', 'The disk is gone' ) );
}
