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
		self::compare_at_shutdown( 3 );
	}

	/**
	 * Looks again when the process ends by itself, behind everything that products do then: what is added during the
	 * shutdown comes last. If somebody ends the command in the middle, Ended_Work has it looked then.
	 *
	 * @param int $times How often it waits until it is behind what is there by then.
	 */
	private static function compare_at_shutdown( int $times ): void {
		register_shutdown_function( $times > 0 ? static fn () => self::compare_at_shutdown( $times - 1 ) : [ self::class, 'compare' ] );
	}

	/**
	 * Looks again.
	 *
	 * Whoever builds the rewrite rules anew now, as WooCommerce does after its own update and many plugins do when they are
	 * activated, builds them with what is loaded: those of the other plugins and of the theme would be missing. Without any,
	 * WordPress builds them at the next request to the site, with everything.
	 */
	public static function compare(): void {
		try {
			null === self::$before || self::compare_with( ...self::$before );
		} catch ( Problem ) {
			// The database cannot be read any more: nothing can be changed there either.
			return;
		}
	}

	/**
	 * Looks for what is not as it was.
	 *
	 * @param list<string> $plugins The active plugins as they were.
	 * @param string|null  $rules   The rewrite rules as they were.
	 */
	private static function compare_with( array $plugins, ?string $rules ): void {
		$now = self::rules();
		if ( null !== $now && $now !== $rules ) {
			Quiet_Database::during( static fn (): bool => delete_option( 'rewrite_rules' ) );
		}
		$missing = array_diff( $plugins, self::plugins() );
		// Each is named once.
		self::$before[0] = array_values( array_diff( $plugins, $missing ) );
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
