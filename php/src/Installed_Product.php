<?php
/**
 * A plugin or theme that the site has.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Finds it, and tells whether it is the same product as the one in an archive.
 */
final class Installed_Product {

	/**
	 * What the site has.
	 *
	 * @param string $type    Either `plugin` or `theme`.
	 * @param string $folder  Its folder.
	 * @param string $file    What WordPress calls it: a plugin's main file with its folder, or a theme's folder.
	 * @param string $name    Its name.
	 * @param string $version Its version; may be empty.
	 * @param string $woo_id  Its number at WooCommerce.com; may be empty.
	 */
	private function __construct(
		public readonly string $type,
		public readonly string $folder,
		public readonly string $file,
		public readonly string $name,
		public readonly string $version,
		public readonly string $woo_id,
	) {}

	/**
	 * What lies in a folder.
	 *
	 * @param string|null $type   Either `plugin` or `theme`; null if that is not known.
	 * @param string      $folder The folder.
	 */
	public static function in_folder( ?string $type, string $folder ): ?self {
		foreach ( self::all( $type ) as $product ) {
			if ( $product->folder === $folder ) {
				return $product;
			}
		}
		return null;
	}

	/**
	 * The same product in another folder than the archive's.
	 *
	 * @param Product_Archive $archive The archive.
	 */
	public static function elsewhere( Product_Archive $archive ): ?self {
		foreach ( self::all( $archive->type ) as $product ) {
			if ( $product->folder !== $archive->folder && '' !== $archive->woo_id && $product->woo_id === $archive->woo_id ) {
				return $product;
			}
		}
		return null;
	}

	/**
	 * Whether an archive has another version of this product, and not something else that has the same folder. The number
	 * at WooCommerce.com decides. Where one of both has none, the folder must be the one that is named after the product,
	 * and the name the same: anybody can name a file as another plugin's.
	 *
	 * @param Product_Archive $archive The archive, whose folder is this one.
	 * @param string          $slug    The product in it.
	 */
	public function is_same( Product_Archive $archive, string $slug ): bool {
		if ( '' !== $this->woo_id && '' !== $archive->woo_id ) {
			return $this->woo_id === $archive->woo_id;
		}
		// WordPress gives the name of a theme with entities.
		return $this->folder === $slug && html_entity_decode( $this->name ) === html_entity_decode( $archive->name );
	}

	/**
	 * Whether it is WooCommerce, wherever it lies: nothing of it is a product's.
	 */
	public function is_woocommerce(): bool {
		return 'plugin' === $this->type && 'woocommerce.php' === basename( $this->file );
	}

	/**
	 * Whether it is in use on this site.
	 */
	public function is_active(): bool {
		return 'plugin' === $this->type ? is_plugin_active( $this->file ) : in_array( $this->file, [ get_stylesheet(), get_template() ], true );
	}

	/**
	 * Where it lies.
	 */
	public function path(): string {
		return 'plugin' === $this->type ? WP_PLUGIN_DIR . "/$this->folder" : get_theme_root( $this->file ) . "/$this->folder";
	}

	/**
	 * Has the next look see what is there then.
	 */
	public static function forget_known(): void {
		wp_clean_plugins_cache( false );
		wp_clean_themes_cache( false );
	}

	/**
	 * All that the site has. WooCommerce has WordPress read the header `Woo` too.
	 *
	 * @param string|null $type Either `plugin` or `theme`; null for both.
	 * @return \Generator<self>
	 */
	private static function all( ?string $type ): \Generator {
		foreach ( 'theme' === $type ? [] : get_plugins() as $file => $data ) {
			yield new self( 'plugin', dirname( $file ), $file, $data['Name'], $data['Version'], explode( ':', $data['Woo'] ?? '' )[0] );
		}
		foreach ( 'plugin' === $type ? [] : wp_get_themes( [ 'errors' => null ] ) as $folder => $theme ) {
			yield new self( 'theme', (string) $folder, (string) $folder, (string) $theme->get( 'Name' ), (string) $theme->get( 'Version' ), explode( ':', (string) $theme->get( 'Woo' ) )[0] );
		}
	}
}
