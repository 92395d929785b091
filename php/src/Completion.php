<?php
/**
 * The second half of a registration: everything that follows its answer.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Saves, closes the journal, checks the connection and prints the result, whichever command got the answer.
 */
final class Completion {

	public const FIELDS = [ 'status', 'url', 'order_id', 'customer_id', 'site_id', 'user_id', 'secret_kept', 'verified' ];

	private const ALREADY_CONNECTED = 'already_connected';

	/**
	 * Where and how to print.
	 *
	 * @var Output
	 */
	private Output $output;

	/**
	 * For one run of a command. Made first: it refuses a wrong --format or --fields.
	 *
	 * @param array<string, mixed> $assoc_args The command's options: format, fields, porcelain, skip-verify.
	 * @param \Closure|null        $keep       Takes the result, instead of printing it: for a command that goes on.
	 */
	public function __construct( private array $assoc_args, private ?\Closure $keep = null ) {
		$this->output = new Output( $assoc_args, self::FIELDS );
	}

	/**
	 * Brings a registration to its end.
	 *
	 * The journal is closed as soon as the database has given everything back: the secret then lies in two places no
	 * longer than it must, and a check that fails, or is killed while it waits, leaves nothing open.
	 *
	 * @param string               $status       For the result: registered, recovered or connected.
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @throws Problem If it cannot be saved, or if the saved connection does not work.
	 */
	public function finish( string $status, #[\SensitiveParameter] array $auth, array $registration, array $options ): void {
		foreach ( $registration['warnings'] ?? [] as $warning ) {
			WP_CLI::warning( $warning );
		}
		Command_Run::if_ended( static fn (): Problem => Unsaved::problem( 'code of this site ended the command', $auth, $registration, $options ) );
		$complaint = Saver::save( $auth, $registration );
		if ( null !== $complaint ) {
			throw Unsaved::problem( $complaint, $auth, $registration, $options );
		}
		self::announce_lost_cache();
		self::close_journal( $options );
		$this->check( $status, $auth, $registration, $options );
	}

	/**
	 * Checks a registration that the site has saved before, and prints it.
	 *
	 * @param array<string, mixed> $auth         The connection, as it is stored.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @throws Problem If the connection does not work.
	 */
	public function confirm( #[\SensitiveParameter] array $auth, array $registration, array $options ): void {
		Output::say( home_url() . ' has this connection already. Nothing was changed.' );
		$this->check( self::ALREADY_CONNECTED, $auth, $registration, $options );
	}

