<?php
/**
 * The command `wp wccom-host site get`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Shows a site, as WooCommerce.com has it.
 */
final class Site_Command {

	private const FIELDS = [ 'site_id', 'order_ids', 'connections' ];

	/**
	 * Shows the orders of a site, and its products that are in use.
	 *
	 * Nothing is changed. Runs without WordPress, if the site is named.
	 *
	 * ## OPTIONS
	 *
	 * [<site-id>]
	 * : The site's number at WooCommerce.com. Default: that of this site's
	 * connection, for which WordPress is loaded.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme, where WordPress is loaded at all.
	 *
	 * [--field=<field>]
	 * : Print the value of one field.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - csv
	 *   - json
	 *   - yaml
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * * site_id
	 * * order_ids: by status, completed and cancelled
	 * * connections: order_id, site_url (without a scheme), and product_slug or product_name, whichever the service sends
	 *
	 * ## EXAMPLES
	 *
	 *     # A site, where there is no WordPress.
	 *     $ wp wccom-host site get 42506 --key-file=/etc/wccom-host/key
	 *     +-------------+---------------------------------------------------------+
	 *     | Field       | Value                                                   |
	 *     +-------------+---------------------------------------------------------+
	 *     | site_id     | 42506                                                   |
	 *     | order_ids   | 2666930 (completed)                                     |
	 *     | order_ids   | 2666931 (completed)                                     |
	 *     | order_ids   | 2666932 (cancelled)                                     |
	 *     | connections | WooCommerce Bookings on shop.example.com, order 2666931 |
	 *     | connections | Galleria on shop.example.com, order 2666931             |
	 *     +-------------+---------------------------------------------------------+
	 *
	 *     # The orders of this site.
	 *     $ wp wccom-host site get --field=order_ids --format=json
	 *     {"completed":[2666930,2666931],"cancelled":[2666932]}
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the site is not connected: nothing was sent
	 * * 3: WooCommerce.com refused: there is no such site, or the key is wrong
	 * * 4: no answer, or none of use: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The site, or nothing.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function get( array $args, array $assoc_args ): void {
		Reading::start(
			'site get',
			$assoc_args,
			static function () use ( $args, $assoc_args ): void {
				$output  = new Output( $assoc_args, self::FIELDS );
				$site_id = $args[0] ?? self::own_site_id();
				$options = Extension::reading_options( $assoc_args );
				$site    = Progress::awaiting( static fn (): array => wccom_host_site( $site_id, $options ) );
				$output->item( [ 'site_id' => is_string( $site_id ) && (string) (int) $site_id === $site_id ? (int) $site_id : $site_id ] + ( $output->is_format( 'table' ) ? self::in_words( $site ) : $site ) );
			}
		);
	}

	/**
	 * The number of this site.
	 *
	 * @throws Problem If it has none.
	 */
	private static function own_site_id(): int|string {
		Reading::load_site( '<site-id>' );
		$site_id = Connection::stored()['site_id'] ?? 0;
		if ( ! $site_id ) {
			throw new Problem( Exit_Code::PREFLIGHT, home_url() . ' is not connected, and so has no number at WooCommerce.com. Nothing was sent.', 'Give <site-id>, or see: ' . Site::command( 'status' ) );
		}
		return $site_id;
	}

	/**
	 * A site with a text for each order and each product.
	 *
	 * @param array{order_ids: array<string, list<int|string>>, connections: list<array<string, mixed>>} $site The site.
	 * @return array{order_ids: list<string>, connections: list<string>}
	 */
	private static function in_words( array $site ): array {
		$order_ids = [];
		foreach ( $site['order_ids'] as $status => $ids ) {
			foreach ( $ids as $id ) {
				$order_ids[] = "$id ($status)";
			}
		}
		return [
			'order_ids'   => $order_ids,
			'connections' => array_map(
				static fn ( array $connection ): string => ( $connection['product_slug'] ?? $connection['product_name'] ?? '?' ) . " on {$connection['site_url']}, order {$connection['order_id']}",
				$site['connections']
			),
		];
	}
}
