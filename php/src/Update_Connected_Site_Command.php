<?php
/**
 * The command `wp wccom-host update-connected-site`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Moves a plan from one site to another.
 */
final class Update_Connected_Site_Command {

	private const FIELDS = [ 'status', 'order_id', 'site_id', 'url', 'connected', 'saved' ];

	/**
	 * Moves a plan (an order) to this site.
	 *
	 * For a plan that another site had. A site that only has another address
	 * keeps its plan and its connection: `wp wccom-host update-url`.
	 *
	 * The order is this site's from then on, and kept on record. A connection is
	 * not moved: the one that a site has stored belongs to its own site_id at
	 * WooCommerce.com. If the plan came to that site_id, the address in the
	 * connection is refreshed; if it came to another, or if this site has no
	 * connection, the command says so, and what to do.
	 *
	 * Everything that the saving needs is tried before anything is sent. To send
	 * the same again changes nothing.
	 *
	 * ## OPTIONS
	 *
	 * [<url>]
	 * : The address of the site that gets the plan. Default: this site's own
	 * (`wp option get home`). Another one needs --force: this site's own order
	 * is no longer on record here then.
	 *
	 * [--order-id=<id>]
	 * : The order. Default: the one that this site has on record.
	 *
	 * [--force]
	 * : Move the plan to another site than this one; move a plan to this site
	 * although it has another order on record.
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
	 * * status: moved
	 * * order_id: the order
	 * * site_id: the site that has it now, at WooCommerce.com
	 * * url: its address
	 * * connected: whether this site has the connection of that site_id; null if the plan was moved to another site
	 * * saved: whether this site has saved what concerns it
	 *
	 * ## EXAMPLES
	 *
	 *     # This site gets the plan of another one.
	 *     $ wp wccom-host update-connected-site --order-id=2666930 --key-file=/etc/wccom-host/key
	 *     If another site had this plan, its record still names order 2666930. Remove it there: wp option delete wccom_host_order
	 *     +-----------+--------------------------+
	 *     | Field     | Value                    |
	 *     +-----------+--------------------------+
	 *     | status    | moved                    |
	 *     | order_id  | 2666930                  |
	 *     | site_id   | 42507                    |
	 *     | url       | https://shop.example.com |
	 *     | connected | true                     |
	 *     | saved     | true                     |
	 *     +-----------+--------------------------+
	 *
	 *     # The plan of this site goes to another one.
	 *     $ wp wccom-host update-connected-site https://new.example.com --force --fields=order_id,site_id --format=json
	 *     This site has no order on record any more. Its stored connection was left alone.
	 *     {"order_id":2666930,"site_id":42508}
	 *
	 * ## EXIT CODES
	 *
	 * * 0: moved, and saved
	 * * 1: wrong use, or something is missing: nothing was sent
	 * * 3: WooCommerce.com refused: the plan was not moved
	 * * 4: not sent: try again
	 * * 5: unknown: the plan may be moved; or a registration of unknown outcome
	 *   is open, and nothing was sent
	 * * 6: moved, but this site could not save it: run the command again
	 *
	 * @param list<string>         $args       The address.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'update-connected-site', $assoc_args, fn (): int => $this->run( $args, $assoc_args ) );
	}

	/**
	 * Everything that is needed, then the request under the site's lock: no registration may come in between.
	 *
	 * @param list<string>         $args       The address.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $args, array $assoc_args ): int {
		$output = new Output( $assoc_args, self::FIELDS );
		Extension::require_loaded();
		Site::announce();
		$url     = (string) ( $args[0] ?? home_url() );
		$is_here = Address_Change::is_here( $url, $assoc_args, 'That site would get the plan.' );
		$key     = Secrets::key_option( $assoc_args );
		Journal::locked( Extension::options(), static fn ( array $options ) => self::move( $url, $is_here, $assoc_args, $options + $key, $output ) );
		return Exit_Code::DONE;
	}

	/**
	 * Moves the plan, and saves what concerns this site.
	 *
	 * @param string               $url        The address.
	 * @param bool                 $is_here    Whether it is this site's.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param Output               $output     Where and how to print.
	 * @throws Problem If it cannot be sent or saved.
	 */
	private static function move( string $url, bool $is_here, array $assoc_args, #[\SensitiveParameter] array $options, Output $output ): void {
		$auth     = Address_Change::prepare( $options );
		$record   = Order_Record::stored();
		$order_id = Order_Id::typed_or_made_here( $assoc_args['order-id'] ?? null, 'update-connected-site --order-id=%s' );
		if ( $is_here && ! Utils\get_flag_value( $assoc_args, 'force', false ) ) {
			self::refuse_second_order( $record, $order_id );
		}
		$is_complete = Connection::is_complete( $auth );
		if ( $is_here && $is_complete ) {
			Woocommerce::load();
		}
		$answer = Change_Request::send(
			static fn (): array => wccom_host_update_connected_site( [ 'url' => $url, 'order_id' => $order_id ], $options ),
			"Where the plan is: wp wccom-host order connections $order_id",
			'This site has saved nothing. To run the same command again moves the plan to the same site again.'
		);
		$done   = "Order $order_id is that of {$answer['url']} (site_id {$answer['site_id']}) now";
		Command_Run::if_ended( Address_Change::not_saved( $done, 'code of this site ended the command' ) );
		$is_connected = $is_complete && (string) $auth['site_id'] === (string) $answer['site_id'];
		$complaint    = $is_here && $is_connected ? Saver::save_address( $auth ) : null;
		$complaint  ??= Saver::save_order( self::record_change( $is_here, $order_id, $answer['site_id'], $url ) );
		$output->item(
			[
				'status'    => 'moved',
				'order_id'  => $order_id,
				'site_id'   => $answer['site_id'],
				'url'       => $answer['url'],
				'connected' => $is_here ? $is_connected : null,
				'saved'     => null === $complaint,
			]
		);
		if ( null !== $complaint ) {
			throw Address_Change::not_saved( $done, $complaint );
		}
		self::say_what_follows( $is_here, $is_connected, Order_Record::is_of( $record, $order_id ), $auth, $answer );
	}

