<?php
/**
 * The command `wp wccom-host recover`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Finishes what a run has left behind.
 */
final class Recover_Command {

	private const ORDER_FIELDS = [ 'id', 'status', 'date_created_gmt', 'customer_id', 'customer_email', 'matches_email' ];

	/**
	 * Finishes an interrupted registration, or looks for its order.
	 *
	 * A registration that was answered, but not saved, is saved now, without a
	 * request. For one without an answer the orders since then are listed: a
	 * person has to decide whether one of them is this site's. Nothing is ever
	 * registered by this command.
	 *
	 * ## OPTIONS
	 *
	 * [--forget]
	 * : Remove the journal's record, after a person has decided what became of
	 * the request. With it goes the only copy of a secret that was received and
	 * not saved.
	 *
	 * [--yes]
	 * : Do not ask before --forget.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. Only
	 * needed to look for an order. The key can also be in the environment
	 * variable WCCOM_HOST_KEY.
	 *
	 * [--skip-verify]
	 * : Do not ask WooCommerce.com whether the saved connection works.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme.
	 *
	 * [--porcelain]
	 * : Print the id of the order alone.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: status, url, order_id, customer_id,
	 * site_id, user_id, secret_kept, verified.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - yaml
	 *   - csv
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     # A run was killed after the answer had come.
	 *     $ wp wccom-host recover --fields=status,order_id,verified
	 *     An earlier run received this registration: it is finished now, without a request.
	 *     +----------+-----------+
	 *     | Field    | Value     |
	 *     +----------+-----------+
	 *     | status   | recovered |
	 *     | order_id | 2666930   |
	 *     | verified | true      |
	 *     +----------+-----------+
	 *
	 *     # No answer came: see whether there is an order.
	 *     $ wp wccom-host recover --key-file=/etc/wccom-host/key --format=csv
	 *     id,status,date_created_gmt,customer_id,customer_email,matches_email
	 *     2666930,completed,2026-11-21T21:14:37,1872797,ada@example.com,true
	 *     Error: The registration of https://shop.example.com that began at 2026-11-21 21:14:37 UTC has an unknown outcome. The request was sent, but no answer came within 60 s.
	 *     Orders since then: 1, for ada@example.com: 1.
	 *     If one of the orders is this site's, its secret was lost with the answer: have WooCommerce.com cancel the order or reset the connection.
	 *     Then, or if there is no such order, forget the record and register again:
	 *       wp wccom-host recover --forget
	 *       wp wccom-host register
	 *
	 *     # It has been decided.
	 *     $ wp wccom-host recover --forget --yes
	 *     The record is removed. To register the site: wp wccom-host register
	 *
	 * ## EXIT CODES
	 *
	 * * 0: saved, forgotten, or nothing was open
	 * * 1: wrong use, or something is missing
	 * * 4: another process is busy with this site: try again
	 * * 5: still unknown: an order may exist
	 * * 6: still not saved: the journal has the connection
	 * * 8: saved, but WooCommerce.com did not confirm the connection
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * Takes the lock, so that no request of another process is in flight.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $assoc_args ): int {
		$completion = new Completion( $assoc_args );
		Extension::require_loaded();
		Site::announce();
		$options = Extension::options();
		return Journal::locked( $options, fn (): int => $this->recover( $completion, $options, $assoc_args ) );
	}

	/**
	 * Does what the journal's record asks for.
	 *
	 * @param Completion           $completion The second half of a registration.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private function recover( Completion $completion, array $options, array $assoc_args ): int {
		$record = wccom_host_journal_read( home_url(), $options );
		if ( null === $record ) {
			$is_connected = Connection::is_complete( Connection::stored() );
			Output::say( 'Nothing is open for ' . home_url() . '. ' . ( $is_connected ? 'The site is connected.' : 'The site is not connected; to register it: ' . Site::command( 'register' ) ) );
			return Exit_Code::DONE;
		}
		if ( Utils\get_flag_value( $assoc_args, 'forget', false ) ) {
			return self::forget( $record, $options, $assoc_args );
		}
		if ( 'received' === $record['state'] ) {
			Woocommerce::load();
			$completion->finish_received( $record, $options );
			return Exit_Code::DONE;
		}
		throw self::still_unknown( $record, self::look( $record, $options, $assoc_args ) );
	}

	/**
	 * Lists the orders since the request.
	 *
	 * @param array<string, mixed> $record     The journal's record.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @return list<string> What was found, and what to do about it.
	 */
	private static function look( array $record, array $options, array $assoc_args ): array {
		unset( $assoc_args['fields'] );
		$output = new Output( $assoc_args, self::ORDER_FIELDS );
		try {
			$orders = wccom_host_lookup( home_url(), $options + Secrets::key_option( $assoc_args ) );
		} catch ( \WccomHost\Exception | Problem $exception ) {
			return [ 'The orders could not be looked at: ' . $exception->getMessage(), 'Look again: ' . Site::command( 'recover' ) ];
		}
		$output->items( $orders );
		$email = $record['email'] ?? null;
		$since = 'Orders since then: ' . count( $orders );
		return [
			match ( true ) {
				[] === $orders => 'No order was made since then. A new order can take a minute to show: look again after that.',
				null === $email => "$since. They are of all the package's sites, and the request had no e-mail address to tell them by.",
				default => "$since, for $email: " . count( array_filter( array_column( $orders, 'matches_email' ) ) ) . '.',
			},
			'If one of the orders is this site\'s, its secret was lost with the answer: have WooCommerce.com cancel the order or reset the connection.',
			'Then, or if there is no such order, forget the record and register again:',
			'  ' . Site::command( 'recover --forget' ),
			'  ' . Site::command( 'register' ),
		];
	}

	/**
	 * A request whose outcome nobody knows.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 * @param list<string>         $advice What the look at the orders gave.
	 */
	private static function still_unknown( array $record, array $advice ): Problem {
		$answer = empty( $record['has_answer'] ) ? [] : [ 'An answer came that is not the documented one; it is kept, with any secret in it, in ' . $record['journal_file'] ];
		return new Problem( Exit_Code::UNKNOWN, Journal::describe( $record ), ...$answer, ...$advice );
	}

	/**
	 * Removes the record, if a person says so.
	 *
	 * @param array<string, mixed> $record     The journal's record.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @throws Problem If nobody said yes: a script must not take that for done.
	 */
	private static function forget( #[\SensitiveParameter] array $record, array $options, array $assoc_args ): int {
		if ( ! Utils\get_flag_value( $assoc_args, 'yes', false ) ) {
			Output::say( Journal::describe( $record ) );
			fwrite( STDERR, ( 'received' === $record['state'] ? 'Its secret will be lost. ' : 'An order may exist. ' ) . 'Forget it? [y/n] ' );
			if ( 'y' !== strtolower( trim( (string) fgets( STDIN ) ) ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was changed.', 'To forget the record without a question: ' . Site::command( 'recover --forget --yes' ) );
			}
		}
		wccom_host_journal_close( home_url(), $options );
		Output::say( 'The record is removed. To register the site: ' . Site::command( 'register' ) );
		return Exit_Code::DONE;
	}
}
