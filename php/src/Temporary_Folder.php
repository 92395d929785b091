<?php
/**
 * A place for downloads.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A folder of this user alone, outside of the web root: what lies in it was paid for.
 */
final class Temporary_Folder {

	private const PREFIX = 'wccom-host-';

	/**
	 * Seconds after which a folder is nobody's any more.
	 */
	private const MAX_AGE = 86400;

	/**
	 * The folder that is in use.
	 *
	 * @var string|null
	 */
	private static ?string $folder = null;

	/**
	 * Does something with a new folder, which is removed afterwards.
	 *
	 * @template T
	 * @param callable(string): T $work What to do, with the path of the folder.
	 * @return T
	 * @throws Problem If no folder can be made.
	 */
	public static function during( callable $work ): mixed {
		self::$folder = self::made();
		try {
			self::remove_stale( self::$folder );
			return $work( self::$folder );
		} finally {
			self::remove();
		}
	}

	/**
	 * Removes the folder that is in use, if there is one: where somebody ends the process in the middle.
	 */
	public static function remove(): void {
		if ( null !== self::$folder ) {
			self::remove_with_files( self::$folder );
			self::$folder = null;
		}
	}

	/**
	 * Removes what runs that were killed have left: folders of this user alone, with such a name, that are older than a day.
	 *
	 * @param string $folder The new folder, beside them.
	 */
	private static function remove_stale( string $folder ): void {
		foreach ( glob( dirname( $folder ) . '/' . self::PREFIX . '*', GLOB_ONLYDIR ) ?: [] as $other ) {
			$status = @lstat( $other );
			if ( 1 === preg_match( '/' . self::PREFIX . '[0-9a-f]{16}$/D', $other ) && false !== $status && 040700 === $status['mode'] && fileowner( $folder ) === $status['uid'] && $status['mtime'] < time() - self::MAX_AGE ) {
				self::remove_with_files( $other );
			}
		}
	}

	/**
	 * Removes a folder with the files in it.
	 *
	 * @param string $folder The folder.
	 */
	private static function remove_with_files( string $folder ): void {
		array_map( static fn ( string $file ): bool => @unlink( $file ), glob( "$folder/*" ) ?: [] );
		@rmdir( $folder );
	}

	/**
	 * A new folder.
	 *
	 * @throws Problem If none can be made.
	 */
	private static function made(): string {
		foreach ( array_unique( [ sys_get_temp_dir(), '/var/tmp' ] ) as $parent ) {
			$folder = rtrim( $parent, '/' ) . '/' . self::PREFIX . bin2hex( random_bytes( 8 ) );
			if ( str_starts_with( $parent, '/' ) && null === Journal_Folder::web_root_of( $parent ) && @mkdir( $folder, 0700 ) ) {
				return $folder;
			}
		}
		throw new Problem( Exit_Code::PREFLIGHT, 'There is no folder for downloads: neither ' . sys_get_temp_dir() . ' nor /var/tmp can be written, or they lie below the web root.', 'Nothing was installed. Set another folder: TMPDIR in the environment.' );
	}
}
