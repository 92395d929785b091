<?php
/**
 * One installation at a time.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * WordPress's upgrader empties its working folder at every start, whoever else is using it.
 */
final class Install_Lock {

	/**
	 * The folder that is locked; null before that, false where it cannot be opened.
	 *
	 * @var resource|false|null
	 */
	private static mixed $folder = null;

	/**
	 * From now on, no other of our commands installs for this site, or for another of its network, whatever user runs it.
	 * The kernel gives the lock up when the process ends.
	 *
	 * @throws Problem If another process is at it.
	 */
	public static function take(): void {
		if ( null !== self::$folder ) {
			return;
		}
		$folder  = @fopen( WP_PLUGIN_DIR, 'r' );
		$is_busy = 0;
		// A file system without locks for folders is no reason to do nothing.
		if ( false !== $folder && ! flock( $folder, LOCK_EX | LOCK_NB, $is_busy ) && 1 === $is_busy ) {
			throw new Problem( Exit_Code::NOT_SENT, 'Another process is installing products in ' . WP_PLUGIN_DIR . '. Nothing was changed now.', 'Run the same command again when it is through.' );
		}
		self::$folder = $folder;
	}
}
