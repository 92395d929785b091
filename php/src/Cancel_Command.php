<?php
/**
 * The command `wp wccom-host cancel`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Cancels an order.
 */
final class Cancel_Command {

	private const FIELDS = [ 'status', 'order_id', 'order_status', 'saved' ];

	/**
	 * Cancels the order of this site, or another one.
	 *
	 * The keys of its subscriptions are revoked: the extensions go on working on
	 * the site, without updates and support. The connection that the site has
	 * stored is left alone.
	 *
	 * The order is looked at first, so that a person sees what is going to be
	 * cancelled, and an order that is cancelled already is not cancelled again.
	 * Where this site knows that its order is cancelled, nothing is sent at all,
	 * and no key is needed, unless the order is named. An order that
	 * WooCommerce.com refuses to show is not cancelled; if it cannot show it, as
	 * with HTTP 500, the order of this site is cancelled all the same, and no
	 * other.
	 *
	 * ## OPTIONS
	 *
	 * [<order-id>]
	 * : The order. Default: that of this site, as `wp wccom-host status` shows
	 * it.
	 *
	 * [--yes]
	 * : Do not ask. Needed where nobody can be asked, as in a script.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme.
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
	 *   - json
	 *   - yaml
	 *   - csv
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * * status: cancelled, or already_cancelled
	 * * order_id: the order
	 * * order_status: its status at WooCommerce.com, or as this site knows it if nothing was sent
	 * * saved: whether this site has noted it; null if the order is not this site's
	 *
	 * ## EXAMPLES
	 *
	 *     # Cancel the order of this site.
	 *     $ wp wccom-host cancel --key-file=/etc/wccom-host/key
	 *     Order 2666930, of this site, is completed: made at 2026-11-21 21:14:30 UTC for ada@example.com.
	 *     The keys of its subscriptions are revoked: the extensions go on working, without updates and support.
	 *     The connection that this site has stored is left alone.
	 *     Cancel it? [y/n] y
	 *     Order 2666930 is cancelled. The stored connection was left alone.
	 *     +--------------+-----------+
	 *     | Field        | Value     |
	 *     +--------------+-----------+
	 *     | status       | cancelled |
	 *     | order_id     | 2666930   |
	 *     | order_status | cancelled |
	 *     | saved        | true      |
	 *     +--------------+-----------+
	 *
	 *     # A second time.
	 *     $ wp wccom-host cancel --yes --fields=status,order_id --format=csv
	 *     Order 2666930 is cancelled already, since 2026-11-21 21:20:02 UTC. Nothing was sent. To look all the same: wp wccom-host cancel 2666930
	 *     Field,Value
	 *     status,already_cancelled
	 *     order_id,2666930
	 *
	 *     # No answer came (exit code 5).
	 *     $ wp wccom-host cancel --yes
	 *     Error: The request may have been sent: no answer came within 60 s. The order may be cancelled or not: `wp wccom-host order get 2666930` (or wccom_host_order()) shows its status.
	 *     This site has noted nothing. To run the same command again does no harm: it looks at the order first.
	 *
	 * ## EXIT CODES
	 *
	 * * 0: cancelled, or was cancelled before
	 * * 1: wrong use, nobody could be asked, or the answer was no: nothing was
	 *   cancelled
	 * * 3: WooCommerce.com refused the cancellation, or to show the order: nothing
	 *   was cancelled
	 * * 4: not sent: try again
	 * * 5: unknown: the order may be cancelled
	 * * 6: cancelled, but this site could not note it: run the command again
	 *
	 * @param list<string>         $args       The order.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'cancel', $assoc_args, fn (): int => $this->run( $args, $assoc_args ) );
	}

	/**
	 * Looks, asks and cancels.
	 *
	 * @param list<string>         $args       The order.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If it is not cancelled.
	 */
	private function run( array $args, array $assoc_args ): int {
		$output = new Output( $assoc_args, self::FIELDS );
		Extension::require_loaded();
		Site::announce();
		$record   = Order_Record::stored();
		$order_id = Order_Id::typed_or_made_here( $args[0] ?? null, 'cancel %s' );
		$is_own   = Order_Record::is_of( $record, $order_id );
		if ( ! isset( $args[0] ) && $is_own && Order_Record::is_cancelled( $record ) ) {
			Output::say( "Order $order_id is cancelled already, since " . gmdate( 'Y-m-d H:i:s', (int) ( $record['cancelled'] ?? 0 ) ) . ' UTC. Nothing was sent. To look all the same: ' . Site::command( "cancel $order_id" ) );
			self::print_result( $output, 'already_cancelled', $order_id, 'cancelled', true );
			return Exit_Code::DONE;
		}
		$is_asked = ! Utils\get_flag_value( $assoc_args, 'yes', false );
		if ( $is_asked && ! stream_isatty( STDIN ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "Nobody can be asked whether order $order_id is to be cancelled: standard input is no terminal. Nothing was sent.", 'To cancel it without a question: ' . Site::command( "cancel $order_id --yes" ) );
		}
		$options = Extension::options() + Secrets::key_option( $assoc_args );
		$order   = self::look( $order_id, $options, $is_own && Order_Record::is_made_here( $record ) );
		if ( 'cancelled' === ( $order['status'] ?? null ) ) {
			Output::say( "Order $order_id is cancelled already. Nothing was changed at WooCommerce.com." );
			self::note( $output, 'already_cancelled', $order_id, $order['status'] );
			return Exit_Code::DONE;
		}
		if ( $is_own && Order_Record::is_cancelled( $record ) ) {
			WP_CLI::warning( "This site has it on record that order $order_id is cancelled. WooCommerce.com does not say so." );
		}
		self::ask( $is_asked, $order_id, $order, $is_own );
		$answer = self::send( $order_id, $options );
		Output::say( "Order $order_id is cancelled. The stored connection was left alone." );
		self::note( $output, 'cancelled', $order_id, $answer['status'] );
		return Exit_Code::DONE;
	}

