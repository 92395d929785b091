<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A machine with the partner's key, the list of sites, WP-CLI and its aliases, on which the sites of the test lie, too.
 *
 * The README's commands and the shipped examples run on it as they are written, but for the folders they name.
 */
final class ControlHost {

	/** What of the documented paths is where here. */
	private const FOLDERS = [
		'/srv/www/'                             => '/www/',
		'/etc/wccom-host/'                      => '/etc/',
		'/var/lib/wccom-host/'                  => '/var/',
		'/usr/local/share/wccom-host/examples/' => '/examples/',
	];

	/** @var list<Run> Every command that was run. */
	public array $runs = [];

	public function __construct( private readonly string $folder, private readonly Sandbox $sandbox ) {
		foreach ( [ 'bin', 'etc', 'home/.wp-cli', 'settings', 'tmp', 'var', 'www', 'examples' ] as $name ) {
			mkdir( $this->path( $name ), 0700, true );
		}
		foreach ( glob( dirname( __DIR__, 3 ) . '/php/examples/*' ) as $example ) {
			$this->write( 'examples/' . basename( $example ), $this->relocated( (string) file_get_contents( $example ) ) );
		}
		$this->write( 'etc/key', Sandbox::KEY . "\n" );
		$this->write( 'settings/wccom_host.ini', $this->settings() );
		$this->aliases( '' );
		symlink( PHP_BINARY, $this->path( 'bin/php' ) );
		$this->program( 'wp', 'php -n ' . escapeshellarg( __DIR__ . '/spy.php' ) . ' "$CONTROL_HOST"; exec php ' . escapeshellarg( getenv( 'WCCOM_HOST_WP_FILES' ) . '/wp-cli/wp-cli.phar' ) . ' "$@"' );
	}

	/** Has the commands find a site where the documentation has it, below /srv/www. */
	public function add_site( Site $site ): void {
		symlink( $site->path(), $this->path( 'www/' . parse_url( $site->url, PHP_URL_HOST ) ) );
	}

	/** The list of sites. */
	public function list_sites( string ...$urls ): void {
		$this->write( 'etc/sites.csv', "url,wpcom_access_token\n" . implode( array_map( fn( string $url ) => "$url," . Site::WPCOM_ACCESS_TOKEN . "\n", $urls ) ) );
	}

	/** WP-CLI's configuration: our commands, and aliases. */
	public function aliases( string $yaml ): void {
		$this->write( 'home/.wp-cli/config.yml', 'require: [' . dirname( __DIR__, 3 ) . "/php/wccom-host.php]\n" . $this->relocated( $yaml ) );
	}

	/** Puts a shell script on the path. */
	public function program( string $name, string $script ): void {
		$this->write( "bin/$name", "#!/bin/sh\n$script\n" );
		chmod( $this->path( "bin/$name" ), 0700 );
	}

	/**
	 * Runs a command line as somebody types it, or as the documentation has it.
	 *
	 * @param array<string, string> $env
	 */
	public function type( string $line, array $env = [] ): Run {
		return $this->finish( $this->start( $line, $env ) );
	}

	/**
	 * Starts a command line and does not wait for it.
	 *
	 * @param array<string, string> $env
	 */
	public function start( string $line, array $env = [] ): Process {
		return new Process( [ 'bash', '-o', 'pipefail', '-c', $this->relocated( $line ) ], $env + $this->environment(), $this->path() );
	}

	/** Waits for a command line that start() started. */
	public function finish( Process $process ): Run {
		$this->runs[] = $process->finish( 120.0 );
		return end( $this->runs );
	}

	public function path( string $below = '' ): string {
		return "$this->folder/control-host/$below";
	}

	public function write( string $name, string $text ): void {
		file_put_contents( $this->path( $name ), $text );
	}

	/**
	 * The lines of register-many's output.
	 *
	 * @return list<array<string, mixed>>
	 */
	public function output(): array {
		return array_map( fn( string $line ) => json_decode( $line, true ), file( $this->path( 'var/registered.jsonl' ), FILE_IGNORE_NEW_LINES ) );
	}

	/** Where a secret lay, at the start of one of the commands, in another place than the output and the journal. */
	public function spied(): string {
		return (string) @file_get_contents( $this->path( 'spied' ) );
	}

	/** A text with the documented folders turned into those of the test. */
	public function relocated( string $text ): string {
		return strtr( $text, array_map( fn( string $folder ) => rtrim( $this->path(), '/' ) . $folder, self::FOLDERS ) );
	}

	private function settings(): string {
		$settings = [
			'extension'                  => (string) getenv( 'WCCOM_HOST_EXTENSION' ),
			'wccom_host.base_url'        => $this->sandbox->base_url(),
			'wccom_host.helper_base_url' => $this->sandbox->helper_base_url(),
			'memory_limit'               => '512M',
			'sendmail_path'              => '/bin/true',
		];
		return implode( array_map( fn( string $name, string $value ) => "$name=\"$value\"\n", array_keys( $settings ), $settings ) );
	}

	/** @return array<string, string> */
	private function environment(): array {
		return [
			'PATH'               => $this->path( 'bin' ) . ':' . getenv( 'PATH' ),
			'PHP_INI_SCAN_DIR'   => getenv( 'PHP_INI_SCAN_DIR' ) . ':' . $this->path( 'settings' ),
			'TMPDIR'             => $this->path( 'tmp' ),
			'HOME'               => $this->path( 'home' ),
			'CONTROL_HOST'       => $this->path(),
			'WP_CLI_ALLOW_ROOT'  => '1',
			'PAGER'              => 'cat',
			'LANG'               => 'C.UTF-8',
			'SANDBOX_HELPER_URL' => $this->sandbox->helper_base_url(),
		];
	}
}
