<?php
/**
 * What the zip file of a product holds.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * One plugin or one theme, in one folder. Nothing else is unpacked on a customer's shop.
 */
final class Product_Archive {

	private const HEADERS = [
		'plugin' => [
			'name'    => 'Plugin Name',
			'version' => 'Version',
			'woo'     => 'Woo',
		],
		'theme'  => [
			'name'    => 'Theme Name',
			'version' => 'Version',
			'woo'     => 'Woo',
		],
	];

	/**
	 * The product in a file.
	 *
	 * @param string $type      Either `plugin` or `theme`.
	 * @param string $folder    The folder that it brings along.
	 * @param string $main_file The file with its header, in the folder.
	 * @param string $name      Its name.
	 * @param string $version   Its version; may be empty.
	 * @param string $woo_id    Its number at WooCommerce.com; may be empty.
	 */
	private function __construct(
		public readonly string $type,
		public readonly string $folder,
		public readonly string $main_file,
		public readonly string $name,
		public readonly string $version,
		public readonly string $woo_id,
	) {}

	/**
	 * Looks into a file.
	 *
	 * @param string      $file The file, in a folder where others can be written beside it.
	 * @param string|null $type What it is to be; null if that is not known.
	 * @throws Product_Failure If it is not the zip file of a plugin or a theme, or not of the one that it is to be.
	 */
	public static function read( string $file, ?string $type ): self {
		$contents = Zip_File::contents( $file );
		$folder   = self::folder( array_map( 'strval', array_keys( $contents ) ) );
		foreach ( null === $type ? array_keys( self::HEADERS ) : [ $type ] as $wanted ) {
			foreach ( self::candidates( $wanted, $folder, $contents ) as $name => $head ) {
				$header = self::header( $wanted, $head, "$file.header" );
				if ( '' !== $header['name'] ) {
					return new self( $wanted, $folder, substr( $name, strlen( "$folder/" ) ), $header['name'], $header['version'], explode( ':', $header['woo'] )[0] );
				}
			}
		}
		throw new Product_Failure( 'the zip file from the store holds no ' . ( $type ?? 'plugin and no theme' ) );
	}

	/**
	 * The one folder that all files lie in.
	 *
	 * @param list<string> $names The files.
	 * @throws Product_Failure If there is not exactly one.
	 */
	private static function folder( array $names ): string {
		$folders = array_unique( array_map( static fn ( string $name ): string => str_contains( $name, '/' ) ? explode( '/', $name )[0] : '', $names ) );
		if ( 1 !== count( $folders ) || 1 !== preg_match( '/^[A-Za-z0-9][\w.-]*$/D', (string) reset( $folders ) ) ) {
			throw new Product_Failure( 'the zip file from the store does not hold one folder with everything in it' );
		}
		return (string) reset( $folders );
	}

	/**
	 * The files that may have the header, with their beginnings, the likeliest first.
	 *
	 * @param string                $type     Either `plugin` or `theme`.
	 * @param string                $folder   The folder.
	 * @param array<string, string> $contents All files.
	 * @return array<string, string>
	 */
	private static function candidates( string $type, string $folder, array $contents ): array {
		if ( 'theme' === $type ) {
			return array_intersect_key( $contents, [ "$folder/style.css" => '' ] );
		}
		$likeliest  = array_intersect_key( $contents, [ "$folder/$folder.php" => '' ] );
		$candidates = array_filter( $contents, static fn ( mixed $name ): bool => 1 === preg_match( '~^[^/]+/[^/]+\.php$~', (string) $name ), ARRAY_FILTER_USE_KEY );
		ksort( $candidates );
		return $likeliest + $candidates;
	}

	/**
	 * The header in the beginning of a file, as WordPress reads it.
	 *
	 * @param string $type   Either `plugin` or `theme`.
	 * @param string $head   The beginning.
	 * @param string $beside A file to use.
	 * @return array{name: string, version: string, woo: string}
	 */
	private static function header( string $type, string $head, string $beside ): array {
		file_put_contents( $beside, $head );
		return get_file_data( $beside, self::HEADERS[ $type ] );
	}
}
