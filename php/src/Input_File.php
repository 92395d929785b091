<?php
/**
 * A file that an option or an argument names.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Or standard input, or a pipe.
 */
final class Input_File {

	/**
	 * Opens it.
	 *
	 * @param string $path Its path; `-` is standard input.
	 * @return resource|false False: it is not a file that this user can read.
	 */
	public static function open( string $path ) {
		if ( self::is_standard_input( $path ) ) {
			return STDIN;
		}
		if ( '' === $path || str_contains( $path, "\0" ) || is_dir( $path ) ) {
			return false;
		}
		// PHP cannot open a pipe by its name in /dev, as bash gives one for <( ... ).
		return @fopen( (string) preg_replace( '~^/(?:dev|proc/self)/fd/(?=\d+$)~', 'php://fd/', $path ), 'rb' );
	}

	/**
	 * Whether it is standard input.
	 *
	 * @param string|null $path The option's value, if it was given.
	 */
	public static function is_standard_input( ?string $path ): bool {
		return in_array( $path, [ '-', '/dev/stdin' ], true );
	}
}
