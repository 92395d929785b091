<?php
/**
 * What is done before WordPress is loaded, and only if one of our commands was asked for.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;

/**
 * Takes the key from where the site's code would see it, and keeps the site's plugins and theme from the command.
 */
final class Before_Wordpress {

	/**
	 * The options that name where a secret is.
	 */
	private const SECRETS = [
		'key-file'                => 'key-file',
		'wpcom-access-token-file' => 'wpcom-access-token-file',
	];

	/**
	 * Runs on WP-CLI's hook before_wp_load: after `@alias` groups have started their own processes, which need the
	 * environment, and before wp-config.php, the first file of the site.
	 */
	public static function prepare(): void {
		Command_Run::guard_loading();
		Secrets::take( array_filter( array_map( [ self::class, 'value' ], self::SECRETS ) ) );
		array_map( 'class_exists', [ Own_Names::class, Problem::class, Exit_Code::class ] );
		// A request to the site itself, which may have no address in DNS yet, is nothing these commands need.
		WP_CLI::add_wp_hook( 'muplugins_loaded', static fn (): bool => remove_action( 'init', 'wp_cron' ) );
		if ( ! self::is_asked_to( 'load-plugins' ) ) {
			$needs_woocommerce = self::needs_woocommerce();
			self::skip_plugins( $needs_woocommerce );
			if ( $needs_woocommerce ) {
				WP_CLI::add_wp_hook( 'muplugins_loaded', [ Site_State::class, 'remember' ] );
			}
			WP_CLI::add_wp_hook( 'setup_theme', [ self::class, 'skip_theme' ], 999 );
		}
	}

	/**
	 * Runs on setup_theme: as WP-CLI's own --skip-themes, an empty name of the theme until its files would have been loaded.
	 */
	public static function skip_theme(): void {
		self::skip( 'after_setup_theme', [ 'pre_option_template', 'pre_option_stylesheet' ], '' );
		self::forget_theme_paths();
		WP_CLI::add_wp_hook( 'after_setup_theme', [ self::class, 'forget_theme_paths' ], 0 );
		remove_action( 'init', '_register_theme_block_patterns' );
	}

	/**
	 * WordPress remembers where the theme lies.
	 */
	public static function forget_theme_paths(): void {
		$GLOBALS['wp_stylesheet_path'] = null;
		$GLOBALS['wp_template_path']   = null;
	}

	/**
	 * Whether the command line, or the command's defaults in wp-cli.yml, have an option.
	 *
	 * @param string $option The option, such as `load-plugins`.
	 */
	public static function is_asked_to( string $option ): bool {
		return (bool) self::value( $option );
	}

	/**
	 * The value of an option on the command line, or in wp-cli.yml; false if it is not there.
	 *
	 * @param string $option The option.
	 */
	private static function value( string $option ): mixed {
		$runner   = WP_CLI::get_runner();
		$defaults = (array) ( $runner->extra_config[ implode( ' ', self::command() ) ] ?? [] );
		return $runner->assoc_args[ $option ] ?? $defaults[ $option ] ?? false;
	}

	/**
	 * The words of the command: two, or three for the commands on products.
	 *
	 * @return list<string>
	 */
	private static function command(): array {
		$arguments = WP_CLI::get_runner()->arguments;
		return array_slice( $arguments, 0, 'product' === ( $arguments[1] ?? '' ) ? 3 : 2 );
	}

	/**
	 * Whether the command installs products here, whose licences WooCommerce connects by its own hook.
	 */
	private static function needs_woocommerce(): bool {
		return match ( array_slice( self::command(), 1 ) ) {
			[ 'product', 'install' ] => 'api' !== self::value( 'via' ),
			[ 'register' ]           => self::is_asked_to( 'install' ),
			default                  => false,
		};
	}

	/**
	 * Lets no plugin seem active, or WooCommerce alone, until WordPress has loaded what seems so: what is saved later is the
	 * whole list again.
	 *
	 * @param bool $but_woocommerce Whether WooCommerce is loaded.
	 */
	private static function skip_plugins( bool $but_woocommerce ): void {
		// WordPress asks for both lists before it loads the first plugin of this one, and may ask again until then.
		$filters = [
			'pre_option_active_plugins'               => static fn (): array => $but_woocommerce ? Woocommerce::in_active_plugins() : [],
			'pre_site_option_active_sitewide_plugins' => static fn (): array => $but_woocommerce ? Woocommerce::in_network_plugins() : [],
		];
		foreach ( $filters as $filter => $give ) {
			WP_CLI::add_wp_hook( $filter, $give, 999 );
		}
		$show_all = static function () use ( $filters ): void {
			foreach ( $filters as $filter => $give ) {
				remove_filter( $filter, $give, 999 );
			}
		};
		WP_CLI::add_wp_hook( 'plugin_loaded', $show_all, PHP_INT_MIN );
		WP_CLI::add_wp_hook( 'plugins_loaded', $show_all, PHP_INT_MIN );
	}

	/**
	 * Lets some options seem empty until an action, after which they can be read as they are.
	 *
	 * @param string       $until_action The action.
	 * @param list<string> $filters      The filters that give an option's value.
	 * @param mixed        $nothing      The empty value.
	 */
	private static function skip( string $until_action, array $filters, mixed $nothing ): void {
		$give_nothing = static fn (): mixed => $nothing;
		foreach ( $filters as $filter ) {
			WP_CLI::add_wp_hook( $filter, $give_nothing, 999 );
		}
		WP_CLI::add_wp_hook(
			$until_action,
			static function () use ( $filters, $give_nothing ): void {
				foreach ( $filters as $filter ) {
					remove_filter( $filter, $give_nothing, 999 );
				}
			},
			0
		);
	}
}
