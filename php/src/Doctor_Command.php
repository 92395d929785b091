<?php
/**
 * The command `wp wccom-host doctor`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Checks what a registration needs.
 */
final class Doctor_Command {

	private const FIELDS = [ 'check', 'status', 'message' ];

	/**
	 * Checks what a registration needs, and says what to do about failures.
	 *
	 * Nothing is sent. One option of our own is written and removed again.
	 *
	 * ## OPTIONS
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package, to see that it can be read;
	 * standard input is not read.
	 *
	 * [--user-id=<id>]
	 * : The user to check. Default: the one that `register` would choose.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: check, status, message.
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
	 *     # Check a site before its first registration.
	 *     $ wp wccom-host doctor --key-file=/etc/wccom-host/key
	 *     +--------------+--------+-------------------------------------------------+
	 *     | check        | status | message                                         |
	 *     +--------------+--------+-------------------------------------------------+
	 *     | extension    | ok     | wccom_host 0.1.0 in PHP 8.2.36                  |
	 *     | woocommerce  | ok     | WooCommerce 10.0.2, woocommerce/woocommerce.php |
	 *     | user         | ok     | admin, id 1                                     |
	 *     | connection   | ok     | The site is not connected.                      |
	 *     | database     | ok     | A test write was read back.                     |
	 *     | object-cache | ok     | None but WordPress's own.                       |
	 *     | journal      | ok     | /home/ada/.local/state/wccom-host, nothing open |
	 *     | key          | ok     | From file /etc/wccom-host/key                   |
	 *     | url          | ok     | https://shop.example.com                        |
	 *     | base-url     | ok     | https://woocommerce.com/wp-json/wccom/host-plan |
	 *     +--------------+--------+-------------------------------------------------+
	 *
	 *     # The names of the checks that failed.
	 *     $ wp wccom-host doctor --fields=check,status --format=csv | grep error
	 *     journal,error
	 *
	 * ## EXIT CODES
	 *
	 * * 0: no check failed
	 * * 1: at least one did
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'doctor', $assoc_args, fn (): int => $this->run( $assoc_args ) );
	}

	/**
	 * Runs all checks.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $assoc_args ): int {
		$output = new Output( $assoc_args, self::FIELDS );
		Site::announce();
		$checks = [
			'extension'    => [ self::class, 'extension' ],
			'woocommerce'  => [ self::class, 'woocommerce' ],
			'user'         => static fn (): string => self::user( Local_User::choose( Local_User::wanted( $assoc_args ) ) ),
			'connection'   => [ self::class, 'connection' ],
			'database'     => [ self::class, 'database' ],
			'object-cache' => [ self::class, 'object_cache' ],
			'journal'      => [ self::class, 'journal' ],
			'key'          => static fn (): string => self::key( $assoc_args ),
			'url'          => [ self::class, 'url' ],
			'base-url'     => [ Extension::class, 'base_url' ],
		];
		$rows   = [];
		foreach ( $checks as $name => $check ) {
			$rows[] = [ 'check' => $name ] + self::result( $check );
		}
		$output->items( $rows );
		return in_array( 'error', array_column( $rows, 'status' ), true ) ? Exit_Code::PREFLIGHT : Exit_Code::DONE;
	}

	/**
	 * Runs one check.
	 *
	 * @param callable(): string $check Gives what it found, as a warning if it begins so, and throws if it failed.
	 * @return array{status: string, message: string}
	 */
	private static function result( callable $check ): array {
		try {
			$message    = $check();
			$is_warning = str_starts_with( $message, 'Warning: ' );
			return [
				'status'  => $is_warning ? 'warning' : 'ok',
				'message' => $is_warning ? substr( $message, strlen( 'Warning: ' ) ) : $message,
			];
		} catch ( \Exception $exception ) {
			$message = $exception->getMessage();
		} catch ( \Error $error ) {
			$message = get_class( $error ) . ': ' . $error->getMessage();
		}
		return [
			'status'  => 'error',
			'message' => str_replace( [ ' Nothing was sent, so no order was made.', ' Nothing was sent.', ' Nothing was done.', "\n" ], [ '', '', '', ' ' ], $message ),
		];
	}

