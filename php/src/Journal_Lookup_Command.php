<?php
/**
 * The command `wp wccom-host journal lookup`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Looks for the orders of sites whose outcome is unknown.
 */
final class Journal_Lookup_Command {

	/**
	 * Looks for the orders of the sites whose outcome is unknown.
	 *
	 * Reads the orders since the oldest of these requests, leaves out those that
	 * the journal knows, and asks of the rest on which site they are in use. An
	 * order that is not in use anywhere is known by the customer's e-mail
	 * address alone, if exactly one of the sites has it. If orders are left that
	 * could be a site's, they are named, and the site stays unknown. So does a
	 * site whose record is damaged, which nothing is asked about.
	 *
	 * A site that has an order has lost its secret with the answer: have
	 * WooCommerce.com reset the connection, and cancel the order.
	 *
	 * ## OPTIONS
	 *
	 * [--forget-missing]
	 * : Remove the records of sites that have no order, and were sent more than
	 * 15 minutes ago: the next `register-many` sends them again.
	 *
	 * [--yes]
	 * : Do not ask before --forget-missing.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each site.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: url, order_id, found_by, started.
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
	 *   - ids
	 *   - count
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * * url: the site's own address
	 * * order_id: empty if none is known to be the site's
	 * * found_by: connection or email; none: there is no order; undecided: one
	 * of the orders that are left may be the site's, or its record is damaged
	 * * started: when the request was begun, UTC; empty for a damaged record
	 *
	 * ## EXAMPLES
	 *
	 *     # A batch has ended with unknown sites.
	 *     $ wp wccom-host journal lookup --key-file=/etc/wccom-host/key
	 *     +---------------------------+----------+------------+----------------------+
	 *     | url                       | order_id | found_by   | started              |
	 *     +---------------------------+----------+------------+----------------------+
	 *     | https://shop.example.com  | 2666930  | connection | 2026-11-22T03:24:08Z |
	 *     | https://other.example.com |          | none       | 2026-11-22T03:24:09Z |
	 *     +---------------------------+----------+------------+----------------------+
	 *     Sites with an order: 1. Their secrets were lost with the answers: have WooCommerce.com reset these connections, and cancel these orders. Then take the sites out of the journal, and run the batch again: wp wccom-host journal prune <url> --state=sent --forget --journal=/home/ada/.local/state/wccom-host
	 *     Error: Sites without an order: 1. A new order can take a minute to show: those that were sent more than 15 minutes ago are sent again by the next register-many after: wp wccom-host journal lookup --forget-missing --journal=/home/ada/.local/state/wccom-host
	 *
	 * ## EXIT CODES
	 *
	 * * 0: every site has an order, or was forgotten; or none is unknown
	 * * 1: wrong use, or the answer was no
	 * * 3: WooCommerce.com refused: the key, for instance
	 * * 4: no answer, or none of use: try again
	 * * 5: some sites are still unknown
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Batch_Journal::run(
			'journal lookup',
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output  = new Output( $assoc_args, Order_Lookup::FIELDS, [], 'url' );
				$options = Batch_Journal::options( $assoc_args );
				$lookup  = new Order_Lookup( $options ?? [], ...( null === $options ? [ [], [] ] : self::unknown( $options ) ) );
				$lookup->look( $assoc_args );
				$output->items( $lookup->rows() );
				return $lookup->settle( $assoc_args );
			}
		);
	}

	/**
	 * The records whose outcome is unknown: those of requests, the oldest first, and those that are damaged.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array{list<array<string, mixed>>, list<array<string, mixed>>}
	 */
	private static function unknown( array $options ): array {
		$records = [
			'sent'    => [],
			'damaged' => [],
		];
		foreach ( wccom_host_journal( [ 'state' => array_keys( $records ) ], $options ) as $record ) {
			$records[ $record['state'] ][] = $record;
		}
		usort( $records['sent'], static fn ( array $one, array $other ): int => [ $one['started'], $one['home_url'] ] <=> [ $other['started'], $other['home_url'] ] );
		return array_values( $records );
	}
}