	/**
	 * Brings to its end what an earlier run has received.
	 *
	 * @param array{auth: array<string, mixed>, registration: array<string, mixed>|null} $record  The journal's record.
	 * @param array<string, mixed>                                                       $options The options of the extension.
	 * @throws Problem If it cannot be saved, or must not: the site has been connected again since.
	 */
	public function finish_received( #[\SensitiveParameter] array $record, array $options ): void {
		$auth   = $record['auth'];
		$stored = Connection::stored();
		if ( Connection::is_complete( $stored ) && ! Connection::is_same( $stored, $auth ) && (int) ( $stored['updated'] ?? 0 ) > $auth['updated'] ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The journal has a connection that is older than the one this site uses now. Nothing was changed.',
				'If the site works, forget the older one: ' . Site::command( 'recover --forget' )
			);
		}
		$auth['user_id'] = Local_User::choose_again( (int) $auth['user_id'] );
		$auth['url']     = home_url();
		$this->announce_ignored( $auth, $record['registration'] ?? [] );
		Output::say( 'An earlier run received this registration: it is finished now, without a request.' );
		$this->finish( 'recovered', $auth, $record['registration'] ?? [], $options );
	}

	/**
	 * Prints that there is nothing to do, with what is known.
	 *
	 * @param array<string, mixed> $auth The stored connection.
	 */
	public function already_connected( #[\SensitiveParameter] array $auth ): void {
		Output::say( home_url() . ' is already connected to WooCommerce.com. Nothing was sent.' );
		if ( isset( $auth['url'] ) && ! Site::is_same( $auth['url'], home_url() ) ) {
			WP_CLI::warning( 'It was connected as ' . $auth['url'] . '. ' . Site::other_address_advice() );
		}
		$order = Order_Record::stored();
		if ( Order_Record::is_cancelled( $order ) ) {
			WP_CLI::warning( "Its order {$order['order_id']} is cancelled: the extensions get no updates and no support. For another order: " . Site::command( 'register --force' ) );
		}
		$this->announce_ignored( $auth, $order );
		$this->print_result( self::ALREADY_CONNECTED, $auth, $order, null );
	}

	/**
	 * Says so if the user or the address that was asked for is not that of the registration there is already.
	 *
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 */
	public function announce_ignored( #[\SensitiveParameter] array $auth, array $registration ): void {
		$user_id = $this->assoc_args['user-id'] ?? null;
		if ( null !== $user_id && (string) ( $auth['user_id'] ?? 0 ) !== (string) $user_id ) {
			WP_CLI::warning( "--user-id=$user_id has no effect: the site was registered before, and the user is " . (int) ( $auth['user_id'] ?? 0 ) . '.' );
		}
		$url       = $this->assoc_args['site-url'] ?? null;
		$known_url = (string) ( ( $registration['url'] ?? '' ) ?: $auth['url'] ?? '' );
		if ( null !== $url && ! Site::is_same( $url, $known_url ) ) {
			WP_CLI::warning( "--site-url=$url has no effect: the site was registered before" . ( '' === $known_url ? '' : " as $known_url" ) . '.' );
		}
	}

	/**
	 * Checks the connection and prints the result.
	 *
	 * @param string               $status       What was done.
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param array<string, mixed> $options      The options of the extension.
	 * @throws Problem If the connection does not work.
	 */
	private function check( string $status, #[\SensitiveParameter] array $auth, array $registration, array $options ): void {
		Command_Run::if_ended( Verification::not_checked( 'code of this site ended the command.' ) );
		$failure = $this->is_verified() ? Verification::failure( $auth, $options, $account ) : null;
		Saver::save_account( $auth, $account ?? [] );
		$this->print_result( $status, $auth, $registration, $this->is_verified() ? null === $failure : null );
		if ( null !== $failure ) {
			throw Verification::problem( $failure );
		}
	}

	/**
	 * Whether the connection is to be checked.
	 */
	private function is_verified(): bool {
		return ! Utils\get_flag_value( $this->assoc_args, 'skip-verify', false );
	}

	/**
	 * Says so if the object cache was lost meanwhile, by the name that the drop-ins for Redis have for this: when it is back, the
	 * site may get from it what was there before.
	 */
	private static function announce_lost_cache(): void {
		$cache = $GLOBALS['wp_object_cache'] ?? null;
		if ( wp_using_ext_object_cache() && is_callable( [ $cache, 'redis_status' ] ) && ! $cache->redis_status() ) {
			WP_CLI::warning( 'The connection is saved, but the object cache does not answer, and may have an older one when it does again: wp cache flush' );
		}
	}

	/**
	 * Removes the record, and with it the second copy of the secret.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 */
	private static function close_journal( array $options ): void {
		try {
			wccom_host_journal_close( $options['home_url'], $options );
			Pending_Marker::remove( $options );
		} catch ( \WccomHost\Exception $exception ) {
			WP_CLI::warning( 'The connection is saved, but the journal still has a copy of it: ' . $exception->getMessage() );
		}
	}

	/**
	 * Prints the result.
	 *
	 * @param string               $status       What was done.
	 * @param array<string, mixed> $auth         The connection.
	 * @param array<string, mixed> $registration What is known of the order.
	 * @param bool|null            $is_verified  Null: it was not checked.
	 */
	private function print_result( string $status, #[\SensitiveParameter] array $auth, array $registration, ?bool $is_verified ): void {
		$order_id = ( $registration['order_id'] ?? 0 ) ?: null;
		if ( Utils\get_flag_value( $this->assoc_args, 'porcelain', false ) ) {
			if ( null === $order_id ) {
				Output::say( 'The number of its order is not known here.' );
			} else {
				echo $order_id, "\n";
			}
			return;
		}
		$result = [
			'status'      => $status,
			'url'         => ( $registration['url'] ?? '' ) ?: $auth['url'] ?? null,
			'order_id'    => $order_id,
			'customer_id' => ( $registration['customer_id'] ?? 0 ) ?: null,
			'site_id'     => $auth['site_id'] ?? null,
			'user_id'     => $auth['user_id'] ?? null,
			'secret_kept' => $registration['secret_kept'] ?? null,
			'verified'    => $is_verified,
		];
		null === $this->keep ? $this->output->item( $result ) : ( $this->keep )( $result );
	}
}
