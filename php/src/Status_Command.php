<?php
/**
 * The command `wp wccom-host status`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Shows the connection of a site.
 */
final class Status_Command {

	private const FIELDS = [ 'connected', 'home_url', 'url', 'site_id', 'secret', 'user_id', 'user_login', 'updated', 'order_id', 'order_status', 'customer_id', 'registered_url', 'journal', 'verified', 'last_check', 'last_result' ];

	/**
	 * Shows the connection of this site, its order and its journal, without
	 * secrets.
	 *
	 * ## OPTIONS
	 *
	 * [--verify]
	 * : Ask WooCommerce.com whether the connection works, with a signed request.
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
	 * * connected: whether token, secret and site_id are stored
	 * * home_url: the site's address
	 * * url: the address in the connection, which WooCommerce compares with it
	 * * site_id: the site at WooCommerce.com
	 * * secret: whether one is stored
	 * * user_id, user_login: the user as whom requests from WooCommerce.com run
	 * * updated: when the connection was made
	 * * order_id, customer_id: of the registration
	 * * order_status: cancelled, if this site knows that it is
	 * * registered_url: the address that WooCommerce.com was last told
	 * * journal: none, received (`wp wccom-host recover` saves it), sent (its outcome is unknown), secret_unavailable (the answer had no secret), damaged, or elsewhere (another user or machine has it)
	 * * verified: the answer to --verify
	 * * last_check, last_result: when the connection was last checked, and what came of it: confirmed, refused, or failed (nobody could be asked)
	 *
	 * ## EXAMPLES
	 *
	 *     # Show the connection.
	 *     $ wp wccom-host status
	 *     +----------------+--------------------------+
	 *     | Field          | Value                    |
	 *     +----------------+--------------------------+
	 *     | connected      | true                     |
	 *     | home_url       | https://shop.example.com |
	 *     | url            | https://shop.example.com |
	 *     | site_id        | 42506                    |
	 *     | secret         | true                     |
	 *     | user_id        | 1                        |
	 *     | user_login     | admin                    |
	 *     | updated        | 2026-11-21T21:14:30Z     |
	 *     | order_id       | 2666930                  |
	 *     | order_status   | null                     |
	 *     | customer_id    | 1872797                  |
	 *     | registered_url | https://shop.example.com |
	 *     | journal        | none                     |
	 *     | verified       | null                     |
	 *     | last_check     | 2026-11-21T21:14:31Z     |
	 *     | last_result    | confirmed                |
	 *     +----------------+--------------------------+
	 *
	 *     # Ask WooCommerce.com as well.
	 *     $ wp wccom-host status --verify --fields=connected,journal,verified --format=json
	 *     {"connected":true,"journal":"none","verified":true}
	 *
	 * ## EXIT CODES
	 *
	 * * 0: connected, and nothing is wrong
	 * * 1: not connected, or something is wrong, as standard error says
	 * * 5: the journal is damaged: an order may exist
	 * * 8: --verify: WooCommerce.com did not confirm the connection
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'status', $assoc_args, fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * Collects and prints.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If the check was asked for and failed.
	 */
	private function run( array $assoc_args ): int {
		$output = new Output( $assoc_args, self::FIELDS );
		Extension::require_loaded();
		Site::announce();
		$options   = Extension::options();
		$auth      = Connection::stored();
		$order     = Order_Record::stored();
		$elsewhere = Pending_Marker::out_of_reach( $options );
		$journal   = null === $elsewhere ? Pending_Marker::journal_elsewhere( $options ) ?? $options : $options;
		$record    = Journal::read( $journal );
		$is_asked  = Connection::is_complete( $auth ) && Utils\get_flag_value( $assoc_args, 'verify', false );
		$failure   = $is_asked ? Verification::failure( $auth, $options ) : null;
		$output->item(
			self::connection_row( $auth ) + self::order_row( $order ) + [
				'journal'  => $record['state'] ?? ( null === $elsewhere ? 'none' : 'elsewhere' ),
				'verified' => $is_asked ? null === $failure : null,
			] + self::check_row( $auth )
		);
		$open       = null === $record ? null : trim( Journal::describe( $record ) . ' ' . Pending_Marker::whereabouts( $journal ) ) . ' To go on: ' . Site::command( 'recover' );
		$complaints = self::complaints( $auth, $order, $elsewhere?->getMessage() ?? $open );
		array_map( [ WP_CLI::class, 'warning' ], $complaints );
		array_map( [ Output::class, 'say' ], self::notes( $auth, $order ) );
		if ( 'damaged' === ( $record['state'] ?? null ) ) {
			return Exit_Code::UNKNOWN;
		}
		if ( null !== $failure ) {
			throw Verification::problem( $failure );
		}
		return [] === $complaints ? Exit_Code::DONE : Exit_Code::PREFLIGHT;
	}