	/**
	 * The order as WooCommerce.com has it; null if it fails to show it, which is no reason not to cancel the site's own.
	 *
	 * @param int|string           $order_id The order.
	 * @param array<string, mixed> $options  The options of the extension.
	 * @param bool                 $is_own   Whether it was made by this site.
	 * @return array<string, mixed>|null
	 * @throws Problem If WooCommerce.com refuses to show it or cannot be reached, or fails to show another site's.
	 */
	private static function look( int|string $order_id, #[\SensitiveParameter] array $options, bool $is_own ): ?array {
		try {
			return wccom_host_order( $order_id, $options );
		} catch ( \WccomHost\ApiException | \WccomHost\UnexpectedResponseException | \WccomHost\ConnectionException $exception ) {
			$words = "Order $order_id could not be looked at: " . $exception->getMessage();
			if ( $exception instanceof \WccomHost\ApiException && $exception->httpStatus < 500 ) {
				throw new Problem( Exit_Code::REFUSED, $words, 'Nothing was cancelled.' );
			}
			if ( ! $is_own || $exception instanceof \WccomHost\ConnectionException ) {
				throw new Problem( Exit_Code::NOT_SENT, $words, 'Nothing was cancelled. The same command can be run again.' );
			}
			WP_CLI::warning( $words );
			return null;
		}
	}

