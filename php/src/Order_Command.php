<?php
/**
 * The commands `wp wccom-host order ...`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WccomHost\Orders;

/**
 * Shows the orders of a key, as WooCommerce.com has them.
 *
 * Nothing is changed. These commands need no site and run without WordPress,
 * unless the site's own order is meant.
 *
 * ## EXAMPLES
 *
 *     # How many orders were made in October?
 *     $ wp wccom-host order list --after=2026-10-01 --before=2026-11-01 --format=count
 *     2
 *
 *     # All there is about one order.
 *     $ wp wccom-host order get 2666930
 */
final class Order_Command {

	private const FIELDS      = [ 'id', 'status', 'date_created_gmt', 'customer_id', 'customer_email', 'line_items' ];
	private const MORE_FIELDS = [ 'date_created', 'date_created_timestamp', 'date_modified', 'date_modified_gmt', 'date_modified_timestamp' ];

	private const ONE_FIELDS      = [ 'id', 'status', 'date_created_gmt', 'date_modified_gmt', 'customer_id', 'customer_email', 'line_items', 'metadata' ];
	private const ONE_MORE_FIELDS = [ 'date_created', 'date_created_timestamp', 'date_modified', 'date_modified_timestamp' ];

	/**
	 * The statuses of orders in WooCommerce; a misspelt one would give an empty list.
	 */
	public const STATUSES = [ 'pending', 'processing', 'on-hold', 'completed', 'cancelled', 'refunded', 'failed' ];

