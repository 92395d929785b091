<?php
/**
 * The site's active WooCommerce, which is not loaded.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Finds it wherever it lies, and loads the one file of it that is needed: the class of its helper's options.
 */
final class Woocommerce {

	private const OPTIONS_CLASS_FILE = '/includes/admin/helper/class-wc-helper-options.php';

	/**
	 * Makes the class WC_Helper_Options available: WooCommerce's own, if plugins are loaded.
	 *
	 * @throws Problem If there is no active WooCommerce with that class.
	 */
	public static function load(): void {
		if ( class_exists( 'WC_Helper_Options' ) ) {
			return;
		}
		$file = dirname( self::main_file() ) . self::OPTIONS_CLASS_FILE;
		require_once $file;
		if ( ! class_exists( 'WC_Helper_Options', false ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "$file does not define WC_Helper_Options. Nothing was sent.", 'Reinstall WooCommerce: wp plugin install woocommerce --force' );
		}
	}

	/**
	 * The main file of the active WooCommerce that has the class.
	 *
	 * @throws Problem If there is none.
	 */
	public static function main_file(): string {
		if ( defined( 'WC_PLUGIN_FILE' ) ) {
			return WC_PLUGIN_FILE;
		}
		$active = array_filter( self::active_plugins(), static fn ( string $plugin ): bool => 'woocommerce.php' === basename( $plugin ) );
		foreach ( $active as $plugin ) {
			$main_file = WP_PLUGIN_DIR . "/$plugin";
			if ( is_file( $main_file ) && is_file( dirname( $main_file ) . self::OPTIONS_CLASS_FILE ) ) {
				return $main_file;
			}
		}
		$on_site = is_multisite() ? ' --url=' . home_url() : '';
		if ( [] !== $active ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'WooCommerce is active (' . reset( $active ) . '), but its files are missing or too old: there is no ' . ltrim( self::OPTIONS_CLASS_FILE, '/' ) . '. Nothing was sent.',
				'Install it anew: wp plugin install woocommerce --force'
			);
		}
		$installed = glob( WP_PLUGIN_DIR . '/*' . self::OPTIONS_CLASS_FILE ) ?: [];
		if ( [] !== $installed ) {
			$folder = substr( $installed[0], strlen( WP_PLUGIN_DIR . '/' ), -strlen( self::OPTIONS_CLASS_FILE ) );
			throw new Problem( Exit_Code::PREFLIGHT, 'WooCommerce is installed but not active on this site. Nothing was sent.', "Activate it: wp plugin activate $folder$on_site" );
		}
		throw new Problem( Exit_Code::PREFLIGHT, 'WooCommerce is not installed on this site. Nothing was sent.', "Install it: wp plugin install woocommerce --activate$on_site" );
	}

	/**
	 * Its version.
	 *
	 * @param string $main_file Its main file.
	 */
	public static function version( string $main_file ): string {
		return get_file_data( $main_file, [ 'version' => 'Version' ] )['version'];
	}

	/**
	 * The plugins that are active on this site, as the database has them: filters of the site may hide some from WP-CLI.
	 *
	 * @return list<string>
	 */
	private static function active_plugins(): array {
		$active = (array) Stored_Option::read( 'active_plugins' );
		if ( is_multisite() ) {
			$active = array_merge( array_keys( (array) Stored_Option::read_of_network( 'active_sitewide_plugins' ) ), $active );
		}
		return array_values( array_filter( $active, static fn ( mixed $plugin ): bool => is_string( $plugin ) && 0 === validate_file( $plugin ) ) );
	}
}
