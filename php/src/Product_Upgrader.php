<?php
/**
 * Puts a product into the site.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * With WordPress's own upgrader, so that the product is like any other.
 *
 * Its run() is called as WordPress's own updates of several plugins call it: an active plugin stays active, and the old
 * version is kept until the new one is in its place. What WordPress does after every single one (forgetting all it knows
 * of updates, and asking WordPress.org about all of core, plugins, themes and translations) is done once, by finish(),
 * and without the asking: the site does that by itself, when it next looks.
 */
final class Product_Upgrader {

	/**
	 * What WordPress would ask WordPress.org after each.
	 */
	private const REQUESTS = [
		[ 'wp_version_check', 10 ],
		[ 'wp_update_plugins', 10 ],
		[ 'wp_update_themes', 10 ],
		[ [ 'Language_Pack_Upgrader', 'async_upgrade' ], 20 ],
	];

	/**
	 * What was done, by type and action, for WordPress's hook.
	 *
	 * @var array<string, array<string, list<string>>>
	 */
	private array $done = [];

	/**
	 * The upgrader that was used last.
	 *
	 * @var \WP_Upgrader|null
	 */
	private ?\WP_Upgrader $upgrader = null;

	/**
	 * Installs the product in a file, or puts it in the place of another version of it: to be called undisturbed().
	 *
	 * @param string                 $file      The file.
	 * @param Product_Archive        $archive   What it holds.
	 * @param Installed_Product|null $installed The other version.
	 * @throws Product_Failure If the site is as it was; or, if its message says so, is not.
	 */
	public function put( string $file, Product_Archive $archive, ?Installed_Product $installed ): void {
		require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
		if ( null !== $installed && ! method_exists( \WP_Upgrader::class, 'move_to_temp_backup_dir' ) ) {
			throw new Product_Failure( 'WordPress before 6.3 keeps no copy of the old version while it updates: update WordPress first (wp core update)' );
		}
		$skin           = new \Automatic_Upgrader_Skin();
		$this->upgrader = 'theme' === $archive->type ? new \Theme_Upgrader( $skin ) : new \Plugin_Upgrader( $skin );
		$this->upgrader->init();
		$this->upgrader->install_strings();
		$this->replace( $file, $archive, $installed, $skin );
		$this->done[ $archive->type ][ null === $installed ? 'install' : 'update' ][] = 'plugin' === $archive->type ? "$archive->folder/$archive->main_file" : $archive->folder;
	}

	/**
	 * Tells WordPress what was done, once for all.
	 */
	public function finish(): void {
		foreach ( self::REQUESTS as [ $request, $priority ] ) {
			remove_action( 'upgrader_process_complete', $request, $priority );
		}
		foreach ( $this->done as $type => $actions ) {
			'theme' === $type ? wp_clean_themes_cache() : wp_clean_plugins_cache();
			foreach ( $actions as $action => $names ) {
				$what = [
					'action' => $action,
					'type'   => $type,
					'bulk'   => true,
					"{$type}s" => $names,
				];
				Quiet_Database::during( fn () => do_action( 'upgrader_process_complete', $this->upgrader, $what ) );
			}
		}
		$this->done = [];
	}

	/**
	 * Replaces the folder, or puts back what it had.
	 *
	 * @param string                   $file      The file.
	 * @param Product_Archive          $archive   What it holds.
	 * @param Installed_Product|null   $installed The other version.
	 * @param \Automatic_Upgrader_Skin $skin      What the upgrader speaks to.
	 * @throws Product_Failure If it failed.
	 */
	private function replace( string $file, Product_Archive $archive, ?Installed_Product $installed, \Automatic_Upgrader_Skin $skin ): void {
		$unfinished = new Unfinished_Install( $archive->type, $archive->folder );
		$unfinished->require_place( null !== $installed );
		$unfinished->mark( null === $installed ? Unfinished_Install::INSTALL : Unfinished_Install::UPDATE );
		// When WordPress asks this, the old version has been put aside.
		$kept = static function ( mixed $is_removed ) use ( $unfinished ): mixed {
			$unfinished->mark( Unfinished_Install::KEPT );
			return $is_removed;
		};
		add_filter( 'upgrader_clear_destination', $kept, PHP_INT_MIN );
		try {
			$result = $this->run( $file, $archive, $installed );
		} catch ( \Throwable $error ) {
			$result = $error;
		}
		remove_filter( 'upgrader_clear_destination', $kept, PHP_INT_MIN );
		// WordPress would do its part of this at the end of the process, and throw the old version away in any case.
		remove_action( 'shutdown', [ $this->upgrader, 'restore_temp_backup' ], 10 );
		remove_action( 'shutdown', [ $this->upgrader, 'delete_temp_backup' ], 100 );
		if ( ! is_array( $result ) ) {
			$unfinished->put_back();
			throw new Product_Failure( self::reason( $result, $skin ) );
		}
		$unfinished->finish();
	}

