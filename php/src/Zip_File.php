<?php
/**
 * A zip file as it came from the store.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Reads all of it once, before anything is replaced: WordPress's unzipping does not look at checksums.
 */
final class Zip_File {

	/**
	 * As much of a file as WordPress searches for a header.
	 */
	private const HEAD = 8192;

	/**
	 * Bytes that no product has when it is unpacked: what has more is made to fill the disk.
	 */
	private const MAX_BYTES = 2 ** 31;

	/**
	 * The files in it, whose names and checksums are right, each with its beginning.
	 *
	 * @param string $file The zip file.
	 * @return array<string, string> By name.
	 * @throws Product_Failure If it is damaged or not a zip file, or does not keep to its place.
	 */
	public static function contents( string $file ): array {
		// As WordPress chooses, which unpacks it.
		$is_native = class_exists( 'ZipArchive', false ) && apply_filters( 'unzip_file_use_ziparchive', true );
		$contents  = [];
		foreach ( $is_native ? self::native( $file ) : self::pclzip( $file ) as $name => [ $crc, $found_crc, $head ] ) {
			self::require_safe_name( (string) $name );
			if ( $crc !== $found_crc || isset( $contents[ $name ] ) ) {
				throw new Product_Failure( 'the file from the store is damaged (' . self::shown( (string) $name ) . ')' );
			}
			$contents[ $name ] = $head;
		}
		if ( [] === $contents ) {
			throw new Product_Failure( 'what came from the store is not a whole zip file' );
		}
		return $contents;
	}

	/**
	 * Reads it with PHP's own extension.
	 *
	 * @param string $file The zip file.
	 * @return \Generator<string, array{int, int, string}> Checksum as written and as found, and beginning, by name.
	 * @throws Product_Failure If it cannot be read, or is too large.
	 */
	private static function native( string $file ): \Generator {
		$zip = new \ZipArchive();
		if ( true !== $zip->open( $file, \ZipArchive::CHECKCONS ) ) {
			throw new Product_Failure( 'what came from the store is not a whole zip file' );
		}
		$entries = [];
		for ( $index = 0; $index < $zip->numFiles; $index++ ) {
			$entries[] = $zip->statIndex( $index );
		}
		self::require_room( array_column( $entries, 'size' ) );
		foreach ( $entries as $entry ) {
			if ( self::is_ignored( $entry['name'] ) ) {
				continue;
			}
			$stream  = @$zip->getStream( $entry['name'] );
			$content = false === $stream ? '' : self::read( $stream, $entry['size'], $found );
			yield $entry['name'] => [ $entry['crc'], false === $stream ? -1 : $found, $content ];
		}
	}

	/**
	 * Reads one file in it, and not more than it says that it has.
	 *
	 * @param resource $stream The file.
	 * @param int      $size   How many bytes it says that it has.
	 * @param int|null $crc    The checksum of what was read; -1 if it has more.
	 * @param-out int $crc
	 * @return string Its beginning.
	 */
	private static function read( mixed $stream, int $size, ?int &$crc ): string {
		$hash = hash_init( 'crc32b' );
		$head = '';
		$left = $size;
		while ( $left >= 0 && ! feof( $stream ) ) {
			$part = (string) @fread( $stream, 65536 );
			if ( '' === $part ) {
				break;
			}
			$left -= strlen( $part );
			$head .= substr( $part, 0, max( 0, self::HEAD - strlen( $head ) ) );
			hash_update( $hash, $part );
		}
		fclose( $stream );
		$crc = $left < 0 ? -1 : (int) hexdec( hash_final( $hash ) );
		return $head;
	}

	/**
	 * Reads it with the class that WordPress brings along, for a PHP without the extension.
	 *
	 * @param string $file The zip file.
	 * @return \Generator<string, array{int, int, int, string}> As native().
	 * @throws Product_Failure If it cannot be read.
	 */
	private static function pclzip( string $file ): \Generator {
		require_once ABSPATH . 'wp-admin/includes/class-pclzip.php';
		mbstring_binary_safe_encoding();
		try {
			$listed = @( new \PclZip( $file ) )->listContent();
			self::require_room( array_column( is_array( $listed ) ? $listed : [], 'size' ) );
			$entries = @( new \PclZip( $file ) )->extract( PCLZIP_OPT_EXTRACT_AS_STRING );
		} finally {
			reset_mbstring_encoding();
		}
		if ( ! is_array( $entries ) ) {
			throw new Product_Failure( 'what came from the store is not a whole zip file' );
		}
		foreach ( $entries as $entry ) {
			$content = (string) ( $entry['content'] ?? '' );
			if ( ! self::is_ignored( $entry['filename'] ) && ! $entry['folder'] ) {
				yield $entry['filename'] => [ $entry['crc'] & 0xffffffff, crc32( $content ), substr( $content, 0, self::HEAD ) ];
			}
		}
	}

	/**
	 * Whether an entry is a folder, or one that WordPress leaves out too.
	 *
	 * @param string $name Its name.
	 */
	private static function is_ignored( string $name ): bool {
		return ( str_ends_with( $name, '/' ) && self::is_safe( $name ) ) || str_starts_with( $name, '__MACOSX/' );
	}

	/**
	 * Refuses a file that would lie elsewhere than in its folder.
	 *
	 * @param string $name Its name.
	 * @throws Product_Failure If so.
	 */
	private static function require_safe_name( string $name ): void {
		if ( ! self::is_safe( $name ) ) {
			throw new Product_Failure( 'the zip file from the store has a file with an unsafe name (' . self::shown( $name ) . ')' );
		}
	}

	/**
	 * Whether a name stays below the folder that it is unpacked to.
	 *
	 * @param string $name The name.
	 */
	private static function is_safe( string $name ): bool {
		return '' !== $name && '/' !== $name[0] && 1 !== preg_match( '~[\\\\\x00-\x1f\x7f]|(^|/)\.\.?(/|$)|//~', $name ) && 0 === validate_file( $name );
	}

	/**
	 * A name as it can be printed.
	 *
	 * @param string $name The name.
	 */
	private static function shown( string $name ): string {
		return substr( (string) preg_replace( '/[^\x20-\x7e]/', '?', $name ), 0, 100 );
	}

	/**
	 * Refuses, before anything is unpacked, what is too large, or what the disk has no room for: twice, since the old version
	 * stays until the new one is in its place.
	 *
	 * @param list<int> $sizes What each of the files needs, in bytes.
	 * @throws Product_Failure If it is too much.
	 */
	private static function require_room( array $sizes ): void {
		$bytes = array_sum( $sizes );
		if ( $bytes > self::MAX_BYTES ) {
			throw new Product_Failure( 'the zip file from the store is too large: ' . size_format( $bytes ) . ' when it is unpacked, and ' . size_format( self::MAX_BYTES ) . ' are allowed' );
		}
		$free = function_exists( 'disk_free_space' ) ? @disk_free_space( WP_CONTENT_DIR ) : false;
		if ( false !== $free && $free < 2 * $bytes ) {
			throw new Product_Failure( 'the disk of ' . WP_CONTENT_DIR . ' has not enough room: ' . size_format( 2 * $bytes ) . ' are needed' );
		}
	}
}
