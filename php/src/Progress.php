<?php
/**
 * Signs of life for the person at a terminal.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use cli\progress\Bar;
use cli\Streams;
use WP_CLI;

/**
 * On standard error, only if that is a terminal, and only once something has taken longer than two seconds.
 */
final class Progress {

	public const PATIENCE = 2;

	/**
	 * Does something that waits for WooCommerce.com.
	 *
	 * @template T
	 * @param callable(): T $work What to do.
	 * @return T
	 */
	public static function awaiting( callable $work ): mixed {
		if ( ! self::is_wanted() || ! Php_Functions::exist( 'pcntl_alarm', 'pcntl_async_signals', 'pcntl_signal' ) ) {
			return $work();
		}
		$was_async = pcntl_async_signals( true );
		pcntl_signal( SIGALRM, static fn () => Output::say( 'Waiting for an answer from ' . Extension::base_url() . ' ...' ) );
		pcntl_alarm( self::PATIENCE );
		try {
			return $work();
		} finally {
			pcntl_alarm( 0 );
			pcntl_signal( SIGALRM, SIG_DFL );
			pcntl_async_signals( $was_async );
		}
	}

	/**
	 * Passes items on, and shows WP-CLI's progress bar meanwhile.
	 *
	 * @template T
	 * @param iterable<T>     $items   The items.
	 * @param \Closure(): int $total   How many there will be, 0 if nobody knows; asked for once the first is there.
	 * @param string          $message What is being done.
	 * @return \Generator<int, T>
	 */
	public static function over( iterable $items, \Closure $total, string $message ): \Generator {
		$started = microtime( true );
		$count   = 0;
		$bar     = null;
		try {
			foreach ( $items as $item ) {
				++$count;
				if ( null !== $bar ) {
					$bar->tick();
				} elseif ( microtime( true ) - $started > self::PATIENCE && self::is_wanted() && $total() > 0 ) {
					$bar = self::bar( $message, $total() );
					$bar->tick( $count );
				}
				yield $item;
			}
			$bar?->finish();
			$bar = null;
		} finally {
			if ( null !== $bar ) {
				fwrite( STDERR, "\n" );
			}
		}
	}

	/**
	 * WP-CLI's progress bar, on standard error.
	 *
	 * @param string            $message    What is being done.
	 * @param int               $total      How many items there will be.
	 * @param class-string<Bar> $class_name Which of them.
	 */
	public static function bar( string $message, int $total, string $class_name = Bar::class ): Bar {
		// A stream of its own: WP-CLI closes the one that it is given when the process ends.
		Streams::setStream( 'out', fopen( 'php://stderr', 'w' ) );
		return new $class_name( $message, $total );
	}

	/**
	 * Whether a person is there who wants to know.
	 */
	public static function is_wanted(): bool {
		return stream_isatty( STDERR ) && ! WP_CLI::get_config( 'quiet' );
	}
}