	/**
	 * Runs WordPress's upgrader.
	 *
	 * @param string                 $file      The file.
	 * @param Product_Archive        $archive   What it holds.
	 * @param Installed_Product|null $installed The other version.
	 */
	private function run( string $file, Product_Archive $archive, ?Installed_Product $installed ): mixed {
		$root           = 'theme' === $archive->type ? get_theme_root( (string) $installed?->file ) : WP_PLUGIN_DIR;
		$in_maintenance = null !== $installed && ( is_multisite() || $installed->is_active() );
		$hook_extra     = [
			'type'   => $archive->type,
			'action' => null === $installed ? 'install' : 'update',
		];
		if ( null !== $installed ) {
			$hook_extra[ $archive->type ] = $installed->file;
			$hook_extra['temp_backup']    = [
				'slug' => $installed->folder,
				'src'  => $root,
				'dir'  => "{$archive->type}s",
			];
		}
		// Whether the product fits this WordPress and PHP.
		add_filter( 'upgrader_source_selection', [ $this->upgrader, 'check_package' ] );
		try {
			if ( $in_maintenance ) {
				$this->upgrader->maintenance_mode( true );
			}
			return $this->upgrader->run(
				[
					'package'           => $file,
					'destination'       => $root,
					'clear_destination' => null !== $installed,
					'is_multi'          => true,
					'hook_extra'        => $hook_extra,
				]
			);
		} finally {
			remove_filter( 'upgrader_source_selection', [ $this->upgrader, 'check_package' ] );
			if ( $in_maintenance ) {
				$this->upgrader->maintenance_mode( false );
			}
		}
	}

	/**
	 * Does something without being ended by Ctrl-C, a supervisor or a lost terminal before it is through.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 */
	public static function undisturbed( callable $work ): mixed {
		if ( ! function_exists( 'pcntl_sigprocmask' ) ) {
			return $work();
		}
		pcntl_sigprocmask( SIG_BLOCK, [ SIGINT, SIGTERM, SIGHUP ], $before );
		try {
			return $work();
		} finally {
			pcntl_sigprocmask( SIG_SETMASK, $before );
		}
	}

	/**
	 * Why it failed, in WordPress's words: the package is a file here, so that no link is in them.
	 *
	 * @param mixed                    $result What run() gave, or threw.
	 * @param \Automatic_Upgrader_Skin $skin   What it said.
	 */
	private static function reason( mixed $result, \Automatic_Upgrader_Skin $skin ): string {
		if ( $result instanceof \Throwable ) {
			return $result instanceof Product_Failure ? $result->getMessage() : 'WordPress\'s upgrader failed: ' . get_class( $result ) . ': ' . $result->getMessage();
		}
		if ( ! is_wp_error( $result ) ) {
			return 'WordPress cannot write to its folders' . self::in_parentheses( (string) ( array_reverse( $skin->get_upgrade_messages() )[0] ?? '' ) );
		}
		$detail = $result->get_error_data();
		return 'WordPress says: ' . wp_strip_all_tags( $result->get_error_message() ) . self::in_parentheses( is_string( $detail ) ? $detail : '' );
	}

	/**
	 * A detail, in parentheses; nothing if there is none.
	 *
	 * @param string $detail The detail.
	 */
	private static function in_parentheses( string $detail ): string {
		return '' === $detail ? '' : ' (' . wp_strip_all_tags( $detail ) . ')';
	}
}
