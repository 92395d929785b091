<?php
/**
 * The command `wp wccom-host register`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Registers a site.
 */
final class Register_Command {

	private const DRY_RUN_FIELDS = [ 'status', 'url', 'home_url', 'base_url', 'api_version', 'user_id', 'key', 'wpcom_access_token', 'request' ];

	/**
	 * Registers this site with WooCommerce.com, and saves the connection.
	 *
	 * Everything that the saving needs is tried before anything is sent. The
	 * request is sent once: the secret in its answer is kept in a journal until
	 * it has been read back from the site's database. If the answer is lost on
	 * its way, an order may exist, and no other request is sent for this site
	 * until `wp wccom-host recover` has looked.
	 *
	 * A site that is connected already is left alone. What an earlier run
	 * received and could not save is saved now, without a request.
	 *
	 * The key and the customer's token are read from a file, from standard
	 * input, or from the environment variables WCCOM_HOST_KEY and
	 * WCCOM_HOST_WPCOM_ACCESS_TOKEN, which the site's own code does not get to
	 * see. They cannot be given as a value on the command line, which other
	 * users of the machine can read.
	 *
	 * ## OPTIONS
	 *
	 * [--site-url=<url>]
	 * : The address to register, if it is not the site's own, such as a
	 * temporary one.
	 *
	 * [--wpcom-access-token-file=<file>]
	 * : File with the customer's WordPress.com access token; `-` is standard
	 * input. One line end at its end is dropped.
	 *
	 * [--email=<email>]
	 * : The customer's e-mail address. It also helps to find the order again. In
	 * v2.0 it is sent as `customer_email` in the metadata, and the names as
	 * `customer_first_name` and `customer_last_name`, unless --metadata has
	 * them.
	 *
	 * [--first-name=<name>]
	 * : The customer's first name.
	 *
	 * [--last-name=<name>]
	 * : The customer's last name.
	 *
	 * [--wpcom-user-id=<id>]
	 * : The customer's id at WordPress.com. Only in v1.0, where it can stand for
	 * the token.
	 *
	 * [--products=<slugs>]
	 * : Slugs of the products to provision, separated by commas. Default: all of
	 * the package.
	 *
	 * [--metadata=<metadata>]
	 * : More about the order, as name=value pairs separated by commas, or as a
	 * JSON object with strings as values.
	 *
	 * [--api-version=<version>]
	 * : Version of the host-plan API.
	 * ---
	 * default: v2.0
	 * options:
	 *   - v1.0
	 *   - v2.0
	 * ---
	 *
	 * [--user-id=<id>]
	 * : The user of this site as whom requests from WooCommerce.com run.
	 * Default: the administrator with the lowest id, on a network the super
	 * admin with the lowest id.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input.
	 *
	 * [--force]
	 * : Register a site that is connected already. It does not override an
	 * unknown outcome in the journal.
	 *
	 * [--dry-run]
	 * : Check everything, print what would be sent, without secrets, and send
	 * nothing.
	 *
	 * [--[no-]save]
	 * : With --no-save the connection is not saved, but printed with its secret,
	 * as JSON for `wp wccom-host connect`. The journal keeps it until then.
	 *
	 * [--skip-verify]
	 * : Do not ask WooCommerce.com whether the saved connection works.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme, which is not needed, but where one of
	 * them filters options that matter here.
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
	 *     # Register the site. The key and the customer's token are in files.
	 *     $ wp wccom-host register --key-file=/etc/wccom-host/key --wpcom-access-token-file=token.txt --email=ada@example.com
	 *     +-------------+--------------------------+
	 *     | Field       | Value                    |
	 *     +-------------+--------------------------+
	 *     | status      | registered               |
	 *     | url         | https://shop.example.com |
	 *     | order_id    | 2666930                  |
	 *     | customer_id | 1872797                  |
	 *     | site_id     | 42506                    |
	 *     | user_id     | 1                        |
	 *     | secret_kept | false                    |
	 *     | verified    | true                     |
	 *     +-------------+--------------------------+
	 *
	 *     # In a script, with both secrets in the environment. A second run changes nothing.
	 *     $ wp wccom-host register --porcelain
	 *     https://shop.example.com is already connected to WooCommerce.com. Nothing was sent.
	 *     2666930
	 *
	 *     # See what would be sent.
	 *     $ wp wccom-host register --dry-run --email=ada@example.com --fields=url,user_id,request --format=yaml
	 *     ---
	 *     url: https://shop.example.com
	 *     user_id: 1
	 *     request:
	 *       url: https://shop.example.com
	 *       metadata:
	 *         customer_email: ada@example.com
	 *
	 *     Everything that a registration needs is there. Nothing was sent.
	 *
	 *     # The answer did not come: an order may exist (exit code 5).
	 *     $ wp wccom-host register --email=ada@example.com
	 *     Error: The request was sent, but no answer came within 60 s. An order may exist. Do not send it again: `wp wccom-host recover` on the site (or wccom_host_lookup()) looks for it among the orders of WooCommerce.com.
	 *     To find out: wp wccom-host recover
	 *
	 *     # Against another server, such as one for tests.
	 *     $ php -d wccom_host.base_url=http://127.0.0.1:8080/wp-json/wccom/host-plan "$(command -v wp)" wccom-host register
	 *
	 * ## EXIT CODES
	 *
	 * * 0: registered, or connected already
	 * * 1: wrong use, or something is missing: nothing was sent
	 * * 3: WooCommerce.com refused: there is no order
	 * * 4: not sent: try again
	 * * 5: unknown: an order may exist
	 * * 6: registered, but not saved: the journal has the connection
	 * * 7: registered before: the secret is not known here
	 * * 8: saved, but WooCommerce.com did not confirm the connection
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * Everything that is needed, then the registration.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $assoc_args ): int {
		$is_dry_run = (bool) Utils\get_flag_value( $assoc_args, 'dry-run', false );
		$is_forced  = (bool) Utils\get_flag_value( $assoc_args, 'force', false );
		$dry_output = $is_dry_run ? new Output( $assoc_args, self::DRY_RUN_FIELDS ) : null;
		$completion = new Completion( $is_dry_run ? array_intersect_key( $assoc_args, [ 'format' => '' ] ) : $assoc_args );

		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		$options = Extension::options();
		$stored  = Connection::stored();
		if ( ! $is_forced && Connection::is_complete( $stored ) && null === wccom_host_journal_read( home_url(), $options ) ) {
			$completion->already_connected( $stored );
			return Exit_Code::DONE;
		}
		$user_id = Local_User::choose( Local_User::wanted( $assoc_args ) );
		$key     = Secrets::key_option( $assoc_args );
		$request = Registration_Request::from( $assoc_args );
		self::announce_address( $request['url'] );
		Write_Test::run();

		if ( null !== $dry_output ) {
			self::print_dry_run( $dry_output, $request, $user_id, $options, $assoc_args );
			return Exit_Code::DONE;
		}
		$send = fn ( array $stored ): array => self::send( $request, $options + $key + [
			'api_version'  => Registration_Request::api_version( $assoc_args ),
			'user_id'      => $user_id,
			'current_auth' => [] === $stored ? null : $stored,
		] );
		Journal::locked( $options, fn () => $this->register( $send, $completion, $options, $is_forced, (bool) Utils\get_flag_value( $assoc_args, 'save', true ) ) );
		return Exit_Code::DONE;
	}

	/**
	 * Under the lock: another run may have registered the site while this one waited.
	 *
	 * @param callable(array<string, mixed>): array{array<string, mixed>, array<string, mixed>} $send Sends the request, given the stored connection.
	 * @param Completion           $completion The second half.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param bool                 $is_forced  Whether a connected site is registered too.
	 * @param bool                 $is_saved   Whether the connection is saved here.
	 */
	private function register( callable $send, Completion $completion, array $options, bool $is_forced, bool $is_saved ): void {
		$received = Journal::received( $options );
		if ( null !== $received ) {
			$completion->finish_received( $received, $options );
			return;
		}
		$stored = Connection::stored();
		if ( ! $is_forced && Connection::is_complete( $stored ) ) {
			$completion->already_connected( $stored );
			return;
		}
		[ $auth, $registration ] = $send( $stored );
		if ( $is_saved ) {
			$completion->finish( 'registered', $auth, $registration, $options );
			return;
		}
		Output::say( 'Registered, and not saved: the journal keeps the connection until `' . Site::command( 'connect' ) . '` or `' . Site::command( 'recover' ) . '`.' );
		echo wp_json_encode( compact( 'auth', 'registration' ), JSON_UNESCAPED_SLASHES ), "\n";
	}

