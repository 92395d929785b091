<?php
/**
 * The subscription by which a product on this site gets updates and support.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * WooCommerce connects it when a plugin is activated, and says nothing if it could not: here somebody looks.
 */
final class Product_Licence {

	/**
	 * Where WooCommerce keeps the subscriptions, for hours, and an empty list for a while after it was given none.
	 */
	private const SUBSCRIPTIONS = '_woocommerce_helper_subscriptions';

	/**
	 * The numbers of the products whose licences WooCommerce has connected in this process.
	 *
	 * @var list<string>
	 */
	private array $connected = [];

	/**
	 * Begins to watch WooCommerce, which is to ask for the subscriptions anew: a licence that it does not know of yet, it
	 * would not connect.
	 */
	public function __construct() {
		self::forget_subscriptions();
		add_action(
			'woocommerce_helper_subscription_activate_success',
			function ( mixed $product_id ): void {
				$this->connected[] = (string) $product_id;
			}
		);
	}

	/**
	 * Sees to it that the licence of an active plugin is connected.
	 *
	 * @param Installed_Product $plugin The plugin.
	 * @return string|null Why none is connected, and none can be; null if one is, or none is needed.
	 * @throws Product_Failure If there is one, and WooCommerce could not connect it.
	 */
	public function ensure( Installed_Product $plugin ): ?string {
		if ( '' === $plugin->woo_id || $this->is_connected_now( $plugin ) || ! class_exists( 'WC_Helper' ) || ! Connection::is_complete( Connection::stored() ) ) {
			return null;
		}
		try {
			// The keys of the licences are in the statements.
			return Quiet_Database::during( fn (): ?string => $this->connect( $plugin ) );
		} catch ( \Error | \LogicException $error ) {
			// Not its message: WooCommerce may quote a request, with the token.
			throw new Product_Failure( 'its licence is not connected: ' . get_class( $error ) . ' in ' . $error->getFile() . ':' . $error->getLine() );
		}
	}

	/**
	 * Looks for a subscription, and has it connected.
	 *
	 * @param Installed_Product $plugin The plugin.
	 * @return string|null As ensure().
	 * @throws Product_Failure As ensure().
	 */
	private function connect( Installed_Product $plugin ): ?string {
		$subscriptions = self::subscriptions();
		if ( [] === $subscriptions ) {
			// Perhaps WooCommerce.com was out of reach for a moment.
			self::forget_subscriptions();
			$subscriptions = self::subscriptions();
		}
		if ( [] === $subscriptions && ! Order_Record::is_cancelled( Order_Record::stored() ) ) {
			throw new Product_Failure( 'its licence is not connected: WooCommerce got no list of subscriptions from WooCommerce.com' );
		}
		$own = array_filter( $subscriptions, static fn ( mixed $subscription ): bool => is_array( $subscription ) && (string) ( $subscription['product_id'] ?? '' ) === $plugin->woo_id && empty( $subscription['expired'] ) );
		if ( [] === $own ) {
			return 'no subscription has it: it gets no updates';
		}
		if ( [] !== array_filter( $own, static fn ( array $subscription ): bool => self::is_of_this_site( $subscription ) ) ) {
			return null;
		}
		// What the activation sets off, for a plugin that is active already.
		\WC_Helper::activated_plugin( $plugin->file );
		if ( ! $this->is_connected_now( $plugin ) ) {
			throw new Product_Failure( 'its licence is not connected: WooCommerce.com did not accept it, or could not be reached' );
		}
		return null;
	}

	/**
	 * Whether WooCommerce has connected it in this process.
	 *
	 * @param Installed_Product $plugin The plugin.
	 */
	public function is_connected_now( Installed_Product $plugin ): bool {
		return in_array( $plugin->woo_id, $this->connected, true );
	}

	/**
	 * Has WooCommerce ask for the subscriptions anew.
	 */
	private static function forget_subscriptions(): void {
		Quiet_Database::during( static fn (): bool => delete_transient( self::SUBSCRIPTIONS ) );
	}

	/**
	 * The subscriptions, as WooCommerce has them.
	 *
	 * @return array<mixed>
	 */
	private static function subscriptions(): array {
		return (array) \WC_Helper::get_subscriptions();
	}

	/**
	 * Whether a subscription is connected to this site.
	 *
	 * @param array<string, mixed> $subscription The subscription.
	 */
	private static function is_of_this_site( array $subscription ): bool {
		return in_array( (int) ( Connection::stored()['site_id'] ?? 0 ), array_map( 'intval', (array) ( $subscription['connections'] ?? [] ) ), true );
	}
}
