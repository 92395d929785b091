<?php
/**
 * A question to the person in front of the terminal.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Asks. With what it means, which --quiet does not drop: nobody can answer without having read it.
 */
final class Question {

	/**
	 * Whether the answer is yes. No answer is none.
	 *
	 * @param string $question The question.
	 * @param string ...$words What it means, a line each.
	 */
	public static function is_yes( string $question, string ...$words ): bool {
		fwrite( STDERR, implode( "\n", [ ...$words, "$question [y/n] " ] ) );
		return 'y' === strtolower( trim( (string) fgets( STDIN ) ) );
	}
}
