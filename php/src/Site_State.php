<?php
/**
 * What the code of a product must not change while most of the site is not loaded.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;

/**
 * The site's active plugins, and the addresses of its pages.
 */
final class Site_State {

	/**
	 * The active plugins, and the rewrite rules as text, before the first plugin was loaded.
	 *
	 * @var array{list<string>, ?string}|null
	 */
	private static ?array $before = null;

	/**
	 * Runs on muplugins_loaded.
	 */
	public static function remember(): void {
		self::$before = [ self::plugins(), self::rules() ];
	}

	/**
	 * Looks again.
	 *
	 * Whoever builds the rewrite rules anew now, as WooCommerce does after its own update and many plugins do when they are
	 * activated, builds them with what is loaded: those of the other plugins and of the theme would be missing. Without any,
	 * WordPress builds them at the next request to the site, with everything.
	 */
	public static function compare(): void {
		if ( null === self::$before ) {
			return;
		}
		[ $plugins, $rules ] = self::$before;
		if ( self::rules() !== $rules ) {
			delete_option( 'rewrite_rules' );
		}
		$missing = array_diff( $plugins, self::plugins() );
		if ( [] !== $missing ) {
			WP_CLI::warning( 'Active before and not any more: ' . implode( ', ', $missing ) . '. If that is not meant: wp plugin activate ' . implode( ' ', array_map( static fn ( string $plugin ): string => explode( '/', $plugin )[0], $missing ) ) );
		}
	}

	/**
	 * The active plugins.
	 *
	 * @return list<string>
	 */
	private static function plugins(): array {
		return array_values( array_filter( (array) Stored_Option::read( 'active_plugins' ), 'is_string' ) );
	}

	/**
	 * The rewrite rules.
	 */
	private static function rules(): ?string {
		return Stored_Option::text( 'rewrite_rules' );
	}
}
