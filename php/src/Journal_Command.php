<?php
/**
 * The commands `wp wccom-host journal ...`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Looks after the journal of a control host.
 *
 * The journal has what became of every site that `wp wccom-host register-many`
 * has sent, and of every registration by wccom_host_register() that is not
 * finished. None of these commands needs WordPress, and only
 * `export --with-secrets` prints a secret. A journal that --journal names must
 * be there, and belong to the user who runs the command.
 *
 * A record is in one of these states:
 *
 * * received: registered, and the connection is in the journal
 * * closed: registered, and the connection was removed from the journal
 * * sent: the outcome is unknown, an order may exist; not sent again
 * * secret_unavailable: an order exists, and its answer had no secret; not sent
 * again
 * * refused: there is no order; the next run sends it again
 * * not_sent: the next run sends it
 * * damaged: nobody knows what the record was; not sent again
 *
 * ## EXAMPLES
 *
 *     # What is open?
 *     $ wp wccom-host journal list --state=sent,secret_unavailable
 *
 *     # Is there an order for what is unknown?
 *     $ wp wccom-host journal lookup --key-file=/etc/wccom-host/key
 */
final class Journal_Command {

	private const FIELDS      = [ 'home_url', 'state', 'started', 'order_id', 'has_secret' ];
	private const MORE_FIELDS = [ 'url', 'customer_id', 'site_id', 'email', 'api_version', 'started_timestamp', 'http_status', 'reason', 'has_answer', 'journal_file' ];

	private const STATES = [ 'received', 'closed', 'sent', 'secret_unavailable', 'refused', 'not_sent', 'damaged' ];

	/**
	 * What prune does without --state.
	 */
	private const PRUNED = [ 'received', 'refused', 'not_sent' ];

