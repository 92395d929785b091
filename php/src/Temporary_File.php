<?php
/**
 * Room on the disk for what does not fit into memory.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A file of this user alone, without a name: nobody else can open it, and it is gone with the process, however that ends.
 */
final class Temporary_File {

	/**
	 * Makes one.
	 *
	 * @return resource
	 * @throws Problem If it cannot be made.
	 */
	public static function nameless() {
		$path = @tempnam( sys_get_temp_dir(), 'wccom-host-' );
		$file = false === $path ? false : @fopen( $path, 'w+b' );
		if ( false !== $path ) {
			@unlink( $path );
		}
		if ( false === $file ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'No temporary file can be made in ' . sys_get_temp_dir() . '. Nothing was sent.', 'Set another folder: TMPDIR in the environment.' );
		}
		return $file;
	}
}
