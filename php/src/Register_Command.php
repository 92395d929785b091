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
	 * WCCOM_HOST_WPCOM_ACCESS_TOKEN. They cannot be given as a value on the
	 * command line, which other users of the machine can read. The variables are
	 * removed before the site's own code runs; code that looks for them can
	 * still find them in what the process was started with. So a file is best
	 * for the key: it is read when the request is made, and no PHP variable
	 * holds it.
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
	 * : File with the key of the plan's package, the recommended way; `-` is
	 * standard input.
	 *
	 * [--force]
	 * : Register a site that is connected already. It does not override an
	 * unknown outcome in the journal.
	 *
	 * [--dry-run]
	 * : Check everything, also key and token, print what would be sent, without
	 * secrets, and send nothing. With --install WooCommerce.com is asked for the
	 * list of products, to see that they are in the package.
	 *
	 * [--[no-]save]
	 * : With --no-save the connection is not saved, but printed with its secret,
	 * as JSON for `wp wccom-host connect`. The journal keeps it until then. What
	 * an earlier run received is printed without a request. A connected site
	 * needs --force.
	 *
	 * [--skip-verify]
	 * : Do not ask WooCommerce.com whether the saved connection works.
	 *
	 * [--install[=<slugs>]]
	 * : Then install the products: those that are named here, separated by
	 * commas, or else those of --products, or all of the package. That they are
	 * in the package is checked before a request makes an order; what an earlier
	 * run received is saved first. Also on a site that is connected already: so
	 * that the same command, run again, does what is left. See
	 * `wp help wccom-host product install`. The result gets a field products; in
	 * a table it is none of --fields, but a second table. Not as CSV.
	 *
	 * [--activate]
	 * : With --install: activate the plugins; WooCommerce, which is loaded then,
	 * connects their licences. A theme is activated only if --install names it,
	 * and no other theme.
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
	 *     # A customer's whole provisioning: registered, installed, active, with licences.
	 *     $ wp wccom-host register --key-file=/etc/wccom-host/key --wpcom-access-token-file=token.txt --install --activate --format=json
	 *     {"status":"registered","url":"https://shop.example.com","order_id":2666930,...,"products":[{"slug":"woocommerce-shipping-usps","type":"plugin","version":"4.4.19","status":"installed","active":true,"reason":null},...]}
	 *
	 *     # The answer did not come: an order may exist (exit code 5).
	 *     $ wp wccom-host register --email=ada@example.com
	 *     Error: The request was sent, but no answer came within 60 s. An order may exist. Do not send it again: `wp wccom-host recover` on the site, `wp wccom-host journal lookup` on a control host, or wccom_host_lookup() looks for it among the orders of WooCommerce.com.
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
	 * * 9: --install: registered, or connected already, but not every product is
	 * installed, or active with --activate, or WooCommerce.com did not give the
	 * list of products: run the same command again, without --force
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'register', $assoc_args, fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * The registration and, if it was asked for, the products.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $assoc_args ): int {
		$is_dry_run   = (bool) Utils\get_flag_value( $assoc_args, 'dry-run', false );
		$provisioning = Provisioning::asked_for( $is_dry_run ? array_diff_key( $assoc_args, array_flip( [ 'fields', 'format' ] ) ) : $assoc_args );
		if ( null === $provisioning || $is_dry_run ) {
			self::bring_about( $assoc_args, new Completion( $is_dry_run ? array_intersect_key( $assoc_args, [ 'format' => '' ] ) : $assoc_args ), $provisioning );
			return Exit_Code::DONE;
		}
		$provisioning->register( static fn () => self::bring_about( $assoc_args, $provisioning->completion(), $provisioning ) );
		return $provisioning->install();
	}

	/**
	 * Everything that is needed, then the registration.
	 *
	 * @param array<string, mixed> $assoc_args   Options.
	 * @param Completion           $completion   The second half.
	 * @param Provisioning|null    $provisioning What follows, and must be possible before a request makes an order.
	 */
	private static function bring_about( array $assoc_args, Completion $completion, ?Provisioning $provisioning ): void {
		$is_forced  = (bool) Utils\get_flag_value( $assoc_args, 'force', false );
		$is_saved   = (bool) Utils\get_flag_value( $assoc_args, 'save', true );
		$dry_output = Utils\get_flag_value( $assoc_args, 'dry-run', false ) ? new Output( $assoc_args, self::DRY_RUN_FIELDS ) : null;

		if ( ! $is_saved && null === $dry_output ) {
			self::require_json( $assoc_args );
		}
		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		$options = Extension::options();
		$order   = null === $dry_output ? [] : Order_Record::stored();
		$stored  = Connection::stored();
		$key     = null === $provisioning ? null : Secrets::key_option( $assoc_args );
		$provisioning?->begin( $options + $key );
		if ( ! $is_forced && Connection::is_complete( $stored ) && ! Journal::is_anything_open( $options ) ) {
			Pending_Marker::remove_stale( $options );
			if ( null !== $dry_output ) {
				self::announce_products( $provisioning );
			}
			self::leave_alone( $stored, $completion, $is_saved );
			return;
		}
		$user_id = Local_User::choose( Local_User::wanted( $assoc_args ) );
		$key   ??= Secrets::key_option( $assoc_args );
		$request = Registration_Request::from( $assoc_args );
		self::announce_filters();
		$sent_options = $key + [
			'api_version'  => Registration_Request::api_version( $assoc_args ),
			'user_id'      => $user_id,
		];
		if ( null !== $dry_output ) {
			self::announce_address( $request['url'] );
			Write_Test::run();
			wccom_host_check( $request, $options + $sent_options );
			if ( ! $is_forced && ! Journal::is_anything_open( $options ) ) {
				self::refuse_second_order( $stored, $order );
			}
			self::announce_products( $provisioning );
			self::print_dry_run( $dry_output, $request, $user_id, $options, $assoc_args );
			return;
		}
		$send = static fn ( array $stored, array $options ): array => self::send( $request, $options + $sent_options + [ 'current_auth' => [] === $stored ? null : $stored ], $provisioning );
		Journal::locked( $options, static fn ( array $options ) => self::register( $send, $completion, $options, $is_forced, $is_saved ) );
	}

	/**
	 * Under the lock: another run may have registered the site while this one waited.
	 *
	 * @param callable(array<string, mixed>, array<string, mixed>): array{array<string, mixed>, array<string, mixed>} $send Sends the request, given the stored connection and the options of the extension.
	 * @param Completion           $completion The second half.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param bool                 $is_forced  Whether a connected site is registered too.
	 * @param bool                 $is_saved   Whether the connection is saved here.
	 */
	private static function register( #[\SensitiveParameter] callable $send, Completion $completion, array $options, bool $is_forced, bool $is_saved ): void {
		$record = Journal::answered( $options );
		if ( 'received' === ( $record['state'] ?? null ) ) {
			if ( $is_saved ) {
				$completion->finish_received( $record, $options );
			} else {
				$completion->announce_ignored( $record['auth'], $record['registration'] ?? [] );
				self::print_registration( 'An earlier run received this registration. It was not sent again, and is not saved.', $record['auth'], $record['registration'] ?? [], $options );
			}
			return;
		}
		// In this order: another user's run that comes to its end now saves its connection first.
		$order  = Order_Record::stored();
		$stored = Connection::stored();
		if ( ! $is_forced && Connection::is_complete( $stored ) ) {
			if ( null !== $record ) {
				WP_CLI::warning( Journal::describe( $record ) . ' To go on: ' . Site::command( 'recover' ) );
			}
			self::leave_alone( $stored, $completion, $is_saved );
			return;
		}
		if ( ! $is_forced && null === $record ) {
			self::refuse_second_order( $stored, $order );
		}
		[ $auth, $registration ] = $send( $stored, $options );
		$auth['url']             = home_url();
		if ( $is_saved ) {
			$completion->finish( 'registered', $auth, $registration, $options );
			return;
		}
		array_map( [ WP_CLI::class, 'warning' ], $registration['warnings'] ?? [] );
		self::print_registration( 'Registered, and not saved.', $auth, $registration, $options );
	}

	/**
	 * Refuses to register a site again that has lost its connection: another request makes another order, and its answer
	 * has no secret.
	 *
	 * @param array<string, mixed> $stored The stored connection.
	 * @param array<string, mixed> $order  What is known of its order, read before the connection.
	 * @throws Problem If the site tells of a registration.
	 */
	private static function refuse_second_order( #[\SensitiveParameter] array $stored, array $order ): void {
		$is_known = ! empty( $order['order_id'] ) && Order_Record::is_made_here( $order );
		if ( ! $is_known && empty( $stored['access_token'] ) && empty( $stored['site_id'] ) ) {
			return;
		}
		throw new Problem(
			Exit_Code::SECRET_UNAVAILABLE,
			home_url() . ' was registered before' . ( $is_known ? " (order {$order['order_id']})" : '' ) . ', and its connection is no longer complete. Nothing was sent.',
			'To register it again makes another order, and its answer has a secret only if WooCommerce.com has reset the connection.',
			'If the secret is known, from a backup for instance, give the connection to: ' . Site::command( 'connect' ),
			'If WooCommerce.com has reset it: ' . Site::command( 'register --force' )
		);
	}

	/**
	 * What there is to do for a site that is connected.
	 *
	 * @param array<string, mixed> $stored     The stored connection.
	 * @param Completion           $completion The second half.
	 * @param bool                 $is_saved   Whether a registration was to be saved, and not printed.
	 * @throws Problem If a registration was to be printed.
	 */
	private static function leave_alone( #[\SensitiveParameter] array $stored, Completion $completion, bool $is_saved ): void {
		if ( ! $is_saved ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				home_url() . ' is already connected to WooCommerce.com: there is no new registration to print. Nothing was sent.',
				'To register it again, which makes another order: ' . Site::command( 'register --no-save --force' )
			);
		}
		$completion->already_connected( $stored );
	}

	/**
	 * Prints a registration for `connect`, with its secret.
	 *
	 * @param string               $words        What it is.
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 */
	private static function print_registration( string $words, #[\SensitiveParameter] array $auth, array $registration, array $options ): void {
		echo wp_json_encode( compact( 'auth', 'registration' ), JSON_UNESCAPED_SLASHES ), "\n";
		$command = Unsaved::keep( $auth, $registration, $options, $where );
		Output::say( "$words $where" );
		Output::say( null === $command ? 'Keep what was printed: it is the only copy.' : "To save it here: $command" );
	}

	/**
	 * Sends the request, once.
	 *
	 * @param array<string, mixed> $request      The request.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @param Provisioning|null    $provisioning What follows, and must be possible.
	 * @return array{array<string, mixed>, array<string, mixed>} The connection, and the rest of the registration.
	 * @throws \WccomHost\Exception If there is none.
	 */
	private static function send( #[\SensitiveParameter] array $request, #[\SensitiveParameter] array $options, ?Provisioning $provisioning ): array {
		$registration = null;
		if ( null === Journal::read( $options ) ) {
			// Only then anything is sent.
			$provisioning?->prepare();
			self::announce_address( $request['url'] );
			if ( null !== Stored_Option::text( Connection::OPTION ) ) {
				// What else is in the option may make a statement too long for the database; the marker below is short.
				Write_Test::run();
			}
			Pending_Marker::write( $options, $request['url'], $options['current_auth'] ?? [] );
		}
		Command_Run::require_own_process();
		Command_Run::if_ended( new Problem( Exit_Code::UNKNOWN, 'The command was ended while the request was under way: an order may exist.', 'To find out: ' . Site::command( 'recover' ) ) );
		try {
			$auth = Interrupted::or_done(
				static function () use ( $request, $options, &$registration ): array {
					return wccom_host_register( $request, $options, $registration );
				}
			);
			return [ $auth, $registration ];
		} catch ( Interrupted ) {
			return self::interrupted( $options );
		} catch ( \WccomHost\Exception $exception ) {
			// What a batch has closed is open for nobody, though its secret is not known either.
			$is_without_secret = $exception instanceof \WccomHost\SecretUnavailableException && ! $exception instanceof \WccomHost\RegistrationClosedException;
			if ( 'unknown' !== $exception->outcome && ! $is_without_secret ) {
				Pending_Marker::remove( $options );
			}
			throw $exception;
		} finally {
			if ( null === $provisioning ) {
				// Saving runs code of the site.
				Secrets::forget();
			}
		}
	}

	/**
	 * How far the request had come when a signal came.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array{array<string, mixed>, array<string, mixed>} As send(), if the answer was there first: ending would only leave work for `recover`.
	 * @throws Problem If it was not.
	 */
	private static function interrupted( array $options ): array {
		$record = Journal::read( $options );
		if ( null === $record ) {
			Pending_Marker::remove( $options );
			throw new Problem( Exit_Code::NOT_SENT, 'Interrupted before anything was sent: no order was made.', 'The same command can be run again.' );
		}
		return match ( $record['state'] ) {
			'received'           => [ $record['auth'], $record['registration'] ?? [] ],
			'secret_unavailable' => throw Journal::secret_unavailable( $record ),
			default              => throw Journal::unknown( $record, 'The command was interrupted while the request was under way; nothing is sent again.' ),
		};
	}

	/**
	 * Refuses another output than the one that `connect` reads.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If one was asked for.
	 */
	private static function require_json( array $assoc_args ): void {
		$format    = $assoc_args['format'] ?? 'table';
		$is_chosen = 'table' !== $format || isset( WP_CLI::get_runner()->assoc_args['format'] );
		$options   = array_keys( array_filter( [
			'--porcelain'       => Utils\get_flag_value( $assoc_args, 'porcelain', false ),
			'--fields'          => isset( $assoc_args['fields'] ),
			"--format=$format"  => $is_chosen && 'json' !== $format,
		] ) );
		if ( [] !== $options ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--no-save prints the whole registration as JSON, and does not go with ' . implode( ' and ', $options ) . '. Nothing was sent.', 'Leave that out.' );
		}
	}

	/**
	 * Says so if code of the site may keep the connection from being saved.
	 */
	private static function announce_filters(): void {
		$filters = Connection::filters();
		if ( [] !== $filters ) {
			WP_CLI::warning( Connection::filters_in_words( $filters ) );
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
	 * Says, in a dry run, which products would be installed.
	 *
	 * @param Provisioning|null $provisioning What would follow.
	 * @throws Problem If they are not in the package.
	 */
	private static function announce_products( ?Provisioning $provisioning ): void {
		if ( null !== $provisioning ) {
			Output::say( 'The package has the products that would be installed: ' . implode( ', ', $provisioning->prepare() ) . '.' );
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
	 * @throws Problem If something is open that keeps a request from being sent.
	 */
	private static function print_dry_run( Output $output, #[\SensitiveParameter] array $request, int $user_id, array $options, array $assoc_args ): void {
		$record = Journal::answered( Pending_Marker::journal_elsewhere( $options ) ?? $options );
		if ( 'secret_unavailable' === ( $record['state'] ?? null ) ) {
			throw Journal::secret_unavailable( $record );
		}
		if ( null !== $record ) {
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
		$is_asked = false !== Utils\get_flag_value( $assoc_args, 'install', false );
		Output::say( 'Everything that a registration needs is there. ' . ( $is_asked ? 'Only the list of products was asked for.' : 'Nothing was sent.' ) );
	}
}
