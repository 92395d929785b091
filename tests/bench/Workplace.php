<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A sandbox with TLS, a WordPress site, and the commands to be timed as they would be typed.
 */
final class Workplace {
	private const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

	/** Where Debian has each of them again: where nothing is set, everybody knows both. */
	private const SYSTEM_CERTIFICATES_FOLDER = '/etc/ssl/certs';

	private const CONCURRENCY = 16;

	private const PRODUCTS = [ 'woocommerce-shipping-usps', 'woocommerce-shipping-ups', 'woocommerce-shipping-royalmail', 'woocommerce-product-addons', 'woocommerce-bookings' ];

	public readonly string $extension;

	public readonly string $key_file;

	private readonly string $folder;

	private readonly string $site;

	private readonly string $wp_cli;

	private readonly string $wordpress;

	private readonly Sandbox $sandbox;

	/** One without TLS, for downloads: WordPress trusts its own list of authorities. */
	private readonly Sandbox $store;

	/** @var array<string, string> What the last reader of orders has printed, by script. */
	private array $memory = [];

	private bool $has_orders = false;

	/** The machine's certificates and the sandbox's: with WooCommerce.com, everybody would read the machine's. */
	private readonly string $certificates;

	public function __construct() {
		$this->extension = (string) getenv( 'WCCOM_HOST_EXTENSION' );
		$this->folder    = sys_get_temp_dir() . '/wccom-host-bench-' . bin2hex( random_bytes( 6 ) );
		$this->site      = "$this->folder/site";
		$this->key_file  = "$this->folder/key";
		mkdir( $this->folder, 0700 );
		register_shutdown_function( [ $this, 'remove' ] );
		file_put_contents( $this->key_file, Sandbox::KEY );
		file_put_contents( "$this->folder/register.json", json_encode( [ 'url' => 'http://shop.example.com', 'wpcom_access_token' => 'token' ] ) );

		$wp              = __DIR__ . '/../wp';
		$files           = trim( $this->run( [ "$wp/wp-studio.sh" ] ) );
		$this->wp_cli    = "$files/wp-cli/wp-cli.phar";
		$this->wordpress = "$files/latest/wordpress";
		fwrite( STDERR, $this->run( [ "$wp/site.sh", 'template', $this->site ] ) );
		$this->sandbox = new Sandbox( $this->folder, '--tls', '--log-file', '/dev/null' );
		mkdir( "$this->folder/store" );
		$this->store        = new Sandbox( "$this->folder/store", '--log-file', '/dev/null' );
		$this->certificates = "$this->folder/certificates.pem";
		file_put_contents( $this->certificates, @file_get_contents( self::SYSTEM_CERTIFICATES ) . file_get_contents( $this->sandbox->ca_file() ) );
	}

	/** Nobody is registered, and the site is not connected. */
	public function reset(): void {
		http( 'POST', $this->store->control_url() . '/reset' );
		http( 'POST', $this->sandbox->control_url() . '/reset' );
		$this->has_orders = false;
		if ( is_dir( "$this->folder/journal" ) ) {
			remove_folder( "$this->folder/journal" );
		}
		$database = new \PDO( "sqlite:$this->site/wp-content/database/.ht.sqlite" );
		$database->exec( "DELETE FROM wp_options WHERE option_name LIKE 'wccom_host_%' OR option_name LIKE '%transient%' OR option_name = 'woocommerce_helper_data'" );
		$active = $database->prepare( "UPDATE wp_options SET option_value = ? WHERE option_name = 'active_plugins'" );
		$active->execute( [ serialize( [ 'woocommerce/woocommerce.php' ] ) ] );
		foreach ( self::PRODUCTS as $slug ) {
			if ( is_dir( "$this->site/wp-content/plugins/$slug" ) ) {
				remove_folder( "$this->site/wp-content/plugins/$slug" );
			}
		}
	}

	/**
	 * PHP without any settings but these; '' is a script that does nothing.
	 *
	 * @param array<string, string> $ini
	 * @return callable(): void
	 */
	public function php( array $ini, string $script ): callable {
		$command = [ PHP_BINARY, '-n', ...self::settings( $ini ), ...( '' === $script ? [ '-r', '' ] : [ $script ] ) ];
		return fn() => $this->run( $command );
	}

	/** @return callable(): void */
	public function curl(): callable {
		return fn() => $this->run( $this->curl_command( $this->sandbox ) );
	}

