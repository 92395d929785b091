<?php
/**
 * The PHP extension that does the work.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Whether it is there, and the options that all of its calls get.
 */
final class Extension {

	/**
	 * Of these commands; the extension's is the same, since they are released together.
	 */
	public const VERSION = '0.1.0';

	private const FUNCTIONS = [
		'wccom_host_version',
		'wccom_host_take_key',
		'wccom_host_forget_key',
		'wccom_host_check',
		'wccom_host_register',
		'wccom_host_register_many',
		'wccom_host_verify',
		'wccom_host_lookup',
		'wccom_host_cancel',
		'wccom_host_update_url',
		'wccom_host_update_connected_site',
		'wccom_host_install',
		'wccom_host_package',
		'wccom_host_product',
		'wccom_host_orders',
		'wccom_host_order',
		'wccom_host_order_connections',
		'wccom_host_site',
		'wccom_host_totals',
		'wccom_host_sign_url',
		'wccom_host_same_site',
		'wccom_host_journal',
		'wccom_host_journal_lock',
		'wccom_host_journal_unlock',
		'wccom_host_journal_read',
		'wccom_host_journal_store',
		'wccom_host_journal_close',
		'wccom_host_journal_prune',
	];

	private const DEFAULT_BASE_URL = 'https://woocommerce.com/wp-json/wccom/host-plan';

	/**
	 * Refuses to go on without the extension.
	 *
	 * @throws Problem If it is not loaded, or is another version's.
	 */
	public static function require_loaded(): void {
		$missing = array_filter( self::FUNCTIONS, static fn ( string $name ): bool => ! self::has( $name ) );
		if ( count( $missing ) === count( self::FUNCTIONS ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The PHP extension wccom_host is not loaded. Nothing was sent.',
				'This is PHP ' . PHP_VERSION . ' (' . PHP_BINARY . '), with the settings of ' . ( ( function_exists( 'php_ini_loaded_file' ) ? php_ini_loaded_file() : '' ) ?: 'no php.ini' ) . '.',
				'Install the extension for this PHP (./build.sh install), or point to it: php -d extension=/path/to/libwccom_host.so "$(command -v wp)" wccom-host doctor'
			);
		}
		if ( [] !== $missing || self::VERSION !== wccom_host_version() ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				'The PHP extension wccom_host is of another version' . ( self::has( 'wccom_host_version' ) ? ' (' . wccom_host_version() . ')' : '' ) . ' than these commands (' . self::VERSION . '). Nothing was sent.',
				'Install both from the same release.'
			);
		}
	}

	/**
	 * Whether the extension has a function: one of this name that code of the site defines is another one.
	 *
	 * @param string $name The function.
	 */
	public static function has( string $name ): bool {
		return in_array( $name, get_extension_funcs( 'wccom_host' ) ?: [], true );
	}

	/**
	 * The address that requests go to.
	 */
	public static function base_url(): string {
		return ini_get( 'wccom_host.base_url' ) ?: self::DEFAULT_BASE_URL;
	}

	/**
	 * The options of every call: where the journal is, whose site it is, and the proxy that only WordPress knows of.
	 *
	 * @return array{journal: string, home_url: string, proxy?: string}
	 * @throws Problem If there is no safe place for the journal.
	 */
	public static function options(): array {
		$options = [
			'journal'  => Journal_Folder::path(),
			'home_url' => home_url(),
		];
		$proxy   = self::proxy();
		return null === $proxy ? $options : $options + [ 'proxy' => $proxy ];
	}

	/**
	 * The options of a call that only reads, which needs no journal and no site: the key, and the proxy that only WordPress
	 * knows of, if it is loaded.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{key?: string, key_file?: string, proxy?: string}
	 * @throws Problem If the extension or the key is missing.
	 */
	public static function reading_options( array $assoc_args ): array {
		self::require_loaded();
		$proxy = class_exists( \WP_HTTP_Proxy::class, false ) ? self::proxy() : null;
		return Secrets::key_option( $assoc_args ) + ( null === $proxy ? [] : [ 'proxy' => $proxy ] );
	}

	/**
	 * The proxy of wp-config.php (WP_PROXY_HOST and the like), unless php.ini names one.
	 */
	private static function proxy(): ?string {
		$proxy = new \WP_HTTP_Proxy();
		if ( ini_get( 'wccom_host.proxy' ) || ! $proxy->is_enabled() || ! $proxy->send_through_proxy( self::base_url() ) ) {
			return null;
		}
		$user = $proxy->use_authentication() ? rawurlencode( (string) $proxy->username() ) . ':' . rawurlencode( (string) $proxy->password() ) . '@' : '';
		// WordPress takes a host with a scheme, too.
		$parts = explode( '://', (string) $proxy->host(), 2 );
		$host  = array_pop( $parts );
		return ( $parts[0] ?? 'http' ) . '://' . $user . $host . ':' . $proxy->port();
	}
}
