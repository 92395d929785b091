<?php
/**
 * How far a download has come.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * WP-CLI's progress bar, in bytes, where the store says how many there will be.
 */
final class Download_Progress {

	/**
	 * Does something with a bar for the requests of WordPress that it makes.
	 *
	 * @template T
	 * @param string        $message What is being downloaded.
	 * @param callable(): T $work    What to do.
	 * @return T
	 */
	public static function shown( string $message, callable $work ): mixed {
		if ( ! Progress::is_wanted() || ! function_exists( 'curl_getinfo' ) ) {
			return $work();
		}
		$started = microtime( true );
		$handle  = null;
		$bar     = null;
		$count   = 0;
		$keep    = static function ( mixed $curl ) use ( &$handle ): void {
			$handle = $curl;
		};
		$tick    = static function ( string $bytes ) use ( &$handle, &$bar, &$count, $started, $message ): void {
			$count += strlen( $bytes );
			if ( null !== $bar ) {
				$bar->tick( strlen( $bytes ) );
				return;
			}
			$total = $handle instanceof \CurlHandle && microtime( true ) - $started > Progress::PATIENCE ? (int) curl_getinfo( $handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD ) : 0;
			if ( $total > 0 ) {
				$bar = Progress::bar( $message, $total );
				$bar->tick( $count );
			}
		};
		add_action( 'requests-curl.before_send', $keep );
		add_action( 'requests-request.progress', $tick );
		try {
			return $work();
		} finally {
			if ( null !== $bar ) {
				fwrite( STDERR, "\n" );
			}
			remove_action( 'requests-curl.before_send', $keep );
			remove_action( 'requests-request.progress', $tick );
		}
	}
}
