<?php
/**
 * The command `wp wccom-host connect`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Saves a registration that was made elsewhere.
 */
final class Connect_Command {

	/**
	 * Saves a registration that was made elsewhere, read from standard input.
	 *
	 * For companies whose key must never reach a customer's machine: a control
	 * host registers the site, and the site only stores the connection. No key
	 * and no request to the host-plan API is needed for that.
	 *
	 * Standard input is a line of the output of `wp wccom-host register-many`,
	 * what `wp wccom-host register --no-save` prints, or the array of
	 * `wccom_host_register()` as JSON. It is kept in the journal until it has
	 * been read back from the site's database.
	 *
	 * A connection that the site has already is left as it is and checked; the
	 * status is then `already_connected`. A line without a connection ends with
	 * the words of the control host and the exit code of what happened there; if
	 * it is `closed` or a `duplicate`, a connection that the site has is enough.
	 *
	 * What a pipe gave and could not be stored is kept in a file of this user
	 * alone, unless the journal of `register-many` has it, or it is for another
	 * host.
	 *
	 * ## OPTIONS
	 *
	 * [--registrations=<file>]
	 * : Take this site's line of a whole output of `register-many`; `-` is
	 * standard input. A file is for `wp @all`, too, whose sites share one
	 * standard input.
	 *
	 * [--site-url=<url>]
	 * : The address that was registered, if it is not the site's own and the
	 * registration does not say whose it is: says that this is meant.
	 *
	 * [--user-id=<id>]
	 * : The user of this site as whom requests from WooCommerce.com run.
	 * Default: the user in the registration; if it has none, the administrator
	 * with the lowest id, on a network the super admin with the lowest id.
	 *
	 * [--force]
	 * : Replace another connection that the site has stored, unless
	 * WooCommerce.com refuses the new one.
	 *
	 * [--skip-verify]
	 * : Do not ask WooCommerce.com whether the connection works.
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
	 *     # A script on the control host has registered the site, and prints it.
	 *     $ php register.php https://shop.example.com | ssh shop wp wccom-host connect
	 *     +-------------+--------------------------+
	 *     | Field       | Value                    |
	 *     +-------------+--------------------------+
	 *     | status      | connected                |
	 *     | url         | https://shop.example.com |
	 *     | order_id    | null                     |
	 *     | customer_id | null                     |
	 *     | site_id     | 42506                    |
	 *     | user_id     | 1                        |
	 *     | secret_kept | false                    |
	 *     | verified    | true                     |
	 *     +-------------+--------------------------+
	 *
	 *     # Every site on this machine takes its line of the output of register-many.
	 *     $ wp @all wccom-host connect --registrations=/var/lib/wccom-host/registered.jsonl --fields=status,url --format=csv
	 *
	 *     # In two steps on the site itself.
	 *     $ wp wccom-host register --no-save > registration.json
	 *     Registered, and not saved. The journal has the connection: nothing is lost, and nothing must be sent again.
	 *     To save it here: wp wccom-host recover
	 *     $ wp wccom-host connect --porcelain < registration.json
	 *     2666930
	 *
	 * ## EXIT CODES
	 *
	 * * 0: saved
	 * * 1: wrong use, or something is missing: nothing was stored
	 * * 3: --force: WooCommerce.com refuses the new connection, and the old one
	 *   was kept; or it refused the registration on the control host
	 * * 4: another process is busy with this site: try again; or the control
	 *   host could not send the registration
	 * * 5: the journal, or the control host, has a request with an unknown outcome
	 * * 6: not saved: the journal has the connection
	 * * 7: the control host has no secret for this site
	 * * 8: saved, but WooCommerce.com did not confirm the connection
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'connect', $assoc_args, fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * Reads standard input first: a pipe gives it once.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If the connection is not saved, or must not be.
	 */
	private function run( array $assoc_args ): int {
		Command_Line::require_values( $assoc_args );
		$completion = new Completion( $assoc_args );
		try {
			if ( isset( $assoc_args['registrations'] ) ) {
				return self::save( self::in_file( $assoc_args ), $completion, $assoc_args );
			}
			return self::save_from_pipe( Registration_Input::read(), $completion, $assoc_args );
		} catch ( Registration_Closed $closed ) {
			return self::confirm( $closed, $completion, $assoc_args );
		}
	}

	/**
	 * This site's registration in the output of `register-many`.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array{auth: array<string, mixed>, registration: array<string, mixed>, is_kept: bool}
	 */
	private static function in_file( array $assoc_args ): array {
		Extension::require_loaded();
		return Registration_Input::parse( Registration_File::line_of( (string) $assoc_args['registrations'], self::meant_url( $assoc_args ) ) );
	}