	/**
	 * The extension and its PHP.
	 */
	private static function extension(): string {
		Extension::require_loaded();
		return 'wccom_host ' . wccom_host_version() . ' in PHP ' . PHP_VERSION;
	}

	/**
	 * WooCommerce and its option class.
	 */
	private static function woocommerce(): string {
		Woocommerce::load();
		$main_file = Woocommerce::main_file();
		return 'WooCommerce ' . Woocommerce::version( $main_file ) . ', ' . plugin_basename( $main_file );
	}

	/**
	 * The user for requests from WooCommerce.com.
	 *
	 * @param int $id The user.
	 */
	private static function user( int $id ): string {
		$who = get_userdata( $id )->user_login . ", id $id";
		if ( ! wp_is_file_mod_allowed( 'capability_update_core' ) ) {
			return "Warning: $who; but this site forbids all installations (DISALLOW_FILE_MODS): WooCommerce.com will not be able to install extensions here.";
		}
		return $who;
	}

	/**
	 * The option that will hold the connection.
	 */
	private static function connection(): string {
		$auth    = Connection::stored();
		$filters = Connection::filters();
		if ( [] !== $filters ) {
			return 'Warning: ' . Connection::filters_in_words( $filters );
		}
		if ( Connection::is_complete( $auth ) ) {
			return 'The site is connected, as site_id ' . $auth['site_id'] . '. `register` leaves it alone.';
		}
		return empty( $auth['access_token'] ) ? 'The site is not connected.' : 'Warning: the stored connection is broken (no secret or no site_id). To register the site again makes another order: see what `register` says.';
	}

	/**
	 * A test write.
	 */
	private static function database(): string {
		Write_Test::run();
		return 'A test write was read back.';
	}

	/**
	 * The object cache.
	 */
	private static function object_cache(): string {
		return wp_using_ext_object_cache() ? 'External (' . WP_CONTENT_DIR . '/object-cache.php); it is told to forget the connection before and after the write.' : 'None but WordPress\'s own.';
	}

	/**
	 * The journal's folder, and what it holds for this site.
	 */
	private static function journal(): string {
		$path = Journal_Folder::path();
		if ( ! function_exists( 'wccom_host_journal_read' ) ) {
			return $path;
		}
		$options   = Extension::options();
		$elsewhere = Pending_Marker::out_of_reach( $options );
		if ( null !== $elsewhere ) {
			throw $elsewhere;
		}
		$journal = Pending_Marker::journal_elsewhere( $options ) ?? $options;
		$record  = Journal::read( $journal );
		return null === $record ? "$path, nothing open" : 'Warning: ' . trim( Journal::describe( $record ) . ' ' . Pending_Marker::whereabouts( $journal ) ) . ' ' . Site::command( 'recover' );
	}

	/**
	 * Whether there is a key.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function key( array $assoc_args ): string {
		$key    = Secrets::key_option( $assoc_args );
		$source = 'From ' . Secrets::source( $assoc_args['key-file'] ?? null, Secrets::KEY_VARIABLE );
		self::check( 'https://shop.example.com', $key );
		return $source;
	}

	/**
	 * The site's address.
	 *
	 * @throws Problem If it cannot be registered.
	 */
	private static function url(): string {
		$url = home_url();
		try {
			$warnings = self::check( $url, [ 'key' => 'none' ] );
		} catch ( \WccomHost\InvalidRequestException $exception ) {
			throw new Problem( Exit_Code::PREFLIGHT, "The site's address ($url) cannot be registered. " . $exception->getMessage(), 'Set it (wp option update home <url>), or give another with --site-url.' );
		}
		return [] === $warnings ? $url : 'Warning: ' . implode( ' ', $warnings );
	}

	/**
	 * Lets the extension look at what it would send, with a token that does not matter.
	 *
	 * @param string               $url     The address.
	 * @param array<string, mixed> $options The options of the extension that are to be looked at.
	 * @return list<string> What it warns of.
	 */
	private static function check( string $url, #[\SensitiveParameter] array $options ): array {
		$request = [
			'url'                => $url,
			'wpcom_access_token' => 'none',
		];
		// Without the extension, its own row says so.
		return Extension::has( 'wccom_host_check' ) ? wccom_host_check( $request, $options ) : [];
	}
}
