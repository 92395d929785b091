<?php
/**
 * Which products a command is about.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Their slugs, as they were given on the command line.
 */
final class Product_Choice {

	/**
	 * The slugs in the value of an option.
	 *
	 * @param string $option The option.
	 * @param string $value  Its value: slugs, separated by commas.
	 * @return list<string>
	 * @throws Problem If one of them is none.
	 */
	public static function of_list( string $option, string $value ): array {
		return self::checked( $option, array_map( 'trim', explode( ',', $value ) ) );
	}

	/**
	 * The slugs that were named one by one; null for all.
	 *
	 * @param list<string> $named  Those that were named.
	 * @param bool         $is_all Whether --all was given.
	 * @return list<string>|null
	 * @throws Problem If not exactly one of both was given, or a slug is none.
	 */
	public static function of_arguments( array $named, bool $is_all ): ?array {
		if ( $is_all === ( [] !== $named ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, $is_all ? 'Both slugs and --all were given. Nothing was changed.' : 'Which products? Nothing was changed.', 'Name them by their slugs, or give --all for all of the package: wp wccom-host product list' );
		}
		return $is_all ? null : self::checked( '<slug>', $named );
	}

	/**
	 * The slugs, each once.
	 *
	 * @param string       $what  Where they come from.
	 * @param list<string> $slugs The slugs.
	 * @return list<string>
	 * @throws Problem If one of them is none.
	 */
	private static function checked( string $what, array $slugs ): array {
		foreach ( $slugs as $slug ) {
			if ( 1 !== preg_match( '/^[a-z0-9_-]{1,200}$/D', $slug ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, "$what: " . ( '' === $slug ? 'an empty slug' : "\"$slug\" is not a slug" ) . '. Nothing was changed.', 'A slug is made of the letters a to z, digits, - and _. See: wp wccom-host product list' );
			}
		}
		return array_values( array_unique( $slugs ) );
	}
}
