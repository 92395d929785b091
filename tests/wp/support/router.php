<?php
/**
 * Router of PHP's own web server for a site of the tests: wp-admin is a link, and must find the site that the link is in.
 *
 * @package WccomHost
 */

declare(strict_types=1);

define( 'ABSPATH', $_SERVER['DOCUMENT_ROOT'] . '/' );
return false;
