<?php
/**
 * The end of a command that cannot do what it was asked for.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Words for the person who reads them at night: what happened, whether an order may exist, what to do.
 *
 * Its code is the exit code of the command.
 */
class Problem extends \RuntimeException {

	/**
	 * A problem, one line per thought.
	 *
	 * @param int    $exit_code One of Exit_Code.
	 * @param string ...$lines  The words.
	 */
	public function __construct( int $exit_code, string ...$lines ) {
		parent::__construct( implode( "\n", $lines ), $exit_code );
	}
}
