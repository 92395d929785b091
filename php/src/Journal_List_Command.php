<?php
/**
 * The command `wp wccom-host journal list`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Lists what the journal of a control host has.
 */
final class Journal_List_Command {

	/**
	 * Lists what the journal has, without secrets.
	 *
	 * ## OPTIONS
	 *
	 * [--state=<states>]
	 * : Only records in these states, separated by commas: received, closed,
	 * sent, secret_unavailable, refused, not_sent, damaged.
	 *
	 * [--older-than=<days>]
	 * : Only records that were begun so many days ago, or before; 0.5 is half a
	 * day.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each record.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format. `ids` are the addresses.
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
	 * * home_url: the site's own address
	 * * state
	 * * started: when the request was begun, UTC
	 * * order_id: if the answer had one
	 * * has_secret: whether the journal has the connection
	 *
	 * If asked for:
	 *
	 * * url: the address that was registered
	 * * customer_id, site_id
	 * * email: of the customer, if the request had it
	 * * api_version
	 * * started_timestamp: Unix time
	 * * http_status: of the answer; 0 if none came
	 * * reason: why it is in this state
	 * * has_answer: whether the journal has an answer that was not understood
	 * * journal_file
	 *
	 * ## EXAMPLES
	 *
	 *     # Which sites are unknown?
	 *     $ wp wccom-host journal list --state=sent
	 *     +--------------------------+-------+----------------------+----------+------------+
	 *     | home_url                 | state | started              | order_id | has_secret |
	 *     +--------------------------+-------+----------------------+----------+------------+
	 *     | https://shop.example.com | sent  | 2026-11-22T03:24:08Z |          | false      |
	 *     +--------------------------+-------+----------------------+----------+------------+
	 *
	 *     # How many secrets does it hold that are older than a month?
	 *     $ wp wccom-host journal list --state=received --older-than=30 --format=count
	 *     100000
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if there is nothing
	 * * 1: wrong use, or the journal cannot be read
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Batch_Journal::run(
			'journal list',
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output  = new Output( $assoc_args, Journal_Row::FIELDS, Journal_Row::MORE_FIELDS, 'home_url' );
				$filters = Journal_Filters::from( $assoc_args );
				$options = Batch_Journal::options( $assoc_args );
				$output->items( null === $options ? [] : Journal_Row::all( wccom_host_journal( $filters, $options ) ) );
				return Exit_Code::DONE;
			}
		);
	}
}