	/**
	 * Saves what standard input gave, or keeps it: a pipe cannot be read again.
	 *
	 * @param array{auth: array<string, mixed>, registration: array<string, mixed>, is_kept: bool} $input      What it gave.
	 * @param Completion           $completion The second half.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If the connection is not saved, or must not be.
	 */
	private static function save_from_pipe( #[\SensitiveParameter] array $input, Completion $completion, array $assoc_args ): int {
		try {
			return self::save( $input, $completion, $assoc_args );
		} catch ( Problem | \WccomHost\Exception $exception ) {
			$problem   = $exception instanceof Problem ? $exception : Failure::problem( $exception );
			$is_unread = in_array( $problem->getCode(), [ Exit_Code::PREFLIGHT, Exit_Code::NOT_SENT, Exit_Code::UNKNOWN ], true );
			// Nothing of what the control host can give again, or of another customer's site, is left on this machine.
			throw $is_unread && ! $input['is_kept'] && self::is_same_host( $input['auth']['url'], $assoc_args ) ? Unsaved::with_pipe_kept( $problem, $input ) : $problem;
		}
	}

	/**
	 * What there is to do for a site that was connected before the control host removed the secret: a check.
	 *
	 * @param Registration_Closed  $closed     What the control host says.
	 * @param Completion           $completion The second half.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If the site has no connection.
	 */
	private static function confirm( Registration_Closed $closed, Completion $completion, array $assoc_args ): int {
		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		self::require_same_site( $closed->urls, $assoc_args );
		$stored = Connection::stored();
		if ( ! Connection::is_complete( $stored ) ) {
			throw $closed;
		}
		$options = Extension::options();
		Pending_Marker::remove_stale( $options );
		$completion->confirm( $stored, Order_Record::stored(), $options );
		return Exit_Code::DONE;
	}

	/**
	 * Everything that is needed, then the connection.
	 *
	 * @param array{auth: array<string, mixed>, registration: array<string, mixed>, is_kept: bool} $input      What was given.
	 * @param Completion           $completion The second half.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function save( #[\SensitiveParameter] array $input, Completion $completion, array $assoc_args ): int {
		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		$options = Extension::options();
		$stored  = Connection::stored();

		$auth            = $input['auth'];
		$auth['user_id'] = self::user_id( $auth, $stored, $assoc_args );
		self::require_same_site( [ $auth['url'], $input['registration']['url'] ], $assoc_args );
		$auth['url'] = home_url();
		$check       = self::replacement_check( $assoc_args );
		Journal::locked( $options, static fn ( array $options ) => self::connect( $auth, $input['registration'], $options, $completion, $check ) );
		return Exit_Code::DONE;
	}

	/**
	 * The user as whom requests from WooCommerce.com run: where none was asked for, one that the connection has already stays.
	 *
	 * @param array<string, mixed> $auth       The connection.
	 * @param array<string, mixed> $stored     The stored one.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function user_id( #[\SensitiveParameter] array $auth, #[\SensitiveParameter] array $stored, array $assoc_args ): int {
		$wanted = Local_User::wanted( $assoc_args ) ?: $auth['user_id'];
		return 0 === $wanted && Connection::is_same( $stored, $auth ) ? Local_User::choose_again( (int) ( $stored['user_id'] ?? 0 ) ) : Local_User::choose( $wanted );
	}

	/**
	 * Under the lock: stores the registration in the journal, then in the site.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @param Completion           $completion   The second half.
	 * @param callable(array<string, mixed>, array<string, mixed>): void $check What must be so where another connection is replaced.
	 * @throws Problem If another registration must be dealt with first.
	 */
	private static function connect( #[\SensitiveParameter] array $auth, array $registration, array $options, Completion $completion, callable $check ): void {
		$record      = self::is_lost_answer( Journal::read( $options ), $auth, $registration ) ? null : Journal::answered( $options );
		$is_received = 'received' === ( $record['state'] ?? null );
		if ( $is_received && ! Connection::is_same( $record['auth'], $auth ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The journal has another registration of this site, which has not been saved. Nothing was changed: keep the one that was given.',
				'Save the other one first: ' . Site::command( 'recover' )
			);
		}
		$stored = Connection::stored();
		if ( Connection::is_complete( $stored ) && ! Connection::is_same( $stored, $auth ) ) {
			$check( $auth, $options );
		}
		if ( null === $record && self::is_saved( $auth, $registration, $stored ) ) {
			Pending_Marker::remove( $options );
			$completion->confirm( $stored, $registration, $options );
			return;
		}
		Pending_Marker::write( $options, $registration['url'], $stored );
		if ( ! $is_received ) {
			self::keep( $auth, $registration, $options );
		}
		$completion->finish( 'connected', $auth, $registration, $options );
	}

