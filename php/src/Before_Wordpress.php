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
 * Takes the key out of the environment that the site's code sees, and keeps the site's plugins and theme from the command.
 */
final class Before_Wordpress {

	/**
	 * Runs on WP-CLI's hook before_wp_load: after `@alias` groups have started their own processes, which need the
	 * environment, and before wp-config.php, the first file of the site.
	 */
	public static function prepare(): void {
		Secrets::take_from_environment();
		Command_Run::guard_loading();
		// A request to the site itself, which may have no address in DNS yet, is nothing these commands need.
		WP_CLI::add_wp_hook( 'muplugins_loaded', static fn (): bool => remove_action( 'init', 'wp_cron' ) );
		if ( ! self::is_asked_to_load_plugins() ) {
			self::skip( 'plugins_loaded', [ 'pre_site_option_active_sitewide_plugins', 'pre_option_active_plugins' ], [] );
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
	 * Whether the command line, or the command's defaults in wp-cli.yml, ask for --load-plugins.
	 */
	private static function is_asked_to_load_plugins(): bool {
		$runner   = WP_CLI::get_runner();
		$command  = implode( ' ', array_slice( $runner->arguments, 0, 2 ) );
		$defaults = (array) ( $runner->extra_config[ $command ] ?? [] );
		return (bool) ( $runner->assoc_args['load-plugins'] ?? $defaults['load-plugins'] ?? false );
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
