<?php
/**
 * Standard output, which somebody may close, and which may be a file on a full disk.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Writes past PHP's own output, which would end the process in the middle when a reader has gone.
 */
final class Standard_Output {

	/**
	 * How PHP names EPIPE.
	 */
	private const BROKEN_PIPE = 'errno=32';

	/**
	 * What a terminal could take for a command, or shows in another order than it is.
	 */
	private const NOT_FOR_TERMINALS = '/[^\P{Cc}\n\t]|[\x{202A}-\x{202E}\x{2066}-\x{2069}]/u';

	/**
	 * Whether something was written.
	 *
	 * @var boolean
	 */
	private static bool $has_written = false;

	/**
	 * Whether something was written.
	 */
	public static function has_written(): bool {
		return self::$has_written;
	}

	/**
	 * Writes text.
	 *
	 * @param string $text The text.
	 * @throws Reader_Gone If nobody reads any more.
	 * @throws Problem     If it cannot be written.
	 */
	public static function write( string $text ): void {
		self::$has_written = self::$has_written || '' !== $text;
		if ( self::is_terminal() ) {
			$text = preg_replace( self::NOT_FOR_TERMINALS, ' ', $text ) ?? $text;
		}
		if ( ob_get_level() > 0 ) {
			// WP_CLI::runcommand() with `return` reads what was printed from there.
			echo $text;
			return;
		}
		while ( '' !== $text ) {
			error_clear_last();
			$written = @fwrite( STDOUT, $text );
			if ( false === $written && null !== error_get_last() ) {
				throw self::failed();
			}
			if ( ! $written ) {
				self::wait();
			}
			$text = substr( $text, (int) $written );
		}
	}

	/**
	 * Whether a person looks at it.
	 */
	public static function is_terminal(): bool {
		return ! \cli\Shell::isPiped();
	}

	/**
	 * Waits until a reader takes more, if whoever started the process has made it a stream that does not wait.
	 */
	private static function wait(): void {
		$read   = null;
		$write  = [ STDOUT ];
		$except = null;
		stream_select( $read, $write, $except, 1 );
	}

	/**
	 * What it means that a write failed.
	 */
	private static function failed(): \RuntimeException {
		$message = error_get_last()['message'] ?? '';
		return str_contains( $message, self::BROKEN_PIPE ) ? new Reader_Gone( $message ) : new Problem( Exit_Code::PREFLIGHT, 'Standard output could not be written: ' . Last_Error::reason() . '. What was printed is not complete.' );
	}
}
