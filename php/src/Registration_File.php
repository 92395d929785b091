<?php
/**
 * The output of `register-many`, from which `connect` takes its line.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A file of JSON lines, one for each site. Read line by line: it may be long.
 */
final class Registration_File {

	/**
	 * The line of one site: the first that has a connection, or the first that says why there is none. A line that has the address
	 * as the site's own counts before one that has it as the registered one.
	 *
	 * @param string $path The file.
	 * @param string $url  The site's own address, or the one that was registered.
	 * @throws Problem If the file cannot be read, or has no line for the site.
	 */
	public static function line_of( string $path, string $url ): string {
		$found = [];
		foreach ( self::lines( $path ) as $line ) {
			$value = json_decode( $line, true, 8, JSON_BIGINT_AS_STRING );
			$rank  = is_array( $value ) ? self::rank( $value, $url ) : null;
			if ( null !== $rank ) {
				$found[ $rank ] ??= $line;
			}
			if ( 0 === $rank ) {
				break;
			}
		}
		ksort( $found );
		return reset( $found ) ?: throw new Problem(
			Exit_Code::PREFLIGHT,
			"--registrations=$path has no line for $url. Nothing was stored.",
			'Was this site in the list that was registered? If under another address that belongs to it, name that one: --site-url=<url>',
			...( is_file( $path ) ? [] : [ 'A pipe can be read once: for more than one site, give a file.' ] )
		);
	}

	/**
	 * The addresses of a line: first the site's own, then the one that was registered, if it is another.
	 *
	 * @param array<string, mixed> $line The line.
	 * @return list<string>
	 */
	public static function addresses( #[\SensitiveParameter] array $line ): array {
		return array_values( array_filter( [ $line['home_url'] ?? null, $line['url'] ?? null ], 'is_string' ) );
	}

	/**
	 * How well a line fits a site: 0 is best.
	 *
	 * @param array<string, mixed> $line The line.
	 * @param string               $url  The site's own address, or the one that was registered.
	 * @return int|null Null: not at all.
	 */
	private static function rank( #[\SensitiveParameter] array $line, string $url ): ?int {
		$place = array_key_first( array_filter( self::addresses( $line ), static fn ( string $address ): bool => Site::is_same( $address, $url ) ) );
		if ( null === $place ) {
			return null;
		}
		return 3 * $place + match ( true ) {
			isset( $line['auth'] )                      => 0,
			// It has its result at once, before the one that counts.
			'duplicate' === ( $line['status'] ?? null ) => 2,
			default                                     => 1,
		};
	}

	/**
	 * The lines of a file.
	 *
	 * @param string $path The file.
	 * @return iterable<string>
	 * @throws Problem If it cannot be read.
	 */
	private static function lines( string $path ): iterable {
		$stream = Input_File::open( $path );
		if ( false === $stream ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--registrations=$path is not a file that this user can read. Nothing was stored.", 'Check the path and its permissions.' );
		}
		return self::lines_of( $stream );
	}

	/**
	 * The lines of a stream.
	 *
	 * @param resource $stream The stream.
	 * @return \Generator<int, string>
	 */
	private static function lines_of( $stream ): \Generator {
		for ( $line = fgets( $stream ); false !== $line; $line = fgets( $stream ) ) {
			yield $line;
		}
		fclose( $stream );
	}
}
