<?php
/**
 * A request of WordPress that Ctrl-C ends, also while the other side says nothing.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * PHP runs no handler of a signal before curl comes back, which may take minutes: curl itself is told to give up.
 */
final class Interruptible_Request {

	/**
	 * Does something, of which a request by curl ends when SIGINT or SIGTERM comes, where PHP has pcntl.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 * @throws Interrupted When a signal has come.
	 */
	public static function during( callable $work ): mixed {
		if ( ! Php_Functions::exist( 'pcntl_sigtimedwait', 'pcntl_sigprocmask' ) ) {
			return $work();
		}
		$signals = [ SIGINT, SIGTERM ];
		$signal  = 0;
		$before  = null;
		// Called about once a second; anything but 0 ends the request.
		$look  = static function () use ( $signals, &$signal ): int {
			$info = [];
			// A nanosecond, since PHP 8.4 refuses none.
			$signal = $signal > 0 ? $signal : (int) @pcntl_sigtimedwait( $signals, $info, 0, 1 );
			return $signal > 0 ? 1 : 0;
		};
		$watch = static function ( mixed $curl ) use ( $signals, $look, &$before ): void {
			if ( $curl instanceof \CurlHandle && null === $before ) {
				pcntl_sigprocmask( SIG_BLOCK, $signals, $before );
				curl_setopt( $curl, CURLOPT_NOPROGRESS, false );
				curl_setopt( $curl, CURLOPT_PROGRESSFUNCTION, $look );
			}
		};
		add_action( 'requests-curl.before_send', $watch );
		try {
			$result = $work();
		} finally {
			remove_action( 'requests-curl.before_send', $watch );
			if ( null !== $before ) {
				pcntl_sigprocmask( SIG_SETMASK, $before );
			}
		}
		if ( $signal > 0 ) {
			throw new Interrupted( "signal $signal" );
		}
		return $result;
	}
}
