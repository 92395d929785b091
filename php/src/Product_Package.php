<?php
/**
 * The products that the key may provision.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What `/info` says of them, asked once for all of them, with their signed download links: as good as a password each,
 * and never printed.
 */
final class Product_Package {

	/**
	 * The products, by slug.
	 *
	 * @var array<string, array{slug: string, name: string, type: 'plugin'|'theme'|null, version: ?string, download_link: ?string}>
	 */
	private array $products;

	/**
	 * Asks WooCommerce.com.
	 *
	 * @param array<string, mixed> $options The options of the extension, with the key.
	 * @throws Problem If it cannot be asked, or does not answer as documented.
	 */
	public function __construct( #[\SensitiveParameter] private array $options ) {
		try {
			$package = Progress::awaiting( static fn (): array => wccom_host_package( $options ) );
		} catch ( \WccomHost\Exception $exception ) {
			throw Failure::of_reading( $exception, [] );
		}
		$this->products = array_column( $package['products'], null, 'slug' );
	}

	/**
	 * The slugs that a command works on.
	 *
	 * @param list<string>|null $named Those that were asked for; null for all.
	 * @return list<string>
	 * @throws Problem If one of them is not in the package, or there is none at all.
	 */
	public function slugs( ?array $named ): array {
		$known   = array_map( 'strval', array_keys( $this->products ) );
		$missing = array_diff( $named ?? [], $known );
		if ( [] !== $missing ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'Not in the package of this key: ' . implode( ', ', array_map( fn ( string $slug ): string => $slug . $this->nearest( $slug ), $missing ) ) . '. Nothing was changed.',
				[] === $known ? 'The package has no products.' : 'Its products are: ' . implode( ', ', $known )
			);
		}
		if ( [] === $known ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The package of this key has no products. Nothing was changed.' );
		}
		return $named ?? $known;
	}

	/**
	 * Whether a product is a plugin or a theme; null if WooCommerce.com does not say.
	 *
	 * @param string $slug One of slugs().
	 */
	public function type( string $slug ): ?string {
		return $this->products[ $slug ]['type'] ?? null;
	}

	/**
	 * The version that can be had; null if WooCommerce.com does not say.
	 *
	 * @param string $slug One of slugs().
	 */
	public function version( string $slug ): ?string {
		return $this->products[ $slug ]['version'] ?? null;
	}

	/**
	 * Where its file can be had for a while.
	 *
	 * @param string $slug One of slugs().
	 * @throws Product_Failure If WooCommerce.com gives no link.
	 */
	public function link( string $slug ): string {
		return ( $this->products[ $slug ]['download_link'] ?? '' ) ?: throw new Product_Failure( 'WooCommerce.com gives no download link for it' );
	}

	/**
	 * Asks for a new link: the one at hand has expired.
	 *
	 * @param string $slug One of slugs().
	 * @throws Product_Failure If there is none to be had.
	 */
	public function refresh_link( string $slug ): void {
		try {
			$this->products[ $slug ]['download_link'] = wccom_host_product( $slug, $this->options )['download_link'];
		} catch ( \WccomHost\Exception $exception ) {
			throw new Product_Failure( 'its download link has expired, and a new one could not be had: ' . $exception->getMessage() );
		}
	}

	/**
	 * Forgets key and links, before code of a product runs.
	 */
	public function forget_secrets(): void {
		$this->options  = [];
		$this->products = array_map( static fn ( array $product ): array => array_merge( $product, [ 'download_link' => null ] ), $this->products );
	}

	/**
	 * What may have been meant by a slug, in parentheses.
	 *
	 * @param string $slug A slug that is not known.
	 */
	private function nearest( string $slug ): string {
		$distances = [];
		foreach ( array_keys( $this->products ) as $known ) {
			$distances[ $known ] = levenshtein( $slug, (string) $known );
		}
		asort( $distances );
		$nearest = array_key_first( $distances );
		return null !== $nearest && $distances[ $nearest ] <= 3 ? " (is it $nearest?)" : '';
	}
}