	/**
	 * Refuses to put an order on record in the place of another one, which would go on without anybody knowing of it.
	 *
	 * @param array<string, mixed> $record   The record of this site's order.
	 * @param int|string           $order_id The order to be moved.
	 * @throws Problem If this site has another order.
	 */
	private static function refuse_second_order( array $record, int|string $order_id ): void {
		if ( empty( $record['order_id'] ) || Order_Record::is_of( $record, $order_id ) || Order_Record::is_cancelled( $record ) ) {
			return;
		}
		throw new Problem(
			Exit_Code::PREFLIGHT,
			"This site has another order on record, {$record['order_id']}, which would go on at WooCommerce.com, and be forgotten here. Nothing was sent.",
			'To cancel it first: ' . Site::command( 'cancel' ),
			'If this is meant, say so: --force'
		);
	}

	/**
	 * What becomes of the record of this site's order.
	 *
	 * @param bool       $is_here  Whether this site has got the plan.
	 * @param int|string $order_id The order.
	 * @param int|string $site_id  The site at WooCommerce.com that has it now.
	 * @param string     $url      Its address.
	 * @return \Closure(array<string, mixed>): array<string, mixed>
	 */
	private static function record_change( bool $is_here, int|string $order_id, int|string $site_id, string $url ): \Closure {
		$new = Order_Record::of( [ 'site_id' => $site_id, 'updated' => time() ], [ 'order_id' => $order_id, 'url' => $url ] );
		return static function ( array $record ) use ( $is_here, $order_id, $new ): array {
			$is_own = Order_Record::is_of( $record, $order_id );
			if ( ! $is_here ) {
				return $is_own ? [] : $record;
			}
			// Of the same order the customer stays as known.
			return $is_own ? array_merge( $new, array_filter( $record ), array_intersect_key( $new, [ 'site_id' => '', 'url' => '', 'home_url' => '' ] ) ) : $new;
		};
	}

	/**
	 * Says what the person has to know or do now.
	 *
	 * @param bool                 $is_here      Whether this site has got the plan.
	 * @param bool                 $is_connected Whether it has the connection of the site that has the plan now.
	 * @param bool                 $was_own      Whether it had the order on record before.
	 * @param array<string, mixed> $auth         The stored connection.
	 * @param array{order_id: int|string, site_id: int|string, url: string} $answer What WooCommerce.com said.
	 */
	private static function say_what_follows( bool $is_here, bool $is_connected, bool $was_own, #[\SensitiveParameter] array $auth, array $answer ): void {
		if ( ! $is_here ) {
			Output::say( $was_own ? 'This site has no order on record any more. Its stored connection was left alone.' : 'Nothing was changed in this site.' );
			return;
		}
		if ( ! $was_own ) {
			Output::say( "If another site had this plan, its record still names order {$answer['order_id']}. Remove it there: wp option delete " . Order_Record::OPTION );
		}
		if ( $is_connected ) {
			return;
		}
		WP_CLI::warning(
			( Connection::is_complete( $auth )
				? "The plan is that of site_id {$answer['site_id']} now, but this site is connected as site_id {$auth['site_id']}. That connection was left alone: it cannot be used for another site_id."
				: 'This site has no complete connection, and WooCommerce.com does not give one with a plan that was moved.' )
			. ' Until the site is connected as ' . $answer['site_id'] . ", its extensions get no updates and no support.\n"
			. 'If that connection is known elsewhere, give it to: ' . Site::command( 'connect' ) . "\n"
			. 'Otherwise ask WooCommerce.com for it. A registration gives one, too, but makes another order: ' . Site::command( 'register --force' )
		);
	}
}
