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

	/**
	 * Does something with a new folder, which is removed afterwards.
	 *
	 * @template T
	 * @param callable(string): T $work What to do, with the path of the folder.
	 * @return T
	 * @throws Problem If no folder can be made.
	 */
	public static function during( callable $work ): mixed {
		$folder = self::made();
		try {
			return $work( $folder );
		} finally {
			array_map( 'unlink', glob( "$folder/*" ) ?: [] );
			rmdir( $folder );
		}
	}

	/**
	 * A new folder.
	 *
	 * @throws Problem If none can be made.
	 */
	private static function made(): string {
		foreach ( array_unique( [ sys_get_temp_dir(), '/var/tmp' ] ) as $parent ) {
			$folder = rtrim( $parent, '/' ) . '/wccom-host-' . bin2hex( random_bytes( 8 ) );
			if ( str_starts_with( $parent, '/' ) && null === Journal_Folder::web_root_of( $parent ) && @mkdir( $folder, 0700 ) ) {
				return $folder;
			}
		}
		throw new Problem( Exit_Code::PREFLIGHT, 'There is no folder for downloads: neither ' . sys_get_temp_dir() . ' nor /var/tmp can be written, or they lie below the web root.', 'Nothing was installed. Set another folder: TMPDIR in the environment.' );
	}
}