	/**
	 * Sends the request, once.
	 *
	 * @param array<string, mixed> $request The request.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array{array<string, mixed>, array<string, mixed>} The connection, and the rest of the registration.
	 * @throws Problem If a signal came.
	 */
	private static function send( #[\SensitiveParameter] array $request, #[\SensitiveParameter] array $options ): array {
		$registration = null;
		Command_Run::if_ended( new Problem( Exit_Code::UNKNOWN, 'The command was ended while the request was under way: an order may exist.', 'To find out: ' . Site::command( 'recover' ) ) );
		try {
			$auth = Interrupted::or_done(
				static function () use ( $request, $options, &$registration ): array {
					return wccom_host_register( $request, $options, $registration );
				}
			);
			return [ $auth, $registration ];
		} catch ( Interrupted ) {
			$received = Journal::received( $options );
			if ( null !== $received ) {
				// The answer was there first: ending here would only leave work for `recover`.
				return [ $received['auth'], $received['registration'] ?? [] ];
			}
			throw new Problem( Exit_Code::NOT_SENT, 'Interrupted before anything was sent: no order was made.', 'The same command can be run again.' );
		}
	}

	/**
	 * Says so if another address than the site's own is registered.
	 *
	 * @param string $url The address.
	 */
	private static function announce_address( string $url ): void {
		if ( ! wccom_host_same_site( $url, home_url() ) ) {
			WP_CLI::warning( "The address $url is registered for the site " . home_url() . ', as --site-url says. The connection is saved in that site.' );
		}
	}

	/**
	 * Prints what would be sent.
	 *
	 * @param Output               $output     Where and how to print.
	 * @param array<string, mixed> $request    The request.
	 * @param int                  $user_id    The user.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function print_dry_run( Output $output, #[\SensitiveParameter] array $request, int $user_id, array $options, array $assoc_args ): void {
		if ( null !== Journal::received( $options ) ) {
			Output::say( 'Nothing would be sent: an earlier run received a registration, which would be saved.' );
		}
		$has_token = isset( $request['wpcom_access_token'] ) || isset( $request['customer']['wpcom_access_token'] );
		$output->item(
			[
				'status'             => 'dry_run',
				'url'                => $request['url'],
				'home_url'           => home_url(),
				'base_url'           => Extension::base_url(),
				'api_version'        => Registration_Request::api_version( $assoc_args ),
				'user_id'            => $user_id,
				'key'                => Secrets::source( $assoc_args['key-file'] ?? null, Secrets::KEY_VARIABLE ),
				'wpcom_access_token' => $has_token ? Secrets::source( $assoc_args['wpcom-access-token-file'] ?? null, Secrets::TOKEN_VARIABLE ) : null,
				'request'            => Registration_Request::without_secrets( $request ),
			]
		);
		Output::say( 'Everything that a registration needs is there. Nothing was sent.' );
	}
}
