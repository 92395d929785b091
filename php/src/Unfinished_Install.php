<?php
/**
 * A run that was killed while it replaced a product.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A mark beside the place where WordPress keeps the old version meanwhile. WordPress itself does not look after such a
 * run: the folder would be missing, or half of it, and the old version thrown away a week later.
 */
final class Unfinished_Install {

	/**
	 * The stages: there was nothing before; the old version is being put aside; it is whole there.
	 */
	public const INSTALL = 'install';
	public const UPDATE  = 'update';
	public const KEPT    = 'kept';

	/**
	 * For one folder.
	 *
	 * @param string $type   Either `plugin` or `theme`.
	 * @param string $folder The folder.
	 */
	public function __construct( private string $type, private string $folder ) {}

	/**
	 * Says how far the writing has come.
	 *
	 * @param string $stage One of the stages.
	 * @throws Product_Failure If that cannot be said: the disk is full, or closed to this user.
	 */
	public function mark( string $stage ): void {
		if ( ! wp_mkdir_p( dirname( $this->backup() ) ) || false === @file_put_contents( $this->mark_file(), $stage ) ) {
			throw new Product_Failure( 'nothing can be written to ' . dirname( $this->backup() ) . self::last_error() );
		}
	}

	/**
	 * Refuses to begin where something is in the way: a folder that is no product, one that cannot be moved (WordPress would
	 * copy it, and then remove its files one by one), or what another program has left where the old version will be kept.
	 *
	 * @param bool $is_update Whether the folder may be there.
	 * @throws Product_Failure If so.
	 */
	public function require_place( bool $is_update ): void {
		$target = $this->target();
		if ( ! $is_update && ( file_exists( $target ) || is_link( $target ) ) ) {
			throw new Product_Failure( "$target is there already, and is no $this->type" );
		}
		foreach ( [ dirname( $target ), $is_update ? $target : WP_CONTENT_DIR ] as $folder ) {
			if ( ! wp_is_writable( $folder ) ) {
				throw new Product_Failure( "$folder cannot be written by this user" );
			}
		}
		if ( ! self::is_removed( $this->backup() ) ) {
			throw new Product_Failure( "{$this->backup()} is in the way, and cannot be removed" . self::last_error() );
		}
	}

	/**
	 * Says that it is as it should be, and gives up the old version.
	 */
	public function finish(): void {
		self::is_removed( $this->backup() );
		self::is_removed( $this->mark_file() );
	}

	/**
	 * Whether a first installation was begun and not brought to its end: what lies there may be half of it.
	 */
	public function is_half(): bool {
		return self::INSTALL === $this->stage();
	}

	/**
	 * Puts back what a run that was killed, or that failed, has left: the old version, or nothing where there was none.
	 *
	 * @return string|null What was done, for people; null if there was nothing to do.
	 * @throws Product_Failure If it cannot be done.
	 */
	public function put_back(): ?string {
		$stage  = $this->stage();
		$target = $this->target();
		if ( null === $stage && ( file_exists( $target ) || ! is_dir( $this->backup() ) ) ) {
			return null;
		}
		if ( ! WP_Filesystem() || ! $this->is_repaired( (string) $stage ) ) {
			throw new Product_Failure( "$target was not written to its end, and this could not be put right" . self::last_error() . ( is_dir( $this->backup() ) ? "; the old version is in {$this->backup()}" : '' ) );
		}
		if ( null !== $stage ) {
			self::is_removed( ABSPATH . '.maintenance' );
		}
		self::is_removed( $this->mark_file() );
		Installed_Product::forget_known();
		return 'a run was ended in the middle of ' . ( self::INSTALL === $stage ? "the installation: what it had written to $target is removed" : "an update: the old version is in $target" );
	}

	/**
	 * How far the writing has come; null if there is no mark.
	 */
	private function stage(): ?string {
		return is_file( $this->mark_file() ) ? (string) file_get_contents( $this->mark_file() ) : null;
	}

	/**
	 * Puts the folder right.
	 *
	 * @param string $stage How far the writing had come; empty if another program did it, or if the mark was not written.
	 * @return bool Whether it is.
	 */
	private function is_repaired( string $stage ): bool {
		$target = $this->target();
		$backup = $this->backup();
		// Between file systems the old version is moved file by file: of two halves, the larger one is whole.
		$is_target_whole = ! in_array( $stage, [ self::INSTALL, self::KEPT ], true ) && file_exists( $target ) && self::count_files( $target ) >= self::count_files( $backup );
		return $is_target_whole ? self::is_removed( $backup ) : self::is_moved( $backup, $target );
	}

	/**
	 * Moves a folder, if it is there, to the place of another.
	 *
	 * @param string $from The folder.
	 * @param string $to   The place. If it cannot be emptied, it is overwritten.
	 * @return bool Whether it is there.
	 */
	private static function is_moved( string $from, string $to ): bool {
		if ( self::is_removed( $to ) ) {
			return ! is_dir( $from ) || true === move_dir( $from, $to );
		}
		return is_dir( $from ) && is_dir( $to ) && true === copy_dir( $from, $to ) && self::is_removed( $from );
	}

	/**
	 * How many files there are in a folder.
	 *
	 * @param string $folder The folder; none, if it is not there.
	 */
	private static function count_files( string $folder ): int {
		return is_dir( $folder ) ? iterator_count( new \RecursiveIteratorIterator( new \RecursiveDirectoryIterator( $folder, \FilesystemIterator::SKIP_DOTS ) ) ) : 0;
	}

	/**
	 * The folder that is written.
	 */
	private function target(): string {
		return ( 'plugin' === $this->type ? WP_PLUGIN_DIR : get_theme_root( $this->folder ) ) . "/$this->folder";
	}

	/**
	 * Where WordPress keeps the old version.
	 */
	private function backup(): string {
		return WP_CONTENT_DIR . "/upgrade-temp-backup/{$this->type}s/$this->folder";
	}

	/**
	 * The mark.
	 */
	private function mark_file(): string {
		return $this->backup() . '.wccom-host';
	}

	/**
	 * Removes a folder or a file, if it is there. A link is left alone, and what it leads to above all.
	 *
	 * @param string $path The folder or file.
	 * @return bool Whether it is gone.
	 */
	private static function is_removed( string $path ): bool {
		global $wp_filesystem;
		return ! is_link( $path ) && ( ! file_exists( $path ) || ( WP_Filesystem() && $wp_filesystem->delete( $path, true ) ) );
	}

	/**
	 * PHP's words for what failed last, if it has some.
	 */
	private static function last_error(): string {
		return null === error_get_last() ? '' : ': ' . Last_Error::reason();
	}
}
