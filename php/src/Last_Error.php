<?php
/**
 * Why PHP could not do something with a file or a stream.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Read right after it: the next complaint of PHP takes its place.
 */
final class Last_Error {

	/**
	 * The system's words, such as `No space left on device`.
	 */
	public static function reason(): string {
		$message = error_get_last()['message'] ?? 'unknown reason';
		return 1 === preg_match( '/.*(?:errno=\d+ |: )([^:]+)$/s', $message, $found ) ? $found[1] : $message;
	}
}