	/**
	 * Lists the orders of a key, the newest first.
	 *
	 * They are read page by page, as far as --limit, and printed as they come,
	 * but for a table on a terminal. A new order can take a minute to show.
	 *
	 * ## OPTIONS
	 *
	 * [--after=<time>]
	 * : Only orders made after this time: a date (`2026-01-31` is midnight UTC),
	 * or a time with its zone, such as `2026-01-31T10:00:00Z`.
	 *
	 * [--before=<time>]
	 * : Only orders made before this time.
	 *
	 * [--status=<statuses>]
	 * : One or more, separated by commas: pending, processing, on-hold,
	 * completed, cancelled, refunded, failed; `any` stands for all of them.
	 * Default: completed, as the service has it.
	 *
	 * [--customer-id=<id>]
	 * : Only orders of one customer of WooCommerce.com.
	 *
	 * [--limit=<number>]
	 * : The most orders to list. Default: all.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each order.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format. `count` asks for the first page
	 * alone; `ids` are separated by spaces.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - csv
	 *   - json
	 *   - yaml
	 *   - ids
	 *   - count
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * By default:
	 *
	 * * id
	 * * status
	 * * date_created_gmt: without a zone, as the service sends it
	 * * customer_id
	 * * customer_email
	 * * line_items: the names of what was ordered
	 *
	 * If asked for:
	 *
	 * * date_created, date_modified: in the time of the service's shop
	 * * date_modified_gmt
	 * * date_created_timestamp, date_modified_timestamp: Unix time
	 *
	 * ## EXAMPLES
	 *
	 *     # The orders since October.
	 *     $ wp wccom-host order list --after=2026-10-01 --key-file=/etc/wccom-host/key
	 *     +---------+-----------+---------------------+-------------+------------------+--------------------------------------+
	 *     | id      | status    | date_created_gmt    | customer_id | customer_email   | line_items                           |
	 *     +---------+-----------+---------------------+-------------+------------------+--------------------------------------+
	 *     | 2666933 | completed | 2026-10-18T07:41:55 | 1872799     | alan@example.com | eCommerce Plan                       |
	 *     | 2666932 | completed | 2026-10-05T16:20:00 | 1872797     | ada@example.com  | eCommerce Plan, WooCommerce Bookings |
	 *     +---------+-----------+---------------------+-------------+------------------+--------------------------------------+
	 *
	 *     # How many orders of a customer are there, cancelled ones included?
	 *     $ wp wccom-host order list --customer-id=1872797 --status=any --format=count
	 *     2
	 *
	 *     # All orders, for a spreadsheet.
	 *     $ wp wccom-host order list --status=any --format=csv > orders.csv
	 *
	 *     # Whose order was cancelled last?
	 *     $ wp wccom-host order list --status=cancelled --limit=1 --field=customer_email
	 *     grace@example.com
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if there is no such order
	 * * 1: wrong use: nothing was sent
	 * * 3: WooCommerce.com refused: the key, for instance
	 * * 4: no answer, or none of use: try again; what was printed is not complete
	 *
	 * @subcommand list
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function list_( array $args, array $assoc_args ): void {
		Reading::start(
			'order list',
			$assoc_args,
			static function () use ( $assoc_args ): void {
				$output  = new Output( $assoc_args, self::FIELDS, self::MORE_FIELDS, 'id' );
				$limit   = self::limit( $assoc_args );
				$filters = self::filters( $assoc_args );
				$options = Extension::reading_options( $assoc_args );
				$orders  = wccom_host_orders( $filters, $options );
				$total   = static fn (): int => min( count( $orders ), $limit );
				if ( $output->is_format( 'count' ) ) {
					$output->count( Progress::awaiting( $total ) );
					return;
				}
				$rows = self::rows( $orders, $limit, $output->is_format( 'table', 'csv' ) );
				// Rows that come on a terminal are a sign of life themselves.
				$is_silent = $output->is_drawn() || ! Standard_Output::is_terminal();
				$output->items( $is_silent ? Progress::over( $rows, static fn (): int => self::known( $total ), 'Reading orders' ) : $rows );
			}
		);
	}

	/**
	 * Shows one order.
	 *
	 * ## OPTIONS
	 *
	 * [<order-id>]
	 * : The order. Default: the one of this site's registration, for which
	 * WordPress is loaded.
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
	 * By default:
	 *
	 * * id
	 * * status
	 * * date_created_gmt, date_modified_gmt: without a zone, as the service sends them
	 * * customer_id
	 * * customer_email
	 * * line_items: the names of what was ordered
	 * * metadata: what the partner sent along
	 *
	 * If asked for:
	 *
	 * * date_created, date_modified: in the time of the service's shop
	 * * date_created_timestamp, date_modified_timestamp: Unix time
	 *
	 * ## EXAMPLES
	 *
	 *     # An order, where there is no WordPress.
	 *     $ wp wccom-host order get 2666932 --key-file=/etc/wccom-host/key
	 *     +-------------------+--------------------------------------+
	 *     | Field             | Value                                |
	 *     +-------------------+--------------------------------------+
	 *     | id                | 2666932                              |
	 *     | status            | completed                            |
	 *     | date_created_gmt  | 2026-10-05T16:20:00                  |
	 *     | date_modified_gmt | 2026-10-05T16:20:00                  |
	 *     | customer_id       | 1872797                              |
	 *     | customer_email    | ada@example.com                      |
	 *     | line_items        | eCommerce Plan, WooCommerce Bookings |
	 *     | metadata          | {"plan":"gold"}                      |
	 *     +-------------------+--------------------------------------+
	 *
	 *     # Whether this site's order is in force.
	 *     $ wp wccom-host order get --field=status
	 *     completed
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the site has no order: nothing was sent
	 * * 3: WooCommerce.com refused: there is no such order, or the key is wrong
	 * * 4: no answer, or none of use: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The order, or nothing.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function get( array $args, array $assoc_args ): void {
		Reading::start(
			'order get',
			$assoc_args,
			static function () use ( $args, $assoc_args ): void {
				$output   = new Output( $assoc_args, self::ONE_FIELDS, self::ONE_MORE_FIELDS );
				$order_id = self::order_id( $args );
				$options  = Extension::reading_options( $assoc_args );
				$order    = Progress::awaiting( static fn (): array => wccom_host_order( $order_id, $options ) );
				// An empty map is no list.
				$order['metadata'] = (object) $order['metadata'];
				$output->item( self::row( $order, $output->is_format( 'table', 'csv' ) ) );
			}
		);
	}

	/**
	 * Lists the products of an order that are in use, and where.
	 *
	 * ## OPTIONS
	 *
	 * [<order-id>]
	 * : The order. Default: the one of this site's registration, for which
	 * WordPress is loaded.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme, where WordPress is loaded at all.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each product: product_slug or url.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: product_slug, url.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format. `ids` are the slugs, separated by
	 * spaces.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - csv
	 *   - json
	 *   - yaml
	 *   - ids
	 *   - count
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     # Where an order's products are in use.
	 *     $ wp wccom-host order connections 2666930
	 *     +----------------------+--------------------------+
	 *     | product_slug         | url                      |
	 *     +----------------------+--------------------------+
	 *     | woocommerce-bookings | https://shop.example.com |
	 *     | galleria             | https://shop.example.com |
	 *     +----------------------+--------------------------+
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if nothing is in use
	 * * 1: wrong use, or the site has no order: nothing was sent
	 * * 3: WooCommerce.com refused: there is no such order, or the key is wrong
	 * * 4: no answer, or none of use: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The order, or nothing.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function connections( array $args, array $assoc_args ): void {
		Reading::start(
			'order connections',
			$assoc_args,
			static function () use ( $args, $assoc_args ): void {
				$output   = new Output( $assoc_args, [ 'product_slug', 'url' ], [], 'product_slug' );
				$order_id = self::order_id( $args );
				$options  = Extension::reading_options( $assoc_args );
				$output->items( Progress::awaiting( static fn (): array => wccom_host_order_connections( $order_id, $options ) ) );
			}
		);
	}

	/**
	 * The order that is meant.
	 *
	 * @param list<string> $args Positional arguments.
	 * @throws Problem If none is, and the site has none.
	 */
	private static function order_id( array $args ): int|string {
		if ( isset( $args[0] ) ) {
			return $args[0];
		}
		Reading::load_site( '<order-id>' );
		$order_id = Order_Record::stored()['order_id'] ?? 0;
		if ( ! $order_id ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				home_url() . ' has no order on record. Nothing was sent.',
				'Give <order-id>; all orders are listed by: wp wccom-host order list --status=any'
			);
		}
		return $order_id;
	}

	/**
	 * The value of --limit; without it, more than there can be.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If it is no number of orders.
	 */
	private static function limit( array $assoc_args ): int {
		$limit = filter_var( $assoc_args['limit'] ?? PHP_INT_MAX, FILTER_VALIDATE_INT, [ 'options' => [ 'min_range' => 1 ] ] );
		if ( false === $limit ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--limit must be a whole number greater than 0. Nothing was sent.' );
		}
		return $limit;
	}

	/**
	 * The filters, for the extension, which checks all but the names of statuses.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array<string, mixed>
	 * @throws Problem If a status is not known.
	 */
	private static function filters( array $assoc_args ): array {
		$filters = [];
		foreach ( [ 'after', 'before', 'customer-id' ] as $option ) {
			if ( isset( $assoc_args[ $option ] ) ) {
				$filters[ str_replace( '-', '_', $option ) ] = (string) $assoc_args[ $option ];
			}
		}
		if ( isset( $assoc_args['status'] ) ) {
			$statuses = array_map( 'trim', explode( ',', (string) $assoc_args['status'] ) );
			$unknown  = array_diff( $statuses, self::STATUSES, [ 'any' ] );
			if ( [] !== $unknown ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--status: not known: ' . implode( ', ', $unknown ) . '. Nothing was sent.', 'Known are: ' . implode( ', ', self::STATUSES ) . ', and any for all of them.' );
			}
			$filters['status'] = in_array( 'any', $statuses, true ) ? self::STATUSES : $statuses;
		}
		return $filters;
	}

	/**
	 * How many orders there will be; 0 if WooCommerce.com does not tell, which is no reason not to list them.
	 *
	 * @param \Closure(): int $total Asks.
	 */
	private static function known( \Closure $total ): int {
		try {
			return $total();
		} catch ( \WccomHost\Exception ) {
			return 0;
		}
	}

	/**
	 * The orders, as far as a limit. The page after it is not asked for.
	 *
	 * @param Orders $orders  All orders.
	 * @param int    $limit   How many are wanted.
	 * @param bool   $is_flat Whether they become cells.
	 * @return \Generator<int, array<string, mixed>>
	 */
	private static function rows( Orders $orders, int $limit, bool $is_flat ): \Generator {
		$count = 0;
		Progress::awaiting( [ $orders, 'rewind' ] );
		while ( $orders->valid() ) {
			yield self::row( $orders->current(), $is_flat );
			++$count;
			if ( $count === $limit ) {
				return;
			}
			$orders->next();
		}
	}

	/**
	 * An order as it is printed.
	 *
	 * @param array<string, mixed> $order   The order.
	 * @param bool                 $is_flat Whether it becomes cells.
	 * @return array<string, mixed>
	 */
	private static function row( array $order, bool $is_flat ): array {
		if ( $is_flat ) {
			$order['line_items'] = implode( ', ', array_column( $order['line_items'], 'name' ) );
		}
		return $order;
	}
}
