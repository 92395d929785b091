<?php
/**
 * Products that WooCommerce.com installs on this site.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * It is asked for each, and then calls the site with the saved connection: the site must be on the internet for that.
 */
final class Remote_Installation {

	/**
	 * For the order of this site.
	 *
	 * @param int|string           $order_id The order.
	 * @param string               $url      The address that WooCommerce.com knows the site by.
	 * @param array<string, mixed> $options  The options of the extension, with the key.
	 */
	private function __construct( private int|string $order_id, private string $url, #[\SensitiveParameter] private array $options ) {}

	/**
	 * For the order on record.
	 *
	 * @param array<string, mixed> $options The options of the extension, with the key.
	 * @throws Problem If there is none.
	 */
	public static function of_this_site( #[\SensitiveParameter] array $options ): self {
		$order = Order_Record::stored();
		if ( empty( $order['order_id'] ) || Order_Record::is_cancelled( $order ) || ! Connection::is_complete( Connection::stored() ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'--via=api needs the order of this site, and its connection. ' . ( empty( $order['order_id'] ) ? 'The order is not on record here.' : ( Order_Record::is_cancelled( $order ) ? "Order {$order['order_id']} is cancelled." : 'The site is not connected.' ) ) . ' Nothing was sent.',
				'See: ' . Site::command( 'status' )
			);
		}
		return new self( $order['order_id'], (string) ( ( $order['url'] ?? '' ) ?: home_url() ), $options );
	}

	/**
	 * Asks for each product; when one fails, the others go on.
	 *
	 * @param list<string>    $slugs   The products.
	 * @param Product_Results $results Where it is kept what became of each.
	 */
	public function run( array $slugs, Product_Results $results ): void {
		foreach ( $slugs as $slug ) {
			$results->set_reached( $slug, 'unknown', "the command was ended while WooCommerce.com was asked; {$this->advice()}" );
			try {
				[ $status, $reason ] = $this->outcome( $slug );
			} catch ( Interrupted ) {
				$results->set( $slug, 'unknown', "the command was interrupted while WooCommerce.com was asked; {$this->advice()}" );
				return;
			}
			$results->set( $slug, $status, $reason );
		}
	}

	/**
	 * Asks for one.
	 *
	 * @param string $slug The product.
	 * @return array{string, string|null} Status and reason.
	 * @throws Interrupted When a signal comes.
	 */
	private function outcome( string $slug ): array {
		$request = [
			'product_slug' => $slug,
			'url'          => $this->url,
			'order_id'     => $this->order_id,
		];
		try {
			$answer = Interrupted::or_done( fn (): array => wccom_host_install( $request, $this->options ) );
		} catch ( \WccomHost\Exception $exception ) {
			$reason = rtrim( $exception->getMessage(), '.' );
			return 'unknown' === $exception->outcome ? [ 'unknown', "$reason; {$this->advice()}" ] : [ 'failed', $reason ];
		}
		return match ( true ) {
			$answer['success']             => [ 'installed', null ],
			'failed' === $answer['status'] => [ 'failed', 'WooCommerce.com says that it could not install it' ],
			default                        => [ 'unknown', "WooCommerce.com says \"{$answer['status']}\"; {$this->advice()}" ],
		};
	}

	/**
	 * How to find out what became of a request.
	 */
	private function advice(): string {
		return "to find out: wp wccom-host order connections $this->order_id";
	}
}