	/**
	 * The connection, without its secrets.
	 *
	 * @param array<string, mixed> $auth The stored connection.
	 * @return array<string, mixed>
	 */
	private static function connection_row( #[\SensitiveParameter] array $auth ): array {
		$user = get_userdata( (int) ( $auth['user_id'] ?? 0 ) );
		return [
			'connected'  => Connection::is_complete( $auth ),
			'home_url'   => home_url(),
			'url'        => $auth['url'] ?? null,
			'site_id'    => $auth['site_id'] ?? null,
			'secret'     => ! empty( $auth['access_token_secret'] ),
			'user_id'    => $auth['user_id'] ?? null,
			'user_login' => $user ? $user->user_login : null,
			'updated'    => isset( $auth['updated'] ) ? gmdate( 'Y-m-d\TH:i:s\Z', (int) $auth['updated'] ) : null,
		];
	}

	/**
	 * The last check of the connection.
	 *
	 * @param array<string, mixed> $auth The stored connection.
	 * @return array<string, mixed>
	 */
	private static function check_row( #[\SensitiveParameter] array $auth ): array {
		$check = Check_Record::of( $auth );
		return [
			'last_check'  => null === $check ? null : gmdate( 'Y-m-d\TH:i:s\Z', $check['time'] ),
			'last_result' => $check['result'] ?? null,
		];
	}

	/**
	 * The order.
	 *
	 * @param array<string, mixed> $order The record of the order.
	 * @return array<string, mixed>
	 */
	private static function order_row( array $order ): array {
		return [
			'order_id'       => ( $order['order_id'] ?? 0 ) ?: null,
			'order_status'   => $order['status'] ?? null,
			'customer_id'    => ( $order['customer_id'] ?? 0 ) ?: null,
			'registered_url' => $order['url'] ?? null,
		];
	}

	/**
	 * What a person should know although nothing is wrong.
	 *
	 * @param array<string, mixed> $auth  The stored connection.
	 * @param array<string, mixed> $order The record of the order.
	 * @return list<string>
	 */
	private static function notes( #[\SensitiveParameter] array $auth, array $order ): array {
		$notes = [];
		if ( Order_Record::is_cancelled( $order ) ) {
			$notes[] = "Order {$order['order_id']} is cancelled: the extensions go on working, without updates and support.";
		}
		// Another address in the connection itself is a complaint.
		if ( isset( $order['url'] ) && Site::is_same( $auth['url'] ?? null, home_url() ) && ! Site::is_same( $order['url'], home_url() ) ) {
			$notes[] = "WooCommerce.com was told the address {$order['url']}. If the site's own, " . home_url() . ', is there to stay: ' . Site::command( 'update-url' );
		}
		return $notes;
	}

	/**
	 * What is wrong, and what to do about it.
	 *
	 * @param array<string, mixed> $auth  The stored connection.
	 * @param array<string, mixed> $order The record of the order.
	 * @param string|null          $open  What is open, in words.
	 * @return list<string>
	 */
	private static function complaints( #[\SensitiveParameter] array $auth, array $order, ?string $open ): array {
		$complaints = null === $open ? [] : [ $open ];
		if ( ! Connection::is_complete( $auth ) ) {
			$kind         = empty( $auth['access_token'] ) ? 'The site is not connected.' : 'The connection is broken: it has no secret or no site_id.';
			$complaints[] = $kind . ( null === $open ? ' To register it: ' . Site::command( 'register' ) : '' );
			return $complaints;
		}
		$missing = Local_User::missing( (int) ( $auth['user_id'] ?? 0 ) );
		if ( [] !== $missing ) {
			$complaints[] = 'Requests from WooCommerce.com fail: user ' . (int) ( $auth['user_id'] ?? 0 ) . ' does not exist or lacks ' . implode( ' and ', $missing ) . '. Give that user the role of an administrator. (To register again with another one makes another order.)';
		}
		$url = $auth['url'] ?? null;
		if ( ! Site::is_same( $url, home_url() ) ) {
			$complaints[] = ( is_string( $url ) ? "The connection was made for $url, and the site is " . home_url() : 'The connection has no url, which WooCommerce 9.9 and later need' ) . '. ' . Site::other_address_advice();
		}
		if ( isset( $order['site_id'] ) && (int) $order['site_id'] !== (int) $auth['site_id'] ) {
			$complaints[] = 'The order on record is of another connection (site_id ' . (int) $order['site_id'] . ').';
		}
		return $complaints;
	}
}
