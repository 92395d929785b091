<?php
/**
 * Names of these commands that code of the site has taken.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A function in this namespace would be called in the place of PHP's or the extension's own, and a class that is there before
 * its file is loaded, in the place of that.
 */
final class Own_Names {

	/**
	 * Refuses to go on among such names.
	 *
	 * @param int    $exit_code The exit code.
	 * @param string ...$words  What it means, after the names.
	 * @throws Problem If there are some.
	 */
	public static function require_own( int $exit_code, string ...$words ): void {
		$taken = [ ...self::functions(), ...self::classes() ];
		if ( [] !== $taken ) {
			throw new Problem( $exit_code, 'Code of this site has taken names of these commands: ' . implode( ', ', $taken ) . '. ' . implode( ' ', $words ) );
		}
	}

	/**
	 * Functions in this namespace, which has none.
	 *
	 * @return list<string>
	 */
	private static function functions(): array {
		$taken = [];
		foreach ( \get_defined_functions()['user'] as $name ) {
			if ( \str_starts_with( $name, 'wccomhost\\cli\\' ) ) {
				$function = new \ReflectionFunction( $name );
				$taken[]  = $function->getName() . '() in ' . $function->getFileName();
			}
		}
		return $taken;
	}

	/**
	 * Classes in this namespace whose files are not here.
	 *
	 * @return list<string>
	 */
	private static function classes(): array {
		$taken = [];
		foreach ( [ ...\get_declared_classes(), ...\get_declared_interfaces(), ...\get_declared_traits() ] as $name ) {
			if ( 0 === \strncasecmp( $name, __NAMESPACE__ . '\\', \strlen( __NAMESPACE__ ) + 1 ) ) {
				$file = ( new \ReflectionClass( $name ) )->getFileName();
				if ( \dirname( (string) $file ) !== __DIR__ ) {
					$taken[] = "$name in $file";
				}
			}
		}
		return $taken;
	}
}
