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
			if ( self::is_usable( $plugin ) ) {
				return WP_PLUGIN_DIR . "/$plugin";
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
	 * The site's active plugins, if WooCommerce were the only one: for a WordPress that is being loaded.
	 *
	 * @return list<string>
	 */
	public static function in_active_plugins(): array {
		return array_slice( array_values( array_filter( self::plugins_of_site(), [ self::class, 'is_usable' ] ) ), 0, 1 );
	}

	/**
	 * The same for the plugins that are active on the whole network.
	 *
	 * @return array<string, int> As WordPress keeps them, with the time.
	 */
	public static function in_network_plugins(): array {
		return array_slice( array_fill_keys( array_filter( self::plugins_of_network(), [ self::class, 'is_usable' ] ), 1 ), 0, 1 );
	}

	/**
	 * Whether a plugin is WooCommerce, with the class.
	 *
	 * @param string $plugin The plugin, such as `woocommerce/woocommerce.php`.
	 */
	private static function is_usable( string $plugin ): bool {
		$main_file = WP_PLUGIN_DIR . "/$plugin";
		return 'woocommerce.php' === basename( $plugin ) && is_file( $main_file ) && is_file( dirname( $main_file ) . self::OPTIONS_CLASS_FILE );
	}

	/**
	 * The plugins that are active here.
	 *
	 * @return list<string>
	 */
	private static function active_plugins(): array {
		return [ ...self::plugins_of_network(), ...self::plugins_of_site() ];
	}

	/**
	 * The plugins that are active on this site, as the database has them: filters of the site may hide some from WP-CLI.
	 *
	 * @return list<string>
	 */
	private static function plugins_of_site(): array {
		return self::valid( (array) Stored_Option::read( 'active_plugins' ) );
	}

	/**
	 * The plugins that are active on the whole network.
	 *
	 * @return list<string>
	 */
	private static function plugins_of_network(): array {
		return is_multisite() ? self::valid( array_keys( (array) Stored_Option::read_of_network( 'active_sitewide_plugins' ) ) ) : [];
	}

	/**
	 * Those that are names of plugins.
	 *
	 * @param array<mixed> $plugins What an option holds.
	 * @return list<string>
	 */
	private static function valid( array $plugins ): array {
		return array_values( array_filter( $plugins, static fn ( mixed $plugin ): bool => is_string( $plugin ) && 0 === validate_file( $plugin ) ) );
	}
}
