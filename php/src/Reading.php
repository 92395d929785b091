<?php
/**
 * How a command runs that only reads from WooCommerce.com.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Without WordPress, unless it is asked for the site's own order: whatever goes wrong, nothing was changed.
 */
final class Reading {

	/**
	 * What the fields of the extension's calls are on the command line.
	 */
	private const ARGUMENTS = [
		'after'       => '--after',
		'before'      => '--before',
		'status'      => '--status',
		'customer_id' => '--customer-id',
		'order_id'    => '<order-id>',
		'site_id'     => '<site-id>',
		'slug'        => '<slug>',
	];

	/**
	 * Runs the work of a command.
	 *
	 * @param string               $command    Its name, after `wccom-host`.
	 * @param array<string, mixed> $assoc_args Options.
	 * @param callable(): void     $work       Reads and prints.
	 */
	public static function start( string $command, array $assoc_args, callable $work ): void {
		Command_Run::start(
			$command,
			$assoc_args,
			static function () use ( $work ): int {
				Command_Run::if_ended( self::ended() );
				try {
					$work();
				} catch ( \WccomHost\Exception $exception ) {
					throw Failure::of_reading( $exception, self::ARGUMENTS );
				}
				return Exit_Code::DONE;
			}
		);
	}

	/**
	 * Loads WordPress, for a command that was not told which order or site is meant.
	 *
	 * @param string $argument What it was not told.
	 * @throws Problem If there is no WordPress.
	 */
	public static function load_site( string $argument ): void {
		if ( ! is_file( ABSPATH . 'wp-includes/version.php' ) || ! Utils\locate_wp_config() ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"$argument is missing, and there is no WordPress in " . ABSPATH . ' whose own could be meant. Nothing was sent.',
				"Give $argument, or name the site's folder: --path=<path>"
			);
		}
		WP_CLI::get_runner()->load_wordpress();
		Command_Run::if_ended( self::ended() );
		Site::announce();
	}

	/**
	 * The end of a command that has not printed everything.
	 */
	private static function ended(): Problem {
		return new Problem( Exit_Code::PREFLIGHT, 'The command was ended before it was through. It only reads: nothing was changed, and it can be run again.' );
	}
}
