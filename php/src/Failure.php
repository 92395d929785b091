<?php
/**
 * What the extension's exceptions mean for a command.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The one table from exceptions to exit codes. Their messages say what happened, what it means for the order, and what
 * to do; only what they cannot know is added.
 */
final class Failure {

	/**
	 * The first that fits counts.
	 */
	private const EXIT_CODES = [
		\WccomHost\InvalidRequestException::class    => Exit_Code::PREFLIGHT,
		\WccomHost\ConnectionException::class        => Exit_Code::NOT_SENT,
		\WccomHost\ApiException::class               => Exit_Code::REFUSED,
		\WccomHost\OutcomeUnknownException::class    => Exit_Code::UNKNOWN,
		\WccomHost\SecretUnavailableException::class => Exit_Code::SECRET_UNAVAILABLE,
	];

	/**
	 * The words and the exit code for an exception of the extension.
	 *
	 * @param \WccomHost\Exception $exception  What was thrown.
	 * @param string               ...$unknown What to do if the outcome is unknown, where that is not a registration's.
	 */
	public static function problem( \WccomHost\Exception $exception, string ...$unknown ): Problem {
		$exit_code = self::exit_code( $exception );
		$lines     = [ $exception->getMessage() ];
		if ( $exception instanceof \WccomHost\SecretUnavailableException ) {
			array_push( $lines, ...Journal::without_secret() );
		} elseif ( Exit_Code::UNKNOWN === $exit_code ) {
			array_push( $lines, ...( $unknown ?: [ 'To find out: ' . Site::command( 'recover' ) ] ) );
		} elseif ( $exception instanceof \WccomHost\InvalidRequestException ) {
			if ( 'url' === $exception->field ) {
				$lines[] = 'The address is the one on the command line (for register: --site-url) or, if none is there, the site\'s own: wp option get home';
			}
			$lines[] = 'Nothing was sent. Correct this and run the command again.';
		}
		return new Problem( $exit_code, ...$lines );
	}

	/**
	 * The same for a call that only reads: nothing was changed, and it is always safe to send it again.
	 *
	 * @param \WccomHost\Exception  $exception What was thrown.
	 * @param array<string, string> $arguments What the fields of the request are called on the command line.
	 */
	public static function of_reading( \WccomHost\Exception $exception, array $arguments ): Problem {
		$message = $exception->getMessage();
		if ( $exception instanceof \WccomHost\InvalidRequestException ) {
			$argument = $arguments[ $exception->field ] ?? $exception->field;
			return new Problem( Exit_Code::PREFLIGHT, (string) preg_replace( '/^' . preg_quote( $exception->field, '/' ) . '\b/', $argument, $message ), 'Nothing was sent.' );
		}
		$printed = Standard_Output::has_written() ? [ 'What was printed is not complete.' ] : [];
		if ( $exception instanceof \WccomHost\ApiException && ! $exception->retryable && $exception->httpStatus < 500 ) {
			return new Problem( Exit_Code::REFUSED, $message, ...$printed );
		}
		// Also an answer that is not the documented one: a page of a proxy, perhaps.
		$exit_code = 'not_sent' === $exception->outcome ? self::exit_code( $exception ) : Exit_Code::NOT_SENT;
		return new Problem( $exit_code, $message, Exit_Code::NOT_SENT === $exit_code ? 'Nothing was changed: the command can be run again.' : 'Nothing was changed.', ...$printed );
	}

	/**
	 * The exit code for an exception of the extension.
	 *
	 * @param \WccomHost\Exception $exception What was thrown.
	 */
	private static function exit_code( \WccomHost\Exception $exception ): int {
		foreach ( self::EXIT_CODES as $class_name => $exit_code ) {
			if ( $exception instanceof $class_name ) {
				return $exit_code;
			}
		}
		// A failure of this machine: the journal, or its lock, which another run may hold.
		return match ( $exception->outcome ) {
			'not_sent' => $exception->retryable ? Exit_Code::NOT_SENT : Exit_Code::PREFLIGHT,
			'refused'  => Exit_Code::REFUSED,
			default    => Exit_Code::UNKNOWN,
		};
	}
}