	private const DAY = 86400;

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
	 * @subcommand list
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function list_( array $args, array $assoc_args ): void {
		self::start(
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output  = new Output( $assoc_args, self::FIELDS, self::MORE_FIELDS, 'home_url' );
				$filters = self::filters( $assoc_args );
				$options = self::options( $assoc_args );
				$output->items( null === $options ? [] : self::rows( wccom_host_journal( $filters, $options ) ) );
				return Exit_Code::DONE;
			}
		);
	}

	/**
	 * Shows what the journal has of one site, without secrets.
	 *
	 * ## OPTIONS
	 *
	 * <url>
	 * : The site's own address.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
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
	 * ## EXAMPLES
	 *
	 *     # Why was a site refused?
	 *     $ wp wccom-host journal show https://shop.example.com --field=reason
	 *     WooCommerce.com refused the request with HTTP 400 rest_invalid_param: Invalid parameter(s): products. Nothing was created. Correct the request and try again.
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the journal has nothing of this site
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The site.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function show( array $args, array $assoc_args ): void {
		self::start(
			$assoc_args,
			static function () use ( $args, $assoc_args ): int {
				$output  = new Output( $assoc_args, [ ...self::FIELDS, ...self::MORE_FIELDS ] );
				$options = self::options( $assoc_args );
				if ( null === $options ) {
					return Exit_Code::PREFLIGHT;
				}
				$output->item( self::row( self::records_of( $args, $options )[0] ) );
				return Exit_Code::DONE;
			}
		);
	}

	/**
	 * Prints what the journal has as the results of `register-many`.
	 *
	 * Each record is a line of JSON, as `register-many` prints it, with null for
	 * `line`. With the secrets, it is what `wp wccom-host connect` reads on the
	 * site.
	 *
	 * ## OPTIONS
	 *
	 * [<url>...]
	 * : Only these sites.
	 *
	 * [--with-secrets]
	 * : With the connections and their secrets. Otherwise auth is null.
	 *
	 * [--output=<file>]
	 * : Write to this new file, which others cannot read. An earlier one is kept
	 * as `<file>.bak`, `<file>.bak.1` and so on. Default: standard output.
	 *
	 * [--state=<states>]
	 * : Only records in these states, separated by commas.
	 *
	 * [--older-than=<days>]
	 * : Only records that were begun so many days ago, or before.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * ## EXAMPLES
	 *
	 *     # Connect a site once more, whose line was lost.
	 *     $ wp wccom-host journal export https://shop.example.com --with-secrets | ssh shop.example.com wp wccom-host connect
	 *
	 *     # Everything, for another machine.
	 *     $ wp wccom-host journal export --with-secrets --output=results.jsonl
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the journal has nothing of one of these sites, or it
	 * could not be written
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The sites.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function export( array $args, array $assoc_args ): void {
		self::start( $assoc_args, static fn (): int => self::print_records( $args, $assoc_args ) );
	}

	/**
	 * Removes what is not needed any more.
	 *
	 * A received registration becomes closed: its secret is removed from the
	 * disk, and that it was registered stays, so that `register-many` does not
	 * send it again. Records of refused and not_sent sites are removed. All
	 * other states stay, unless --forget and --state say otherwise.
	 *
	 * Remove only what the sites have stored: the secret of a connection is
	 * given out once. What wccom_host_register() and the commands on a site keep
	 * in files of their own is left alone.
	 *
	 * ## OPTIONS
	 *
	 * [<url>...]
	 * : Only these sites.
	 *
	 * [--state=<states>]
	 * : Only records in these states, separated by commas. Default: received,
	 * refused, not_sent.
	 *
	 * [--older-than=<days>]
	 * : Only records that were begun so many days ago, or before. Default: 0.
	 *
	 * [--forget]
	 * : Remove the records of --state altogether, also that a site was
	 * registered or is unknown: `register-many` sends it again, which may make a
	 * second order.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * ## EXAMPLES
	 *
	 *     # Remove the secrets of sites that have had theirs for a month.
	 *     $ wp wccom-host journal prune --state=received --older-than=30 --yes
	 *     Records, received: 100000. Their secrets are removed: a site that has not stored its connection has lost it for good. The sites are not sent again.
	 *     Pruned: 100000.
	 *
	 *     # A person has found out that there is no order.
	 *     $ wp wccom-host journal prune https://shop.example.com --state=sent --forget
	 *     Records, sent: 1. They are forgotten, with their secrets: to send the sites again may make second orders.
	 *     Prune? [y/n] y
	 *     Pruned: 1.
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if there is nothing
	 * * 1: wrong use, or the answer was no: nothing was changed
	 * * 4: a batch is running with this journal: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The sites.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function prune( array $args, array $assoc_args ): void {
		self::start( $assoc_args, static fn (): int => self::remove( $args, $assoc_args ) );
	}

	/**
	 * Looks for the orders of the sites whose outcome is unknown.
	 *
	 * Reads the orders since the oldest of these requests, leaves out those that
	 * the journal knows, and asks of the rest on which site they are in use. An
	 * order that is not in use anywhere is known by the customer's e-mail
	 * address alone, if exactly one of the sites has it. If orders are left that
	 * could be a site's, they are named, and the site stays unknown.
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
	 * of the orders that are left may be the site's
	 * * started: when the request was begun, UTC
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
	public function lookup( array $args, array $assoc_args ): void {
		self::start(
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output  = new Output( $assoc_args, Order_Lookup::FIELDS, [], 'url' );
				$options = self::options( $assoc_args );
				$lookup  = new Order_Lookup( $options ?? [], null === $options ? [] : self::unknown( $options ) );
				$lookup->look( $assoc_args );
				$output->items( $lookup->rows() );
				return $lookup->settle( $assoc_args );
			}
		);
	}

	/**
	 * Runs the work of a command.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @param callable(): int      $work       Gives the exit code.
	 */
	private static function start( array $assoc_args, callable $work ): void {
		register_shutdown_function( [ Command_Run::class, 'was_ended' ] );
		Command_Run::start(
			static function () use ( $assoc_args, $work ): int {
				Command_Run::if_ended( new Problem( Exit_Code::PREFLIGHT, 'The command was ended before it was through. It can be run again.' ) );
				Command_Line::require_values( $assoc_args );
				Extension::require_loaded();
				try {
					return $work();
				} catch ( \WccomHost\Exception $exception ) {
					throw Batch_Failure::problem( $exception, 'Nothing was changed.' );
				}
			}
		);
	}

	/**
	 * The options of the extension; null if there is no journal yet.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array{journal: string}|null
	 */
	private static function options( array $assoc_args ): ?array {
		$named  = isset( $assoc_args['journal'] ) ? (string) $assoc_args['journal'] : null;
		$folder = Journal_Folder::existing( $named );
		if ( null === $folder ) {
			Output::say( 'There is no journal yet.' );
			return null;
		}
		return [ 'journal' => $folder ];
	}

	/**
	 * The filters of the extension.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array{state?: list<string>, older_than?: int}
	 * @throws Problem If one is not known.
	 */
	private static function filters( array $assoc_args ): array {
		$filters = [];
		if ( isset( $assoc_args['state'] ) ) {
			$filters['state'] = array_map( 'trim', explode( ',', (string) $assoc_args['state'] ) );
			$unknown          = array_diff( $filters['state'], self::STATES );
			if ( [] !== $unknown ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--state: not known: ' . implode( ', ', $unknown ) . '. Nothing was changed.', 'Known are: ' . implode( ', ', self::STATES ) );
			}
		}
		if ( isset( $assoc_args['older-than'] ) ) {
			$days = filter_var( $assoc_args['older-than'], FILTER_VALIDATE_FLOAT, [ 'options' => [ 'min_range' => 0, 'max_range' => 36500 ] ] );
			if ( false === $days ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--older-than must be a number of days, such as 30 or 0.5. Nothing was changed.' );
			}
			$filters['older_than'] = (int) round( $days * self::DAY );
		}
		return $filters;
	}

	/**
	 * The records of some sites.
	 *
	 * @param list<string>         $urls    Their addresses.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, array<string, mixed>|null> By address; null where there is none. They hold secrets.
	 */
	private static function records( array $urls, array $options ): array {
		$records = [];
		foreach ( $urls as $url ) {
			$records[ $url ] = wccom_host_journal_read( $url, $options );
		}
		$missing = array_keys( $records, null, true );
		// Those that would be sent again are nothing to a site's own commands, which read one record.
		foreach ( [] === $missing ? [] : wccom_host_journal( [ 'state' => [ 'refused', 'not_sent' ] ], $options ) as $record ) {
			foreach ( $missing as $url ) {
				if ( Site::is_same( $url, $record['home_url'] ) ) {
					$records[ $url ] = $record;
				}
			}
		}
		return $records;
	}

	/**
	 * The records of sites that must be there.
	 *
	 * @param list<string>         $urls    Their addresses.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return list<array<string, mixed>> They hold secrets.
	 * @throws Problem If one is not.
	 */
	private static function records_of( array $urls, array $options ): array {
		$records = self::records( $urls, $options );
		$missing = array_keys( $records, null, true );
		if ( [] !== $missing ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The journal has nothing of ' . implode( ', ', $missing ) . '. Nothing was changed.', 'All it has is listed by: wp wccom-host journal list ' . Command_Line::option( 'journal', $options['journal'] ) );
		}
		return array_values( $records );
	}

	/**
	 * Records, as they are listed.
	 *
	 * @param iterable<array<string, mixed>> $records The records.
	 * @return \Generator<int, array<string, mixed>>
	 */
	private static function rows( iterable $records ): \Generator {
		foreach ( $records as $record ) {
			yield self::row( $record );
		}
	}

	/**
	 * A record, as it is listed: flat, and without its secrets.
	 *
	 * @param array<string, mixed> $record The record.
	 * @return array<string, mixed>
	 */
	private static function row( #[\SensitiveParameter] array $record ): array {
		$registration = $record['registration'] ?? [];
		$row          = [
			'started'           => gmdate( 'Y-m-d\TH:i:s\Z', $record['started'] ),
			'started_timestamp' => $record['started'],
			'order_id'          => $registration['order_id'] ?? null,
			'customer_id'       => $registration['customer_id'] ?? null,
			'site_id'           => $registration['site_id'] ?? null,
			'has_secret'        => $record['has_secret'] ?? isset( $record['auth'] ),
		];
		return $row + array_intersect_key( $record, array_flip( [ ...self::FIELDS, ...self::MORE_FIELDS ] ) );
	}

	/**
	 * Prints records as results.
	 *
	 * @param list<string>         $urls       The sites that are wanted; none: all.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function print_records( array $urls, array $assoc_args ): int {
		$is_secret = (bool) Utils\get_flag_value( $assoc_args, 'with-secrets', false );
		$filters   = self::filters( $assoc_args );
		$options   = self::options( $assoc_args );
		if ( [] !== $urls && [] !== $filters ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--state and --older-than do not go with <url>. Nothing was written.' );
		}
		if ( null === $options ) {
			return [] === $urls ? Exit_Code::DONE : Exit_Code::PREFLIGHT;
		}
		$records = [] === $urls ? wccom_host_journal( $filters + [ 'with_secrets' => $is_secret ], $options ) : self::records_of( $urls, $options );
		$output  = Batch_Output::open( $assoc_args['output'] ?? null );
		try {
			foreach ( $records as $record ) {
				$record['auth'] = $is_secret ? $record['auth'] : null;
				$output->write( Batch_Result::line_of_record( $record ) );
			}
		} catch ( Reader_Gone ) {
			return Exit_Code::DONE;
		} catch ( Problem $problem ) {
			throw new Problem( Exit_Code::PREFLIGHT, $problem->getMessage() );
		}
		return Exit_Code::DONE;
	}

	/**
	 * Says what is going to be removed, asks, and removes it.
	 *
	 * @param list<string>         $urls       The sites that are meant; none: all.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function remove( array $urls, array $assoc_args ): int {
		$is_forgotten = (bool) Utils\get_flag_value( $assoc_args, 'forget', false );
		$filters      = self::filters( $assoc_args );
		if ( $is_forgotten && ! isset( $filters['state'] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--forget needs --state: what is to be forgotten? Nothing was changed.' );
		}
		$filters += [ 'state' => self::PRUNED ];
		$kept     = $is_forgotten ? [] : array_diff( $filters['state'], self::PRUNED );
		if ( [] !== $kept ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Records that are ' . implode( ', ', $kept ) . ' are removed with --forget alone: the sites could be sent again, which may make second orders. Nothing was changed.' );
		}
		$options = self::options( $assoc_args );
		if ( null === $options ) {
			return Exit_Code::DONE;
		}
		$words = self::announce( self::count( $urls, $filters, $options ), $is_forgotten );
		if ( [] === $words ) {
			Output::say( 'There is nothing to prune.' );
			return Exit_Code::DONE;
		}
		if ( Utils\get_flag_value( $assoc_args, 'yes', false ) ) {
			array_map( [ Output::class, 'say' ], $words );
		} elseif ( ! Question::is_yes( 'Prune?', ...$words ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was changed.' );
		}
		$site = [] === $urls ? [] : [ 'site' => $urls ];
		Output::say( 'Pruned: ' . wccom_host_journal_prune( $filters + $site + [ 'forget' => $is_forgotten ], $options ) . '.' );
		return Exit_Code::DONE;
	}

	/**
	 * How many records of the batches are meant, by state.
	 *
	 * @param list<string>         $urls    The sites that are meant; none: all.
	 * @param array<string, mixed> $filters The filters of the extension.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, int>
	 */
	private static function count( array $urls, array $filters, array $options ): array {
		$counts = array_fill_keys( self::STATES, 0 );
		foreach ( [] === $urls ? wccom_host_journal( $filters, $options ) : self::records_of( $urls, $options ) as $record ) {
			$is_old = $record['started'] <= time() - ( $filters['older_than'] ?? 0 );
			if ( $is_old && in_array( $record['state'], $filters['state'], true ) && Order_Lookup::is_of_batch( $record ) ) {
				++$counts[ $record['state'] ];
			}
		}
		return array_filter( $counts );
	}

	/**
	 * What is going to be removed, in words.
	 *
	 * @param array<string, int> $counts       How many records, by state.
	 * @param bool               $is_forgotten Whether they are removed altogether.
	 * @return list<string>
	 */
	private static function announce( array $counts, bool $is_forgotten ): array {
		$words = [];
		foreach ( $counts as $state => $count ) {
			$words[] = "Records, $state: $count. " . match ( true ) {
				'refused' === $state || 'not_sent' === $state => 'They are removed. There is no order, and the sites are sent again by the next run all the same.',
				'received' === $state && ! $is_forgotten      => 'Their secrets are removed: a site that has not stored its connection has lost it for good. The sites are not sent again.',
				default                                        => 'They are forgotten, with their secrets: to send the sites again may make second orders.',
			};
		}
		return $words;
	}

	/**
	 * The records whose outcome is unknown, the oldest first.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return list<array<string, mixed>>
	 */
	private static function unknown( array $options ): array {
		$records = iterator_to_array( wccom_host_journal( [ 'state' => 'sent' ], $options ), false );
		usort( $records, static fn ( array $one, array $other ): int => [ $one['started'], $one['home_url'] ] <=> [ $other['started'], $other['home_url'] ] );
		return $records;
	}
}
