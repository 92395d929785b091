<?php
/**
 * The command line of a command.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\SynopsisParser;

/**
 * What was typed, and what is to be typed.
 */
final class Command_Line {

	private const TYPED = [ 'force', 'yes', 'forget', 'forget-missing' ];

	/**
	 * Refuses options that were typed without their value, as an empty variable of the shell leaves them: WP-CLI drops them with
	 * a warning, and what is done then is not what was meant.
	 *
	 * @param array<string, mixed> $assoc_args The options that arrived.
	 * @throws Problem If one did not.
	 */
	public static function require_values( array $assoc_args ): void {
		foreach ( array_keys( array_diff_key( self::typed_options(), $assoc_args ) ) as $name ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--$name needs a value. Nothing was done.", "Type --$name=<value>. A variable of the shell may be empty." );
		}
	}

	/**
	 * Refuses flags that were typed with a value: WP-CLI gives it to the command, to which any text means yes, `no` as well.
	 *
	 * @throws Problem If one was.
	 */
	public static function require_bare_flags(): void {
		$flags = array_filter( self::synopsis(), static fn ( array $part ): bool => 'flag' === $part['type'] );
		foreach ( array_intersect_key( self::typed_options(), array_column( $flags, null, 'name' ) ) as $name => $value ) {
			if ( is_string( $value ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, "--$name takes no value. Nothing was done.", "Type --$name, or leave it out." );
			}
		}
	}

	/**
	 * Refuses what makes a second order, cancels one or forgets a record where a wp-cli.yml asks for it, such as one in the site's
	 * folder, which WP-CLI reads if it is started there: that is the wish of whoever types the command.
	 *
	 * @param string               $command    Its name, after `wccom-host`: other code may call it, while another was typed.
	 * @param array<string, mixed> $assoc_args The options that arrived: `--no-force` may have been typed.
	 * @throws Problem If one does.
	 */
	public static function require_typed( string $command, array $assoc_args ): void {
		$defaults = (array) ( WP_CLI::get_runner()->extra_config[ "wccom-host $command" ] ?? [] );
		$wishes   = array_intersect_key( array_filter( $defaults ), array_filter( $assoc_args ) );
		foreach ( array_intersect( self::TYPED, array_keys( $wishes ) ) as $name ) {
			throw new Problem( Exit_Code::PREFLIGHT, "A wp-cli.yml has `$name` for this command, which counts only if it is typed. Nothing was done.", "Remove it there (wp cli info names the files), and type --$name if it is meant." );
		}
	}

	/**
	 * An option as it is typed.
	 *
	 * @param string $name  Its name.
	 * @param mixed  $value Its value; for a flag true, or false.
	 */
	public static function option( string $name, mixed $value ): string {
		return match ( $value ) {
			true    => "--$name",
			false   => "--no-$name",
			default => "--$name=" . self::quoted( (string) $value ),
		};
	}

	/**
	 * A word as it is typed.
	 *
	 * @param string $word The word.
	 */
	public static function quoted( string $word ): string {
		return 1 === preg_match( '~^[A-Za-z0-9_./:@=-]+$~D', $word ) ? $word : escapeshellarg( $word );
	}

	/**
	 * The options that were typed; none if other code has called the command.
	 *
	 * @return array<string, mixed>
	 */
	private static function typed_options(): array {
		$runner = WP_CLI::get_runner();
		return 'wccom-host' === ( $runner->arguments[0] ?? '' ) ? $runner->assoc_args : [];
	}

	/**
	 * The parts of the synopsis of the command that was typed; none if other code has called it.
	 *
	 * @return list<array<string, mixed>>
	 */
	private static function synopsis(): array {
		$runner  = WP_CLI::get_runner();
		$command = [] === self::typed_options() ? null : $runner->find_command_to_run( $runner->arguments );
		return is_array( $command ) ? SynopsisParser::parse( (string) $command[0]->get_synopsis() ) : [];
	}
}
