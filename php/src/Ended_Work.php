<?php
/**
 * Work on products that did not come to its end.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Somebody pressed Ctrl-C, or code of the site or of a product ended the process: what was done is printed all the same.
 */
final class Ended_Work {

	private const FATAL = [ E_ERROR, E_CORE_ERROR, E_COMPILE_ERROR, E_PARSE, E_USER_ERROR, E_RECOVERABLE_ERROR ];

	/**
	 * Does something that may end at any moment.
	 *
	 * @param callable(): void           $work    What to do.
	 * @param callable(string): Problem  $meaning Prints what was done until then, and tells what it means; is given why it ended, as a sentence.
	 * @throws Problem If it was interrupted.
	 */
	public static function or_done( callable $work, callable $meaning ): void {
		$level = ob_get_level();
		Command_Run::if_ended(
			static function () use ( $meaning, $level ): Problem {
				// What code of the site has left there, or Quiet_Database, is no part of the result.
				while ( ob_get_level() > $level && @ob_end_clean() ) {
					continue;
				}
				$error = error_get_last();
				Temporary_Folder::remove();
				// Nothing of the shutdown comes after this.
				Site_State::compare();
				return $meaning( 'Code of this site, or of a product, ended the command before it was through' . self::fatal( $error ) );
			}
		);
		try {
			Interrupted::or_done( $work );
		} catch ( Interrupted ) {
			throw $meaning( 'Interrupted' );
		}
		Command_Run::if_ended( null );
	}

	/**
	 * PHP's words for the error that ended the process, in parentheses; if it was none, what else it may be.
	 *
	 * @param array{type: int, message: string, file: string, line: int}|null $error What PHP has last complained of.
	 */
	private static function fatal( ?array $error ): string {
		if ( null === $error || ! in_array( $error['type'], self::FATAL, true ) ) {
			// WordPress ends it then, without a reason that others could ask for.
			return ', or the site\'s database does not answer';
		}
		return ' (' . strtok( $error['message'], "\n" ) . ", {$error['file']}:{$error['line']})";
	}
}