	/** @return callable(): void */
	public function wp( string ...$arguments ): callable {
		$command = $this->wp_command( ...$arguments );
		return fn() => $this->run( $command );
	}

	/**
	 * Reads 100,000 orders.
	 *
	 * @return callable(): void
	 */
	public function orders( string $script, string $extension = '' ): callable {
		$command = [ PHP_BINARY, '-n', ...( '' === $extension ? [] : self::settings( [ 'extension' => $extension ] ) ), __DIR__ . "/$script" ];
		return function () use ( $script, $command ): void {
			if ( ! $this->has_orders ) {
				http( 'POST', $this->sandbox->control_url() . '/orders', [ 'Content-Type: application/json' ], '{"count":100000}' );
				$this->has_orders = true;
			}
			[ $read, $soon, $end ] = json_decode( $this->run( $command ) );
			if ( 100000 !== $read ) {
				throw new \RuntimeException( "$script has read $read orders." );
			}
			$this->memory[ $script ] = sprintf( '%s: %d after 1,000 orders, %d after 100,000', $script, $soon, $end );
		};
	}

	/**
	 * Registers many sites.
	 *
	 * @return callable(int): int The most memory that it took, in KiB, for so many sites.
	 */
	public function batch( string $script, string $extension, bool $with_journal = false ): callable {
		return function ( int $sites ) use ( $script, $extension, $with_journal ): int {
			$command                 = [ PHP_BINARY, '-n', ...self::settings( [ 'extension' => $extension ] ), __DIR__ . "/$script", (string) $sites, (string) self::CONCURRENCY, ...( $with_journal ? [ "$this->folder/journal" ] : [] ) ];
			[ $registered, $memory ] = json_decode( $this->run( $command ) );
			if ( $sites !== $registered ) {
				throw new \RuntimeException( "$script has registered $registered of $sites sites." );
			}
			return $memory;
		};
	}

	/**
	 * The same with a server that takes its time.
	 *
	 * @param callable(int): int $batch
	 * @return callable(int): int
	 */
	public function delayed( callable $batch, int $milliseconds ): callable {
		return function ( int $sites ) use ( $batch, $milliseconds ): int {
			$fault = [
				'operation' => 'register',
				'times'     => $sites,
				'fault'     => [
					'kind' => 'delay',
					'ms'   => $milliseconds,
					'when' => 'before',
				],
			];
			http( 'POST', $this->sandbox->control_url() . '/faults', [ 'Content-Type: application/json' ], (string) json_encode( $fault ) );
			return $batch( $sites );
		};
	}

	/** Seconds for a site, if nothing but the server took time. */
	public function ideal( int $milliseconds ): float {
		return $milliseconds / 1e3 / self::CONCURRENCY;
	}

	public function memory_of_orders(): string {
		return implode( '; ', $this->memory );
	}

	/** One command. @return callable(): void */
	public function provisioning(): callable {
		$command = [ 'wccom-host', 'register', "--key-file=$this->key_file", '--install=' . implode( ',', self::PRODUCTS ), '--activate' ];
		return fn() => $this->run( $this->wp_command_of( $this->store, ...$command ) );
	}

	/** What is documented today, each product by its link from /info. @return callable(): void */
	public function documented_provisioning(): callable {
		return function (): void {
			$answer  = "$this->folder/answer.json";
			$package = "$this->folder/package.json";
			$this->run( [ ...$this->curl_command( $this->store ), '--output', $answer ] );
			$this->run( $this->wp_command( 'eval', self::save( $answer ) ) );
			$this->run( [ 'curl', '--silent', '--fail', '--header', 'Authorization: Bearer ' . Sandbox::KEY, '--output', $package, $this->store->base_url() . '/v1.0/info' ] );
			$links = array_column( json_decode( (string) file_get_contents( $package ), true )['products'], 'download_link', 'slug' );
			foreach ( self::PRODUCTS as $slug ) {
				$this->run( $this->wp_command( 'plugin', 'install', $links[ $slug ], '--activate' ) );
			}
		};
	}

	/** What is documented today: curl for the request, WP-CLI for the option. @return callable(): void */
	public function recipe(): callable {
		$answer = "$this->folder/answer.json";
		return function () use ( $answer ): void {
			$this->run( [ ...$this->curl_command( $this->sandbox ), '--output', $answer ] );
			$this->run( $this->wp_command( 'eval', self::save( $answer ) ) );
		};
	}

