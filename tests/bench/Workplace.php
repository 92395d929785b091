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

	public readonly string $extension;

	public readonly string $key_file;

	private readonly string $folder;

	private readonly string $site;

	private readonly string $wp_cli;

	private readonly Sandbox $sandbox;

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

		$wp           = __DIR__ . '/../wp';
		$this->wp_cli = trim( $this->run( [ "$wp/wp-studio.sh" ] ) ) . '/wp-cli/wp-cli.phar';
		fwrite( STDERR, $this->run( [ "$wp/site.sh", 'template', $this->site ] ) );
		$this->sandbox      = new Sandbox( $this->folder, '--tls', '--log-file', '/dev/null' );
		$this->certificates = "$this->folder/certificates.pem";
		file_put_contents( $this->certificates, @file_get_contents( self::SYSTEM_CERTIFICATES ) . file_get_contents( $this->sandbox->ca_file() ) );
	}

	/** Nobody is registered, and the site is not connected. */
	public function reset(): void {
		http( 'POST', $this->sandbox->control_url() . '/reset' );
		$database = new \PDO( "sqlite:$this->site/wp-content/database/.ht.sqlite" );
		$database->exec( "DELETE FROM wp_options WHERE option_name IN ( 'woocommerce_helper_data', 'wccom_host_order', 'wccom_host_pending' )" );
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
		return fn() => $this->run( $this->curl_command() );
	}

	/** @return callable(): void */
	public function wp( string ...$arguments ): callable {
		$command = $this->wp_command( ...$arguments );
		return fn() => $this->run( $command );
	}

	/** What is documented today: curl for the request, WP-CLI for the option. @return callable(): void */
	public function recipe(): callable {
		$answer = "$this->folder/answer.json";
		$save   = '$answer = json_decode( file_get_contents( "' . $answer . '" ), true );
			WC_Helper_Options::update( "auth", array(
				"access_token" => $answer["access_token"], "access_token_secret" => $answer["access_token_secret"],
				"site_id" => $answer["site_id"], "user_id" => 1, "updated" => time(), "url" => home_url() ) );';
		return function () use ( $answer, $save ): void {
			$this->run( [ ...$this->curl_command(), '--output', $answer ] );
			$this->run( $this->wp_command( 'eval', $save ) );
		};
	}

	public function machine(): string {
		preg_match( '/^model name\s*: (.*)$/m', (string) @file_get_contents( '/proc/cpuinfo' ), $processor );
		preg_match_all( '/^processor/m', (string) @file_get_contents( '/proc/cpuinfo' ), $cores );
		return sprintf( '%s, %d cores, %s, PHP %s', $processor[1] ?? php_uname( 'm' ), count( $cores[0] ), php_uname( 's' ) . ' ' . php_uname( 'r' ), PHP_VERSION );
	}

	public function remove(): void {
		if ( isset( $this->sandbox ) && is_dir( $this->folder ) ) {
			$this->sandbox->stop();
		}
		if ( is_dir( $this->folder ) ) {
			remove_folder( $this->folder );
		}
	}

	/** @return list<string> */
	private function curl_command(): array {
		return [
			'curl', '--silent', '--show-error', '--fail', '--cacert', $this->certificates,
			'--header', 'Authorization: Bearer ' . Sandbox::KEY, '--header', 'Content-Type: application/json',
			'--data', "@$this->folder/register.json", $this->sandbox->base_url() . '/v2.0/register',
		];
	}

	/** @return list<string> */
	private function wp_command( string ...$arguments ): array {
		$ini = [
			'extension'                  => $this->extension,
			'wccom_host.base_url'        => $this->sandbox->base_url(),
			'wccom_host.helper_base_url' => $this->sandbox->helper_base_url(),
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
		] + ( isset( $this->certificates ) ? [ 'BENCH_BASE_URL' => $this->sandbox->base_url(), 'SSL_CERT_FILE' => $this->certificates ] : [] );
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
