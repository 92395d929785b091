<?php
/**
 * Plugin Name: Stand-in for WooCommerce
 * Version: 10.0.0
 * Description: Not WooCommerce. What wccom-host relies on of it, written from what WooCommerce is known to do, for tests on machines that have no WooCommerce.
 * License: GPL-2.0-or-later
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

define( 'WC_PLUGIN_FILE', __FILE__ );
define( 'WC_ABSPATH', __DIR__ . '/' );
define( 'WC_VERSION', '10.0.0' );

/**
 * The plugin object, as far as others ask it.
 */
final class WooCommerce {

	/** @var string */
	public $version = WC_VERSION;

	/** The plugin's folder, without a slash at its end. */
	public function plugin_path(): string {
		return untrailingslashit( plugin_dir_path( WC_PLUGIN_FILE ) );
	}
}

/** The one plugin object. */
function WC(): WooCommerce {
	static $plugin   = null;
	return $plugin ??= new WooCommerce();
}

require WC_ABSPATH . 'includes/wccom-site/class-wc-wccom-site.php';

// The helper is loaded where somebody manages the site, not for its visitors.
if ( is_admin() || ( defined( 'WP_CLI' ) && WP_CLI ) ) {
	require_once WC_ABSPATH . 'includes/admin/helper/class-wc-helper-options.php';
	require_once WC_ABSPATH . 'includes/admin/helper/class-wc-helper-api.php';
	require_once WC_ABSPATH . 'includes/admin/helper/class-wc-helper.php';
}
