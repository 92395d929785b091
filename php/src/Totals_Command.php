<?php
/**
 * The command `wp wccom-host totals`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Shows how many orders and connected products there are.
 */
final class Totals_Command {

	private const FIELDS = [ 'total', 'name', 'number' ];

	private const MONTH_FIELDS      = [ 'month', 'completed', 'cancelled', 'connections' ];
	private const MONTH_MORE_FIELDS = [ 'other', 'products' ];

	/**
	 * Shows how many orders and connected products a key has.
	 *
	 * Nothing is changed. Runs without WordPress.
	 *
	 * ## OPTIONS
	 *
	 * [--by-month]
	 * : A row for each month, the oldest first, with its orders by status and
	 * the products that were connected in it.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each row.
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
	 * * total: orders or connections
	 * * name: the status of the orders, or the slug of the product
	 * * number: how many there are
	 *
	 * With --by-month:
	 *
	 * * month: such as 2019-06
	 * * completed, cancelled: orders
	 * * connections: connected products, all together
	 *
	 * With --by-month, if asked for:
	 *
	 * * other: orders of any other status, which are not documented
	 * * products: the connected products, each with its number, the most frequent first
	 *
	 * ## EXAMPLES
	 *
	 *     # What there is in all.
	 *     $ wp wccom-host totals --key-file=/etc/wccom-host/key
	 *     +-------------+----------------------+--------+
	 *     | total       | name                 | number |
	 *     +-------------+----------------------+--------+
	 *     | orders      | completed            | 3      |
	 *     | orders      | cancelled            | 1      |
	 *     | connections | woocommerce-bookings | 2      |
	 *     | connections | galleria             | 1      |
	 *     +-------------+----------------------+--------+
	 *
	 *     # Month by month.
	 *     $ wp wccom-host totals --by-month
	 *     +---------+-----------+-----------+-------------+
	 *     | month   | completed | cancelled | connections |
	 *     +---------+-----------+-----------+-------------+
	 *     | 2026-08 | 1         | 0         | 2           |
	 *     | 2026-09 | 0         | 1         | 0           |
	 *     | 2026-10 | 2         | 0         | 1           |
	 *     +---------+-----------+-----------+-------------+
	 *
	 *     # The products of each month, for a program.
	 *     $ wp wccom-host totals --by-month --fields=month,products --format=json
	 *     [{"month":"2026-08","products":{"galleria":1,"woocommerce-bookings":1}},{"month":"2026-09","products":{}},{"month":"2026-10","products":{"woocommerce-bookings":1}}]
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use: nothing was sent
	 * * 3: WooCommerce.com refused: the key, for instance
	 * * 4: no answer, or none of use: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Reading::start(
			'totals',
			$assoc_args,
			static function () use ( $assoc_args ): void {
				$is_by_month = (bool) Utils\get_flag_value( $assoc_args, 'by-month', false );
				$output      = $is_by_month ? new Output( $assoc_args, self::MONTH_FIELDS, self::MONTH_MORE_FIELDS ) : new Output( $assoc_args, self::FIELDS );
				$options     = Extension::reading_options( $assoc_args );
				$totals      = Progress::awaiting( static fn (): array => wccom_host_totals( $options ) );
				if ( ! $is_by_month ) {
					$output->items( [ ...self::rows( 'orders', $totals['total_orders'] ), ...self::rows( 'connections', self::most_first( $totals['total_connections'] ) ) ] );
					return;
				}
				$months = self::months( $totals, $output->is_format( 'table', 'csv' ) );
				$output->items( $months );
				if ( ! isset( $assoc_args['fields'] ) && ! isset( $assoc_args['field'] ) && array_sum( array_column( $months, 'other' ) ) > 0 ) {
					Output::say( 'There are orders of other statuses, too: see --fields=' . implode( ',', [ ...self::MONTH_FIELDS, 'other' ] ) );
				}
			}
		);
	}

	/**
	 * The rows of one total.
	 *
	 * @param string             $total   What is counted.
	 * @param array<string, int> $numbers The numbers.
	 * @return list<array<string, mixed>>
	 */
	private static function rows( string $total, array $numbers ): array {
		$rows = [];
		foreach ( $numbers as $name => $number ) {
			$rows[] = compact( 'total', 'name', 'number' );
		}
		return $rows;
	}

	/**
	 * The rows of all months.
	 *
	 * @param array<string, array<string, mixed>> $totals  The totals.
	 * @param bool                                $is_flat Whether they become cells.
	 * @return list<array<string, mixed>>
	 */
	private static function months( array $totals, bool $is_flat ): array {
		$orders      = $totals['total_orders_by_month'];
		$connections = $totals['total_connections_by_month'];
		$months      = array_unique( array_keys( $orders + $connections ) );
		sort( $months );
		return array_map(
			static function ( string $month ) use ( $orders, $connections, $is_flat ): array {
				$statuses = $orders[ $month ] ?? [];
				$products = self::most_first( $connections[ $month ] ?? [] );
				return [
					'month'       => $month,
					'completed'   => $statuses['completed'] ?? 0,
					'cancelled'   => $statuses['cancelled'] ?? 0,
					'other'       => array_sum( array_diff_key( $statuses, [ 'completed' => 0, 'cancelled' => 0 ] ) ),
					'connections' => array_sum( $products ),
					'products'    => $is_flat ? self::in_words( $products ) : (object) $products,
				];
			},
			$months
		);
	}

	/**
	 * Numbers in order, the greatest first.
	 *
	 * @param array<string, int> $numbers The numbers.
	 * @return array<string, int>
	 */
	private static function most_first( array $numbers ): array {
		arsort( $numbers );
		return $numbers;
	}

	/**
	 * Products with their numbers.
	 *
	 * @param array<string, int> $products The numbers.
	 */
	private static function in_words( array $products ): string {
		return implode( ', ', array_map( static fn ( string $slug, int $number ): string => "$slug $number", array_keys( $products ), $products ) );
	}
}
