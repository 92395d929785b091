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
	 * Another journal of this user is used, if the site says that its
	 * registration was begun there.
	 *
	 * ## OPTIONS
	 *
	 * [--forget]
	 * : Remove the journal's record, after a person has decided what became of
	 * the request. With it goes the only copy of a secret that was received and
	 * not saved. A record that may hold a secret nobody has read is kept beside
	 * it, as `<file>.forgotten`. Where another user or machine has the journal,
	 * only this site's note of it is removed.
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
	 *     If it was begun by `register --install`, run that command again: it installs the products, and registers nothing a second time.
	 *
	 *     # No answer came: see whether there is an order.
	 *     $ wp wccom-host recover --key-file=/etc/wccom-host/key --format=csv
	 *     id,status,date_created_gmt,customer_id,customer_email,matches_email
	 *     2666930,completed,2026-11-21T21:14:37,1872797,ada@example.com,true
	 *     Error: The registration of https://shop.example.com that began at 2026-11-21 21:14:37 UTC has an unknown outcome. The request was sent, but no answer came within 60 s.
	 *     Orders since then for ada@example.com: 1.
	 *     If one of the orders is this site's, its secret was lost with the answer: have WooCommerce.com reset the connection, and cancel the order: wp wccom-host cancel <order-id>
	 *     Then, or if there is no such order, forget the record and register again:
	 *       wp wccom-host recover --forget
	 *       wp wccom-host register (with the options of the first time, such as --install)
	 *
	 *     # It has been decided.
	 *     $ wp wccom-host recover --forget --yes
	 *     The registration of https://shop.example.com that began at 2026-11-21 21:14:37 UTC has an unknown outcome. The request was sent, but no answer came within 60 s.
	 *     An order may exist, and to register the site again may make a second one.
	 *     The record is removed. To register the site: wp wccom-host register
	 *
	 * ## EXIT CODES
	 *
	 * * 0: saved, forgotten, or nothing was open
	 * * 1: wrong use, or something is missing
	 * * 4: another process is busy with this site: try again
	 * * 5: still unknown: an order may exist
	 * * 6: still not saved: the journal has the connection
	 * * 7: the answer had no secret: a person has to decide
	 * * 8: saved, but WooCommerce.com did not confirm the connection
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'recover', $assoc_args, fn (): int => $this->run( $assoc_args ) );
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
		$options      = Extension::options();
		$is_forgotten = (bool) Utils\get_flag_value( $assoc_args, 'forget', false );
		$out_of_reach = Pending_Marker::out_of_reach( $options );
		if ( $is_forgotten && null !== $out_of_reach ) {
			self::forget_marker( $out_of_reach, $assoc_args );
			return Exit_Code::DONE;
		}
		return Journal::locked( $options, static fn ( array $options ): int => self::recover( $completion, $options, $assoc_args, $is_forgotten ) );
	}

	/**
	 * Does what the journal's record asks for.
	 *
	 * @param Completion           $completion   The second half of a registration.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @param array<string, mixed> $assoc_args   Options of the command.
	 * @param bool                 $is_forgotten Whether the record is to be removed.
	 * @throws Problem If it cannot be brought to an end.
	 */
	private static function recover( Completion $completion, array $options, array $assoc_args, bool $is_forgotten ): int {
		$record = Journal::read( $options );
		if ( null === $record ) {
			Pending_Marker::remove( $options );
			$is_connected = Connection::is_complete( Connection::stored() );
			Output::say( 'Nothing is open for ' . home_url() . '. ' . ( $is_connected ? 'The site is connected.' : 'The site is not connected; to register it: ' . Site::command( 'register' ) ) );
			return Exit_Code::DONE;
		}
		if ( $is_forgotten ) {
			self::forget( $record, $options, $assoc_args );
			return Exit_Code::DONE;
		}
		if ( 'received' === $record['state'] ) {
			Woocommerce::load();
			$completion->finish_received( $record, $options );
			Output::say( 'If it was begun by `register --install`, run that command again: it installs the products, and registers nothing a second time.' );
			return Exit_Code::DONE;
		}
		throw match ( $record['state'] ) {
			'secret_unavailable' => Journal::secret_unavailable( $record ),
			'damaged'            => new Problem( Exit_Code::UNKNOWN, Journal::describe( $record ), 'An order may exist, and the file may hold its secret: have somebody look at both, in the file and at WooCommerce.com.', ...self::after_a_decision() ),
			default              => self::still_unknown( $record, $options, $assoc_args ),
		};
	}

	/**
	 * A request whose outcome nobody knows, with the orders since then.
	 *
	 * @param array<string, mixed> $record     The journal's record.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function still_unknown( array $record, array $options, array $assoc_args ): Problem {
		$found = [ Journal::describe( $record ), Pending_Marker::whereabouts( $options ), ...self::look( $record, $options, $assoc_args ) ];
		return new Problem( Exit_Code::UNKNOWN, ...array_filter( $found ) );
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
			$orders = wccom_host_lookup( $options['home_url'], $options + Secrets::key_option( $assoc_args ) );
		} catch ( \WccomHost\Exception | Problem $exception ) {
			return [ 'The orders could not be looked at: ' . $exception->getMessage(), ...self::without_orders( $record, $exception ) ];
		}
		$output->items( $orders );
		$email = $record['email'] ?? null;
		$since = 'Orders since then: ' . count( $orders );
		// Without an address to tell them by, each of them may be this site's.
		$possible     = array_filter( $orders, static fn ( array $order ): bool => null === $email || $order['matches_email'] );
		$is_cancelled = [] !== $possible && [ 'cancelled' ] === array_values( array_unique( array_column( $possible, 'status' ) ) );
		return [
			match ( true ) {
				[] === $orders => 'No order is listed since ' . Journal::time( $record ) . '. A new order can take a minute to show, and the list may lack orders that are not completed: look again after that.',
				null === $email => "$since. They are of all the package's sites, and the request had no e-mail address to tell them by.",
				// Where there are too many orders, no others are given.
				$possible === $orders => "Orders since then for $email: " . count( $orders ) . '.',
				default => "$since, for $email: " . count( $possible ) . '.',
			},
			...self::to_decide( $record, $is_cancelled ),
		];
	}

	/**
	 * What to do where the orders could not be looked at.
	 *
	 * @param array<string, mixed> $record    The journal's record.
	 * @param \Exception           $exception Why.
	 * @return list<string>
	 */
	private static function without_orders( array $record, \Exception $exception ): array {
		if ( \WccomHost\Exception::class !== get_class( $exception ) || $exception->retryable ) {
			return [ 'Look again: ' . Site::command( 'recover --key-file=<file>' ) ];
		}
		// They are too many, and become more.
		$after  = gmdate( 'Y-m-d\TH:i:s\Z', $record['started'] - Order_Lookup::SLACK );
		$before = gmdate( 'Y-m-d\TH:i:s\Z', $record['started'] + Order_Lookup::SLACK );
		return [
			'Look among those of that time: ' . Site::command( "order list --status=any --after=$after --before=$before --key-file=<file>" ),
			...self::to_decide( $record, false ),
		];
	}

	/**
	 * What a person has to do who has seen the orders.
	 *
	 * @param array<string, mixed> $record       The journal's record.
	 * @param bool                 $is_cancelled Whether those that may be this site's are.
	 * @return list<string>
	 */
	private static function to_decide( array $record, bool $is_cancelled ): array {
		return [
			( empty( $record['has_answer'] )
				? 'If one of the orders is this site\'s, its secret was lost with the answer: have WooCommerce.com reset the connection'
				: "Look at the answer in {$record['journal_file']} first: if it holds the connection, give it to " . Site::command( 'connect' ) . ' once the record is forgotten. Otherwise have WooCommerce.com reset the connection' )
				. ( $is_cancelled ? '. Nothing is left to cancel.' : ', and cancel the order: ' . Site::command( 'cancel <order-id>' ) ),
			...self::after_a_decision(),
		];
	}

	/**
	 * What to type when a person has decided.
	 *
	 * @return list<string>
	 */
	private static function after_a_decision(): array {
		return [
			'Then, or if there is no such order, forget the record and register again:',
			'  ' . Site::command( 'recover --forget' ),
			'  ' . Site::command( 'register' ) . ' (with the options of the first time, such as --install)',
		];
	}

	/**
	 * Removes the record, if a person says so.
	 *
	 * @param array<string, mixed> $record     The journal's record.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function forget( #[\SensitiveParameter] array $record, array $options, array $assoc_args ): void {
		// The extension keeps what may hold a secret that nobody has read yet.
		$is_kept = 'damaged' === $record['state'] || ( 'sent' === $record['state'] && ! empty( $record['has_answer'] ) );
		$meaning = match ( true ) {
			$is_kept                                   => "It may hold the secret, so the file is kept as {$record['journal_file']}.forgotten.",
			'received' === $record['state']            => 'Its secret will be lost for good. To register the site again may make a second order, and gives no secret (exit code 7).',
			'secret_unavailable' === $record['state'] => 'To register the site again makes another order, and gives no secret unless WooCommerce.com has reset the connection.',
			default                                    => 'An order may exist, and to register the site again may make a second one.',
		};
		self::ask( $assoc_args, Journal::describe( $record ), Pending_Marker::whereabouts( $options ), $meaning );
		wccom_host_journal_close( $options['home_url'], $options );
		Pending_Marker::remove( $options );
		Output::say( ( $is_kept ? "The record is kept as {$record['journal_file']}.forgotten, and no longer in the way." : 'The record is removed.' ) . ' To register the site: ' . Site::command( 'register' ) );
	}

	/**
	 * Removes the site's note of a registration whose journal nobody here can look into, if a person says so.
	 *
	 * @param Problem              $problem    Who has it.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function forget_marker( Problem $problem, array $assoc_args ): void {
		self::ask( $assoc_args, $problem->getMessage(), 'To forget it does not touch that journal: to register the site may make a second order.' );
		Pending_Marker::forget();
		Output::say( 'It is forgotten. To register the site: ' . Site::command( 'register' ) );
	}

	/**
	 * Says what is going to be forgotten, and asks.
	 *
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @param string               ...$words   What it means.
	 * @throws Problem If nobody said yes: a script must not take that for done.
	 */
	private static function ask( array $assoc_args, string ...$words ): void {
		$words = array_filter( $words );
		if ( Utils\get_flag_value( $assoc_args, 'yes', false ) ) {
			array_map( [ Output::class, 'say' ], $words );
			return;
		}
		if ( ! Question::is_yes( 'Forget it?', ...array_values( $words ) ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was changed.', 'To forget the record without a question: ' . Site::command( 'recover --forget --yes' ) );
		}
	}
}
