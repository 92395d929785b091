<?php
/**
 * Has this site use a product.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * With WordPress's own functions, so that WooCommerce connects the licence as it does after a click: by a signed request
 * of its own, on its own hook. What the database says against a write holds the keys of the licences.
 */
final class Product_Activation {

	/**
	 * Activates a plugin on this site.
	 *
	 * @param Installed_Product $plugin The plugin.
	 * @throws Product_Failure If it is not active.
	 */
	public static function activate_plugin( Installed_Product $plugin ): void {
		if ( is_multisite() && is_network_only_plugin( $plugin->file ) ) {
			throw new Product_Failure( 'it can be active on all sites of the network only: wp plugin activate ' . $plugin->folder . ' --network' );
		}
		$error = self::guarded( static fn (): ?\WP_Error => activate_plugin( $plugin->file ) );
		if ( ! in_array( $plugin->file, (array) Stored_Option::read( 'active_plugins' ), true ) ) {
			throw new Product_Failure( null === $error ? 'WordPress does not keep it active' : 'WordPress says: ' . wp_strip_all_tags( $error->get_error_message() ) );
		}
	}

	/**
	 * Switches this site to a theme.
	 *
	 * WooCommerce has no hook there that would connect the licence.
	 *
	 * @param Installed_Product $theme The theme.
	 * @throws Product_Failure If the site does not use it.
	 */
	public static function switch_theme( Installed_Product $theme ): void {
		$found  = wp_get_theme( $theme->file );
		$errors = $found->errors();
		if ( is_wp_error( $errors ) ) {
			throw new Product_Failure( 'WordPress says: ' . wp_strip_all_tags( $errors->get_error_message() ) );
		}
		if ( is_multisite() && ! $found->is_allowed() ) {
			throw new Product_Failure( "this site of the network may not use it: wp theme enable $theme->file" );
		}
		self::guarded( static fn (): mixed => switch_theme( $theme->file ) );
		if ( Stored_Option::read( 'stylesheet' ) !== $theme->file ) {
			throw new Product_Failure( 'the site still has another theme' );
		}
	}

	/**
	 * Does something with code of a product, which may not work here.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 * @throws Product_Failure If that code gives up.
	 */
	private static function guarded( callable $work ): mixed {
		$level = ob_get_level();
		// Where it would end the process with a page for people, as plugins do that miss something.
		$give_up  = static fn (): callable => [ self::class, 'give_up' ];
		$while_it = static function () use ( $work, $give_up ): mixed {
			// After the handler of Quiet_Database, which takes every end for the database's.
			add_filter( 'wp_die_handler', $give_up, PHP_INT_MAX );
			return $work();
		};
		try {
			return Quiet_Database::during( $while_it );
		} catch ( Product_Failure | Interrupted $known ) {
			throw $known;
		} catch ( \Throwable $error ) {
			throw new Product_Failure( 'it does not work here: ' . get_class( $error ) . ': ' . $error->getMessage() . ' (' . $error->getFile() . ':' . $error->getLine() . ')' );
		} finally {
			remove_filter( 'wp_die_handler', $give_up, PHP_INT_MAX );
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
		}
	}

	/**
	 * Instead of WordPress's own end with a message.
	 *
	 * @param mixed $message The message.
	 * @throws Product_Failure Always.
	 */
	public static function give_up( mixed $message ): void {
		throw new Product_Failure( 'it gives up: ' . trim( wp_strip_all_tags( is_wp_error( $message ) ? $message->get_error_message() : (string) $message, true ) ) );
	}
}
