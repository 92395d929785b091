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
	 * The line of one site: the first that has a connection, or the first that says why there is none.
	 *
	 * @param string $path The file.
	 * @param string $url  The site's address.
	 * @throws Problem If the file cannot be read, or has no line for the site.
	 */
	public static function line_of( string $path, string $url ): string {
		$without_connection = null;
		foreach ( self::lines( $path ) as $line ) {
			$value = json_decode( $line, true, 8, JSON_BIGINT_AS_STRING );
			if ( ! is_array( $value ) || ! Site::is_same( $value['url'] ?? null, $url ) ) {
				continue;
			}
			if ( null !== ( $value['auth'] ?? null ) ) {
				return $line;
			}
			$without_connection ??= $line;
		}
		return $without_connection ?? throw new Problem(
			Exit_Code::PREFLIGHT,
			"--registrations=$path has no line for $url. Nothing was stored.",
			'Was this site in the list that was registered? If under another address that belongs to it, name that one: --site-url=<url>',
			...( is_file( $path ) ? [] : [ 'A pipe can be read once: for more than one site, give a file.' ] )
		);
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
