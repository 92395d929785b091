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

	private const DESCRIPTOR = '~^/(?:dev|proc/self)/fd/(?=\d+$)~';

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
		return @fopen( (string) preg_replace( self::DESCRIPTOR, 'php://fd/', $path ), 'rb' );
	}

	/**
	 * Whether two paths name one file now.
	 *
	 * @param string $path One.
	 * @param string $file The other; `-` is standard input.
	 */
	public static function is_same( string $path, string $file ): bool {
		$identity = self::identity( @stat( self::is_standard_input( $file ) ? '/dev/stdin' : $file ) );
		return '' !== $identity && self::identity( @stat( $path ) ) === $identity;
	}

	/**
	 * What tells a file from all others.
	 *
	 * @param array<string|int, int>|false $status Its status.
	 * @return string Empty if it is not a file.
	 */
	public static function identity( array|false $status ): string {
		return false !== $status && 0100000 === ( $status['mode'] & 0170000 ) ? "{$status['dev']} {$status['ino']}" : '';
	}

	/**
	 * Whether it is a descriptor that the shell has opened, as for <( ... ): no other process has it by that name.
	 *
	 * @param string $path The path.
	 */
	public static function is_descriptor( string $path ): bool {
		return 1 === preg_match( self::DESCRIPTOR, $path );
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
