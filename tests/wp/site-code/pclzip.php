<?php
/**
 * A PHP without the zip extension, if SITE_PCLZIP says so: WordPress unpacks with a class of its own.
 *
 * @package WccomHost
 */

add_filter( 'unzip_file_use_ziparchive', fn( $is_used ) => $is_used && ! getenv( 'SITE_PCLZIP' ) );
