<?php
/**
 * What an exception means that ends a command of the control host.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WccomHost\Exception;

/**
 * Not of one site, but of all: an option, the key, or this machine.
 */
final class Batch_Failure {

	private const OTHER_JOURNAL = ', or choose another with the option or ini setting journal.';

	/**
	 * What the fields are on the command line.
	 */
	private const ARGUMENTS = [
		'concurrency' => '--concurrency',
		'per_second'  => '--per-second',
		'limit'       => '--limit',
		'shard'       => '--shard',
		'journal'     => '--journal',
		'key_file'    => '--key-file',
		'state'       => '--state',
		'older_than'  => '--older-than',
		'site'        => '<url>',
		'home_url'    => '<url>',
	];

	/**
	 * The words of an exception. Another journal is what a site may take whose own is full; a batch would order its sites again.
	 *
	 * @param Exception $exception The exception.
	 */
	public static function words( Exception $exception ): string {
		return self::without_other_journal( $exception->getMessage() );
	}

	/**
	 * The same for words that are in hand.
	 *
	 * @param string $words The words.
	 */
	public static function without_other_journal( string $words ): string {
		return str_replace( self::OTHER_JOURNAL, '. ' . Journal_Folder::MOVE, $words );
	}

	/**
	 * The words and the exit code.
	 *
	 * @param Exception $exception What was thrown.
	 * @param string    $meaning   What it means.
	 */
	public static function problem( Exception $exception, string $meaning ): Problem {
		$message = self::words( $exception );
		if ( $exception instanceof \WccomHost\InvalidRequestException ) {
			$field    = $exception->field;
			$argument = self::ARGUMENTS[ $field ] ?? $field;
			return new Problem( Exit_Code::PREFLIGHT, (string) preg_replace( '/^' . preg_quote( $field, '/' ) . '\b/', $argument, $message ), $meaning );
		}
		return $exception->retryable ? new Problem( Exit_Code::NOT_SENT, $message, "$meaning The same command can be run again." ) : new Problem( Exit_Code::PREFLIGHT, $message, $meaning );
	}
}