	/** PHP that stores the answer of a register. */
	private static function save( string $answer ): string {
		return '$answer = json_decode( file_get_contents( "' . $answer . '" ), true );
			WC_Helper_Options::update( "auth", array(
				"access_token" => $answer["access_token"], "access_token_secret" => $answer["access_token_secret"],
				"site_id" => $answer["site_id"], "user_id" => 1, "updated" => time(), "url" => home_url() ) );';
	}

	public function machine(): string {
		preg_match( '/^model name\s*: (.*)$/m', (string) @file_get_contents( '/proc/cpuinfo' ), $processor );
		preg_match_all( '/^processor/m', (string) @file_get_contents( '/proc/cpuinfo' ), $cores );
		return sprintf( '%s, %d cores, %s, PHP %s', $processor[1] ?? php_uname( 'm' ), count( $cores[0] ), php_uname( 's' ) . ' ' . php_uname( 'r' ), PHP_VERSION );
	}

	public function remove(): void {
		if ( isset( $this->sandbox ) && is_dir( $this->folder ) ) {
			$this->sandbox->stop();
			$this->store->stop();
		}
		if ( is_dir( $this->folder ) ) {
			remove_folder( $this->folder );
		}
	}

	/** @return list<string> */
	private function curl_command( Sandbox $sandbox ): array {
		return [
			'curl', '--silent', '--show-error', '--fail', '--cacert', $this->certificates,
			'--header', 'Authorization: Bearer ' . Sandbox::KEY, '--header', 'Content-Type: application/json',
			'--data', "@$this->folder/register.json", $sandbox->base_url() . '/v2.0/register',
		];
	}

	/** @return list<string> */
	private function wp_command( string ...$arguments ): array {
		return $this->wp_command_of( $this->sandbox, ...$arguments );
	}

	/** @return list<string> */
	private function wp_command_of( Sandbox $sandbox, string ...$arguments ): array {
		$ini = [
			'extension'                  => $this->extension,
			'wccom_host.base_url'        => $sandbox->base_url(),
			'wccom_host.helper_base_url' => $sandbox->helper_base_url(),
		];
		// The recipe's PHP does not have the extension.
		$settings = 'wccom-host' === $arguments[0] ? self::settings( $ini ) : [];
		$package  = dirname( __DIR__, 2 ) . '/php/wccom-host.php';
		return [ PHP_BINARY, ...$settings, $this->wp_cli, "--path=$this->site", ...( [] === $settings ? [] : [ "--require=$package" ] ), ...$arguments ];
	}

	/**
	 * @param array<string, string> $ini
	 * @return list<string>
	 */
	private static function settings( array $ini ): array {
		$settings = [];
		foreach ( $ini as $name => $value ) {
			array_push( $settings, '-d', "$name=$value" );
		}
		return $settings;
	}

	/**
	 * Runs a command that must succeed; gives what it printed.
	 *
	 * @param list<string> $command
	 */
	private function run( array $command ): string {
		$env     = [
			'HOME'                          => getenv( 'HOME' ),
			'XDG_STATE_HOME'                => "$this->folder/state",
			'WP_CLI_ALLOW_ROOT'             => '1',
			'WP_CLI_CONFIG_PATH'            => '/dev/null',
			'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => 'token',
			'BENCH_KEY_FILE'                => $this->key_file,
			'BENCH_WORDPRESS'               => $this->wordpress ?? '',
			'SSL_CERT_DIR'                  => self::SYSTEM_CERTIFICATES_FOLDER,
		] + ( isset( $this->store ) ? [ 'SANDBOX_HELPER_URL' => $this->store->helper_base_url() ] : [] ) + ( isset( $this->certificates ) ? [ 'BENCH_BASE_URL' => $this->sandbox->base_url(), 'SSL_CERT_FILE' => $this->certificates ] : [] );
		$streams = [ [ 'file', '/dev/null', 'r' ], [ 'pipe', 'w' ], [ 'file', "$this->folder/stderr", 'w' ] ];
		$process = proc_open( $command, $streams, $pipes, null, $env + getenv() );
		$printed = (string) stream_get_contents( $pipes[1] );
		fclose( $pipes[1] );
		if ( 0 !== proc_close( $process ) ) {
			throw new \RuntimeException( implode( ' ', $command ) . " failed:\n$printed" . file_get_contents( "$this->folder/stderr" ) );
		}
		return $printed;
	}
}
