<?php
/**
 * How every command begins and ends.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\ExitException;

/**
 * Runs a command so that it ends with one of our exit codes, whatever happens: no trace, no 255, and no 0 because code
 * of the site (a must-use plugin, a hook) ended the process in the middle.
 */
final class Command_Run {

	/**
	 * What to say if somebody else ends the process now.
	 *
	 * @var \Closure|null
	 */
	private static ?\Closure $if_ended = null;

	/**
	 * The process that the command was started in.
	 *
	 * @var integer
	 */
	private static int $process = 0;

	/**
	 * From before WordPress is loaded until it is: a site that ends the process then would have it end with 0.
	 */
	public static function guard_loading(): void {
		try {
			self::guard();
		} catch ( Problem $problem ) {
			WP_CLI::error( $problem->getMessage(), $problem->getCode() );
		}
		self::if_ended( self::ended_by_site() );
		WP_CLI::add_hook( 'after_wp_load', static fn () => self::if_ended( null ) );
	}

	/**
	 * Once in a process: a command that does without WordPress, or that other code calls, has not come by guard_loading().
	 *
	 * @throws Problem If PHP lacks what is needed.
	 */
	private static function guard(): void {
		Php_Functions::require_enabled();
		if ( 0 === self::$process ) {
			self::$process = (int) getmypid();
			register_shutdown_function( [ self::class, 'was_ended' ] );
		}
	}

	/**
	 * Runs the work of a command.
	 *
	 * @param string               $command    Its name, after `wccom-host`.
	 * @param array<string, mixed> $assoc_args Options.
	 * @param callable(): int      $work       Gives the exit code.
	 */
	public static function start( string $command, array $assoc_args, callable $work ): void {
		self::if_ended( self::ended_by_site() );
		try {
			Own_Names::require_own( Exit_Code::PREFLIGHT, 'Nothing was sent.' );
			self::guard();
			Command_Line::require_bare_flags();
			Command_Line::require_typed( $command, $assoc_args );
			$exit_code = $work();
			Own_Names::require_own( Exit_Code::UNKNOWN, 'What was done and printed cannot be relied on: look at it when that code is gone.' );
			$problem = null;
		} catch ( ExitException $exception ) {
			self::if_ended( null );
			Secrets::forget();
			throw $exception;
		} catch ( Problem $exception ) {
			$problem = $exception;
		} catch ( \WccomHost\Exception $exception ) {
			$problem = Failure::problem( $exception );
		} catch ( \Throwable $exception ) {
			$problem = self::unexpected( $exception );
		}
		self::if_ended( null );
		// The site's shutdown functions come next.
		Secrets::forget();
		if ( null !== $problem ) {
			WP_CLI::error( $problem->getMessage(), $problem->getCode() );
		}
		if ( Exit_Code::DONE !== $exit_code ) {
			WP_CLI::halt( $exit_code );
		}
	}

	/**
	 * Whether this is the process that began the command, and not a child that code of the site has forked.
	 */
	public static function is_own_process(): bool {
		return getmypid() === self::$process;
	}

	/**
	 * Before a request that makes an order: code of the site may have forked, and both processes go on with the same command.
	 *
	 * @throws Problem In the child.
	 */
	public static function require_own_process(): void {
		if ( ! self::is_own_process() ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Code of this site has forked the command (pcntl_fork): only the first process goes on. This one has sent nothing.' );
		}
	}

	/**
	 * Says what it means if the process is ended from now on.
	 *
	 * @param Problem|\Closure(): Problem|null $problem What it means, or what finds it out then. Null: the command is through.
	 */
	public static function if_ended( Problem|\Closure|null $problem ): void {
		self::$if_ended = $problem instanceof Problem ? static fn (): Problem => $problem : $problem;
	}

	/**
	 * The shutdown function, before those of the site: says nothing unless the command was ended in the middle.
	 */
	public static function was_ended(): void {
		Secrets::forget();
		if ( null !== self::$if_ended ) {
			$problem = self::meaning();
			self::if_ended( null );
			WP_CLI::error( $problem->getMessage(), $problem->getCode() );
		}
	}

	/**
	 * What an end at this moment means.
	 */
	private static function meaning(): Problem {
		return null === self::$if_ended ? new Problem( Exit_Code::PREFLIGHT ) : ( self::$if_ended )();
	}

	/**
	 * The end of a command before it has done anything.
	 */
	private static function ended_by_site(): Problem {
		return new Problem(
			Exit_Code::PREFLIGHT,
			'The site ended the command before it had done anything. Nothing was sent, so no order was made.',
			'A must-use plugin, a drop-in or, with --load-plugins, a plugin may be the cause: see the site\'s PHP log, and what this does: wp eval 1 --skip-plugins --skip-themes'
		);
	}

	/**
	 * An error of PHP code: the site's, or ours.
	 *
	 * @param \Throwable $error Its message is shown; where the connection was at hand, Saver has caught it before.
	 */
	private static function unexpected( \Throwable $error ): Problem {
		$meaning = self::meaning();
		return new Problem(
			$meaning->getCode(),
			get_class( $error ) . ': ' . $error->getMessage() . ' (' . $error->getFile() . ':' . $error->getLine() . ')',
			$meaning->getMessage()
		);
	}
}
