<?php
/**
 * The command `wp wccom-host update-url`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Tells WooCommerce.com of a site's new address.
 */
final class Update_Url_Command {

	private const FIELDS = [ 'status', 'url', 'order_id', 'site_id', 'saved' ];

	/**
	 * Tells WooCommerce.com that this site has another address.
	 *
	 * For a site that has moved, or that was registered under a temporary
	 * address: not for a copy of a site, which would take the address of the
	 * original. A copy and a site that has moved look the same from here, so
	 * that a person is asked, or a script says --yes, where the connection or
	 * the order on record is that of another address. The address in the stored
	 * connection, which WooCommerce compares with the site's own, is refreshed.
	 *
	 * Everything that the saving needs is tried before anything is sent. To send
	 * the same address again changes nothing.
	 *
	 * ## OPTIONS
	 *
	 * [<new-url>]
	 * : The new address. Default: the site's own (`wp option get home`). Another
	 * one needs --force; the stored connection keeps the site's own.
	 *
	 * [--order-id=<id>]
	 * : The order by which WooCommerce.com knows the site. Default: the one that
	 * this site has on record. Another one is looked up first, since it might be
	 * another site's.
	 *
	 * [--api-version=<version>]
	 * : Version of the host-plan API. In v1.0 the stored connection says which
	 * site it is and signs the address; no order is needed.
	 * ---
	 * default: v2.0
	 * options:
	 *   - v1.0
	 *   - v2.0
	 * ---
	 *
	 * [--force]
	 * : Send an address that is not the site's own; send an order that is not
	 * one of this site's.
	 *
	 * [--yes]
	 * : Do not ask whether the site has moved. Needed where nobody can be asked,
	 * as in a script. Never for a copy of a site.
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
	 * * status: updated
	 * * url: the address that WooCommerce.com has now
	 * * order_id: the order, if it is known
	 * * site_id: the site at WooCommerce.com
	 * * saved: whether this site has saved it
	 *
	 * ## EXAMPLES
	 *
	 *     # The site has moved.
	 *     $ wp wccom-host update-url --key-file=/etc/wccom-host/key
	 *     WooCommerce.com is told that this site (site_id 42506) has moved from https://shop.example.com to https://example.com.
	 *     If this site is a copy of https://shop.example.com, stop: that site would lose its address. A copy needs an order of its own: wp wccom-host register --force
	 *     Has it moved? [y/n] y
	 *     +----------+---------------------+
	 *     | Field    | Value               |
	 *     +----------+---------------------+
	 *     | status   | updated             |
	 *     | url      | https://example.com |
	 *     | order_id | 2666930             |
	 *     | site_id  | 42506               |
	 *     | saved    | true                |
	 *     +----------+---------------------+
	 *
	 *     # The number of the order is not known: the connection signs the address.
	 *     $ wp wccom-host update-url --yes --quiet --api-version=v1.0 --format=json
	 *     {"status":"updated","url":"https://example.com","order_id":null,"site_id":42506,"saved":true}
	 *
	 *     # Before the site itself gets the new address.
	 *     $ wp wccom-host update-url https://example.com --force --fields=url
	 *     The stored connection keeps https://shop.example.com, the address of this site. When the site has the new one: wp wccom-host update-url --yes
	 *     +-------+---------------------+
	 *     | Field | Value               |
	 *     +-------+---------------------+
	 *     | url   | https://example.com |
	 *     +-------+---------------------+
	 *
	 * ## EXIT CODES
	 *
	 * * 0: WooCommerce.com has the address, and it is saved
	 * * 1: wrong use, something is missing, nobody could be asked, or the answer
	 *   was no: nothing was sent
	 * * 3: WooCommerce.com refused: the address was not changed
	 * * 4: not sent: try again
	 * * 5: unknown: the address may be changed; or a registration of unknown
	 *   outcome is open, and nothing was sent
	 * * 6: WooCommerce.com has the address, but this site could not save it: run
	 *   the command again
	 *
	 * @param list<string>         $args       The new address.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'update-url', $assoc_args, fn (): int => $this->run( $args, $assoc_args ) );
	}

	/**
	 * Everything that is needed, then the request under the site's lock: no registration may come in between.
	 *
	 * @param list<string>         $args       The new address.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If the options do not fit together.
	 */
	private function run( array $args, array $assoc_args ): int {
		$output = new Output( $assoc_args, self::FIELDS );
		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		$url = (string) ( $args[0] ?? home_url() );
		if ( isset( $assoc_args['order-id'] ) && self::is_signed( $assoc_args ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--order-id belongs to API version v2.0. Nothing was sent.', 'Leave it out: in v1.0 the stored connection says which site it is.' );
		}
		$is_here = Address_Change::is_here( $url, $assoc_args, 'WooCommerce.com would have another address than the site.' );
		$key     = Secrets::key_option( $assoc_args );
		self::ask( $url, $assoc_args );
		Journal::locked( Extension::options(), static fn ( array $options ) => self::update( $url, $assoc_args, $options + $key, $output ) );
		if ( ! $is_here ) {
			Output::say( 'The stored connection keeps ' . home_url() . ', the address of this site. When the site has the new one: ' . Site::command( 'update-url --yes' ) );
		}
		return Exit_Code::DONE;
	}

	/**
	 * Says what is going to change and asks, if the site may be a copy of another one. Before the lock is taken: people
	 * think longer than others should wait.
	 *
	 * @param string               $url        The address.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @throws Problem If nobody said that the site has moved.
	 */
	private static function ask( string $url, array $assoc_args ): void {
		$auth   = Connection::stored();
		$record = Order_Record::stored();
		$former = self::former_address( $auth, $record );
		$told   = ( $record['url'] ?? '' ) ?: $former ?? $url;
		if ( ! Connection::is_complete( $auth ) || ( null === $former && Site::is_same( $told, $url ) ) ) {
			return;
		}
		$move = "WooCommerce.com is told that this site (site_id {$auth['site_id']}) has moved from $told to $url.";
		if ( null === $former ) {
			Output::say( $move );
			return;
		}
		$words = [
			$move,
			"If this site is a copy of $former, stop: that site would lose its address. A copy needs an order of its own: " . Site::command( 'register --force' ),
		];
		if ( Utils\get_flag_value( $assoc_args, 'yes', false ) ) {
			array_map( [ Output::class, 'say' ], $words );
			return;
		}
		if ( ! stream_isatty( STDIN ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nobody can be asked whether this site has moved: standard input is no terminal. Nothing was sent.', ...$words, ...[ 'If it has moved, say so with --yes: ' . Site::command( 'update-url --yes' ) ] );
		}
		if ( ! Question::is_yes( 'Has it moved?', ...$words ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was sent.' );
		}
	}

	/**
	 * Where this site, or the one of which it is a copy, was when it was connected; null if that is here.
	 *
	 * @param array<string, mixed> $auth   The stored connection.
	 * @param array<string, mixed> $record The record of the order.
	 */
	private static function former_address( #[\SensitiveParameter] array $auth, array $record ): ?string {
		$known = array_filter( [ $auth['url'] ?? null, $record['home_url'] ?? $record['url'] ?? null ], static fn ( mixed $url ): bool => is_string( $url ) && '' !== $url );
		foreach ( $known as $url ) {
			if ( ! Site::is_same( $url, home_url() ) ) {
				return $url;
			}
		}
		return [] === $known ? 'an address that is not known here' : null;
	}

	/**
	 * Sends the address, and saves it.
	 *
	 * @param string               $url        The address.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param Output               $output     Where and how to print.
	 * @throws Problem If it cannot be sent or saved.
	 */
	private static function update( string $url, array $assoc_args, #[\SensitiveParameter] array $options, Output $output ): void {
		$auth = Address_Change::prepare( $options );
		if ( ! Connection::is_complete( $auth ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'This site has no complete connection whose address could be changed. Nothing was sent.', 'See: ' . Site::command( 'status' ) );
		}
		$order_id  = self::is_signed( $assoc_args ) ? null : self::order_id( $auth, $assoc_args, $options );
		$on_record = ( Order_Record::stored()['order_id'] ?? 0 ) ?: null;
		$answer    = self::send( $url, $order_id, $auth, $options );
		$known_as  = is_array( $answer ) ? $answer['url'] : $url;
		if ( is_array( $answer ) && (string) $answer['site_id'] !== (string) $auth['site_id'] ) {
			throw new Problem(
				Exit_Code::NOT_SAVED,
				"WooCommerce.com has given the address $known_as to site_id {$answer['site_id']}, which is that of order $order_id, but this site is connected as site_id {$auth['site_id']}. This site has saved nothing.",
				'If the order is another site\'s, give that site its own address back, there: wp wccom-host update-url'
			);
		}
		if ( ! Site::is_same( $known_as, $url ) ) {
			WP_CLI::warning( "WooCommerce.com was told $url, and has $known_as." );
		}
		$done = "WooCommerce.com has the address $known_as";
		Command_Run::if_ended( Address_Change::not_saved( $done, 'code of this site ended the command' ) );
		$complaint = Saver::save_address( $auth ) ?? Saver::save_order( self::record_change( $auth, $order_id, $url ) );
		$output->item(
			[
				'status'   => 'updated',
				'url'      => $known_as,
				'order_id' => $order_id ?? $on_record,
				'site_id'  => $auth['site_id'],
				'saved'    => null === $complaint,
			]
		);
		if ( null !== $complaint ) {
			throw Address_Change::not_saved( $done, $complaint );
		}
	}

	/**
	 * Whether the connection signs the address, and no order is named.
	 *
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function is_signed( array $assoc_args ): bool {
		return 'v1.0' === ( $assoc_args['api-version'] ?? 'v2.0' );
	}

	/**
	 * The order by which WooCommerce.com finds the site.
	 *
	 * @param array<string, mixed> $auth       The stored connection.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @throws Problem If it is not known, or another site's.
	 */
	private static function order_id( #[\SensitiveParameter] array $auth, array $assoc_args, #[\SensitiveParameter] array $options ): int|string {
		$signed   = 'Without an order, signed by the stored connection: ' . Site::command( 'update-url --api-version=v1.0 --yes' );
		$order_id = Order_Id::typed_or_own( $assoc_args['order-id'] ?? null, $signed );
		$record   = Order_Record::stored();
		$is_own   = Order_Record::is_of( $record, $order_id ) && (string) ( $record['site_id'] ?? '' ) === (string) $auth['site_id'];
		if ( $is_own || Utils\get_flag_value( $assoc_args, 'force', false ) ) {
			return $order_id;
		}
		$orders = array_merge( ...array_values( wccom_host_site( $auth['site_id'], $options )['order_ids'] ) );
		if ( ! in_array( (string) $order_id, array_map( 'strval', $orders ), true ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"Order $order_id is none of the orders of this site (site_id {$auth['site_id']}): another site would get this address. Nothing was changed.",
				"Its orders: wp wccom-host site get {$auth['site_id']}",
				$signed,
				'If this is meant, say so: --force'
			);
		}
		return $order_id;
	}

	/**
	 * Sends the request, once.
	 *
	 * @param string               $url      The address.
	 * @param int|string|null      $order_id The order; null to have the connection sign.
	 * @param array<string, mixed> $auth     The stored connection.
	 * @param array<string, mixed> $options  The options of the extension.
	 * @return array{url: string, order_id: int|string, site_id: int|string}|true
	 * @throws Problem If the address is not known to be changed now.
	 */
	private static function send( string $url, int|string|null $order_id, #[\SensitiveParameter] array $auth, #[\SensitiveParameter] array $options ): array|bool {
		$credentials = array_intersect_key( $auth, [ 'access_token' => '', 'access_token_secret' => '' ] );
		return Change_Request::send(
			static fn (): array|bool => wccom_host_update_url( [ 'url' => $url ] + ( null === $order_id ? $credentials : [ 'order_id' => $order_id ] ), $options ),
			"The address that WooCommerce.com has: wp wccom-host site get {$auth['site_id']}" . ( null === $order_id ? '' : " (or order connections $order_id)" ),
			'This site has saved nothing. To run the same command again sets the same address again.'
		);
	}

	/**
	 * What becomes of the record of the order: it has the address that WooCommerce.com was told.
	 *
	 * @param array<string, mixed> $auth     The stored connection.
	 * @param int|string|null      $order_id The order, if it is known.
	 * @param string               $url      The address.
	 * @return \Closure(array<string, mixed>): array<string, mixed>
	 */
	private static function record_change( array $auth, int|string|null $order_id, string $url ): \Closure {
		$new = Order_Record::of( [ 'site_id' => $auth['site_id'], 'updated' => (int) ( $auth['updated'] ?? time() ) ], [ 'order_id' => $order_id ?? 0, 'url' => $url ] );
		return static function ( array $record ) use ( $new ): array {
			$is_of_another_site = [] !== $record && (string) ( $record['site_id'] ?? '' ) !== (string) $new['site_id'];
			return $is_of_another_site ? $record : array_merge( $new, array_filter( $record ), array_intersect_key( $new, [ 'url' => '', 'home_url' => '' ] ) );
		};
	}
}