	/**
	 * Says what is going to be cancelled and what that means, and asks.
	 *
	 * @param bool                      $is_asked Whether to ask.
	 * @param int|string                $order_id The order.
	 * @param array<string, mixed>|null $order    The order at WooCommerce.com, if it was to be had.
	 * @param bool                      $is_own   Whether it is the order of this site.
	 * @throws Problem If the answer is not yes.
	 */
	private static function ask( bool $is_asked, int|string $order_id, ?array $order, bool $is_own ): void {
		$words = [
			"Order $order_id, " . ( $is_own ? 'of this site' : 'which is not on record as that of this site' ) . self::describe( $order ) . '.',
			'The keys of its subscriptions are revoked: the extensions go on working, without updates and support.',
			'The connection that this site has stored is left alone.',
		];
		if ( ! $is_asked ) {
			array_map( [ Output::class, 'say' ], $words );
			return;
		}
		if ( ! Question::is_yes( 'Cancel it?', ...$words ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was cancelled.' );
		}
	}

	/**
	 * An order in words.
	 *
	 * @param array<string, mixed>|null $order The order at WooCommerce.com, if it was to be had.
	 */
	private static function describe( ?array $order ): string {
		if ( null === $order ) {
			return '';
		}
		$made = isset( $order['date_created_timestamp'] ) ? ' at ' . gmdate( 'Y-m-d H:i:s', $order['date_created_timestamp'] ) . ' UTC' : '';
		return ", is {$order['status']}: made$made for " . ( $order['customer_email'] ?? 'an unknown customer' );
	}

	/**
	 * Sends the request, once.
	 *
	 * @param int|string           $order_id The order.
	 * @param array<string, mixed> $options  The options of the extension.
	 * @return array{order_id: int|string, status: string}
	 * @throws Problem If the order is not known to be cancelled now.
	 */
	private static function send( int|string $order_id, #[\SensitiveParameter] array $options ): array {
		$advice = [ "Its status: wp wccom-host order get $order_id", 'This site has noted nothing. To run the same command again does no harm: it looks at the order first.' ];
		$answer = Change_Request::send( static fn (): array => wccom_host_cancel( $order_id, $options ), ...$advice );
		if ( 'cancelled' !== $answer['status'] ) {
			throw new Problem( Exit_Code::UNKNOWN, "WooCommerce.com took the request, and says that order $order_id is {$answer['status']}.", ...$advice );
		}
		return $answer;
	}

	/**
	 * Notes in this site that its order is cancelled, and prints the result.
	 *
	 * @param Output     $output       Where and how to print.
	 * @param string     $status       What was done.
	 * @param int|string $order_id     The order.
	 * @param string     $order_status Its status.
	 * @throws Problem If the database does not take the note.
	 */
	private static function note( Output $output, string $status, int|string $order_id, string $order_status ): void {
		$is_own = false;
		Command_Run::if_ended( self::not_noted( $order_id, 'code of this site ended the command' ) );
		$complaint = Saver::save_order(
			static function ( array $record ) use ( $order_id, $status, &$is_own ): array {
				$is_own = Order_Record::is_of( $record, $order_id );
				if ( ! $is_own || ( 'already_cancelled' === $status && Order_Record::is_cancelled( $record ) ) ) {
					return $record;
				}
				return array_merge( $record, [ 'status' => 'cancelled', 'cancelled' => time() ] );
			}
		);
		self::print_result( $output, $status, $order_id, $order_status, null === $complaint ? ( $is_own ?: null ) : false );
		if ( null !== $complaint ) {
			throw self::not_noted( $order_id, $complaint );
		}
	}

	/**
	 * An order that is cancelled, and that this site may still take for one that is not.
	 *
	 * @param int|string $order_id The order.
	 * @param string     $why      Why.
	 */
	private static function not_noted( int|string $order_id, string $why ): Problem {
		return new Problem(
			Exit_Code::NOT_SAVED,
			"Order $order_id is cancelled, but this site could not note it: $why.",
			'When the cause is gone (wp wccom-host doctor looks for it), run the command again: it finds the order cancelled, and notes it.'
		);
	}

	/**
	 * Prints the result.
	 *
	 * @param Output     $output       Where and how to print.
	 * @param string     $status       What was done.
	 * @param int|string $order_id     The order.
	 * @param string     $order_status Its status.
	 * @param bool|null  $is_saved     Whether this site has noted it.
	 */
	private static function print_result( Output $output, string $status, int|string $order_id, string $order_status, ?bool $is_saved ): void {
		$output->item(
			[
				'status'       => $status,
				'order_id'     => $order_id,
				'order_status' => $order_status,
				'saved'        => $is_saved,
			]
		);
	}
}
