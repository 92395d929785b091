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
	 * The words and the exit code.
	 *
	 * @param Exception $exception What was thrown.
	 * @param string    $meaning   What it means.
	 */
	public static function problem( Exception $exception, string $meaning ): Problem {
		$message = $exception->getMessage();
		if ( $exception instanceof \WccomHost\InvalidRequestException ) {
			$field    = $exception->field;
			$argument = self::ARGUMENTS[ $field ] ?? $field;
			return new Problem( Exit_Code::PREFLIGHT, (string) preg_replace( '/^' . preg_quote( $field, '/' ) . '\b/', $argument, $message ), $meaning );
		}
		return $exception->retryable ? new Problem( Exit_Code::NOT_SENT, $message, "$meaning The same command can be run again." ) : new Problem( Exit_Code::PREFLIGHT, $message, $meaning );
	}
}