	/**
	 * Whether the site has stored all of a registration.
	 *
	 * @param array<string, mixed> $auth         The connection, for this site.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $stored       The stored connection.
	 */
	private static function is_saved( #[\SensitiveParameter] array $auth, array $registration, #[\SensitiveParameter] array $stored ): bool {
		$order_id = (string) $registration['order_id'];
		return Connection::is_complete( $stored ) && Connection::is_same( $stored, $auth )
			&& [ $auth['user_id'], $auth['url'] ] === [ $stored['user_id'] ?? null, $stored['url'] ?? null ]
			&& in_array( $order_id, [ '0', (string) ( Order_Record::stored()['order_id'] ?? '' ) ], true );
	}

	/**
	 * Whether a registration is the answer to the request that is open in the journal: the journal could not take it.
	 *
	 * @param array<string, mixed>|null $record       The journal's record.
	 * @param array<string, mixed>      $auth         The connection.
	 * @param array<string, mixed>      $registration What is known of the order.
	 */
	private static function is_lost_answer( ?array $record, array $auth, array $registration ): bool {
		return 'sent' === ( $record['state'] ?? null ) && $registration['request_started'] === $record['started']
			&& Site::is_same( $record['url'], $registration['url'] );
	}

	/**
	 * Writes the registration to the journal, which checks it once more.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @throws Problem If it is refused.
	 */
	private static function keep( #[\SensitiveParameter] array $auth, array $registration, array $options ): void {
		try {
			wccom_host_journal_store( array_merge( $auth, [ 'url' => $options['home_url'] ] ), $registration, $options );
		} catch ( \WccomHost\Exception $exception ) {
			if ( null === Journal::read( $options ) ) {
				Pending_Marker::remove( $options );
			}
			throw new Problem( Exit_Code::PREFLIGHT, $exception->getMessage(), 'Nothing was stored: keep the registration that was given.' );
		}
	}

	/**
	 * What must be so where another complete connection is replaced: that this is meant and, unless it is not to be asked,
	 * that WooCommerce.com does not refuse the new one.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return callable(array<string, mixed>, array<string, mixed>): void
	 */
	private static function replacement_check( array $assoc_args ): callable {
		return static function ( #[\SensitiveParameter] array $auth, array $options ) use ( $assoc_args ): void {
			if ( ! Utils\get_flag_value( $assoc_args, 'force', false ) ) {
				throw new Problem(
					Exit_Code::PREFLIGHT,
					'This site has another connection stored. Nothing was changed: keep the registration that was given.',
					'If it is to replace the other one, run the command again with --force.'
				);
			}
			$failure = Utils\get_flag_value( $assoc_args, 'skip-verify', false ) ? null : Verification::failure( $auth, $options );
			if ( Verification::is_refusal( $failure ) ) {
				throw new Problem(
					Exit_Code::REFUSED,
					'WooCommerce.com refuses the connection that was given: ' . $failure->getMessage(),
					'Nothing was stored: the site keeps the connection that it has.'
				);
			}
		};
	}

	/**
	 * The address that must have been registered.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function meant_url( array $assoc_args ): string {
		return (string) ( $assoc_args['site-url'] ?? home_url() );
	}

	/**
	 * Whether an address is on the host that is meant, also where the extension is missing.
	 *
	 * @param string               $url        The address.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function is_same_host( string $url, array $assoc_args ): bool {
		return 0 === strcasecmp( (string) wp_parse_url( $url, PHP_URL_HOST ), (string) wp_parse_url( self::meant_url( $assoc_args ), PHP_URL_HOST ) );
	}

	/**
	 * Refuses the connection of another site, unless it is meant.
	 *
	 * @param list<string>         $urls       The site's own address, and the one that was registered.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If it is another site's.
	 */
	private static function require_same_site( array $urls, array $assoc_args ): void {
		$meant = self::meant_url( $assoc_args );
		if ( [] === array_filter( $urls, static fn ( string $url ): bool => Site::is_same( $url, $meant ) ) ) {
			$url = $urls[0] ?? 'another site';
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"The registration is for $url, and " . ( isset( $assoc_args['site-url'] ) ? '--site-url says' : 'this site is' ) . " $meant. Nothing was stored.",
				self::is_same_host( $url, $assoc_args ) ? "If the two belong together, say so: --site-url=$url" : 'Give this site its own. If it was registered under a temporary address, --site-url says so: wp help wccom-host connect'
			);
		}
	}
}
