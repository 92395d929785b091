<?php
/**
 * Configuration of the sites that the tests make.
 *
 * @package WccomHost
 */

// What site.sh wrote: a database of MariaDB on a socket, or the file of SQLite, of which the drop-in knows.
preg_match( '/^mysql:unix_socket=(.+);dbname=(.+)$/', (string) file_get_contents( __DIR__ . '/database.dsn' ), $database );
define( 'DB_NAME', $database[2] ?? 'wordpress' );
define( 'DB_USER', 'site' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . ( $database[1] ?? '' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

$table_prefix = 'wp_';

define( 'AUTH_KEY', 'test' );
define( 'SECURE_AUTH_KEY', 'test' );
define( 'LOGGED_IN_KEY', 'test' );
define( 'NONCE_KEY', 'test' );
define( 'AUTH_SALT', 'test' );
define( 'SECURE_AUTH_SALT', 'test' );
define( 'LOGGED_IN_SALT', 'test' );
define( 'NONCE_SALT', 'test' );

// The tests turn everything on that could show a secret, where WooCommerce is not loaded: an old one on a new PHP fills
// the screen with deprecations.
define( 'WP_DEBUG', (bool) getenv( 'SITE_DEBUG' ) );
define( 'WP_DEBUG_LOG', true );
define( 'WP_DEBUG_DISPLAY', true );

// Nothing leaves the machine, and nothing happens beside what a test does.
define( 'WP_HTTP_BLOCK_EXTERNAL', ! getenv( 'SITE_MAY_DOWNLOAD' ) );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );

/* That's all, stop editing! WP-CLI looks for these words, and writes the constants of a network above them. */
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
