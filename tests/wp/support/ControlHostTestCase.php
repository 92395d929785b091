<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\TestCase;

/**
 * Each test has a control host, two sites on it and a sandbox of its own, and shows no secret.
 */
abstract class ControlHostTestCase extends TestCase {
	protected const ONE = 'https://shop-one.example.com';
	protected const TWO = 'https://shop-two.example.com';

	protected const REGISTER_MANY = 'register-many /etc/wccom-host/sites.csv';

	protected Sandbox $sandbox;

	protected ControlHost $control_host;

	/** @var array<string, Site> By address. */
	protected array $sites = [];

	private string $folder;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/wccom-host-test-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder, 0700 );
		$this->sandbox      = new Sandbox( $this->folder );
		$this->control_host = new ControlHost( $this->folder, $this->sandbox );
	}

	protected function tearDown(): void {
		$this->sandbox->stop();
		foreach ( $this->sites as $site ) {
			$site->remove();
		}
		remove_folder( $this->folder );
	}

	/** What was printed holds no secret, and at the start of no command one lay where it must not. */
	protected function assertPostConditions(): void {
		$printed = implode( "\n", array_map( fn( Run $run ) => $run->output(), $this->control_host->runs ) );
		$this->assertNoSecret( $printed, 'Printed' );
		self::assertSame( '', $this->control_host->spied() );
	}

	protected function assertNoSecret( string $text, string $where ): void {
		$secrets = [ Sandbox::KEY, Site::WPCOM_ACCESS_TOKEN ];
		foreach ( $this->sites as $site ) {
			$secrets = [ ...$secrets, ...array_values( array_intersect_key( $site->auth() ?? [], [ 'access_token' => 1, 'access_token_secret' => 1 ] ) ) ];
		}
		foreach ( $secrets as $secret ) {
			self::assertStringNotContainsString( $secret, $text, $where );
		}
		self::assertDoesNotMatchRegularExpression( '/\b[0-9a-f]{40}\b/', $text, "$where: something that looks like a secret" );
	}

	/** Makes sites on the control host. */
	protected function make_sites( string ...$urls ): void {
		foreach ( $urls as $number => $url ) {
			mkdir( "$this->folder/site-$number" );
			$this->sites[ $url ] = new Site( "$this->folder/site-$number", $this->sandbox, $url );
			$this->control_host->add_site( $this->sites[ $url ] );
		}
	}

	/** Registers sites as the README has it, the last of them with an outcome that stays unknown if so wanted. */
	protected function register( bool $last_is_unknown, string ...$urls ): void {
		if ( $last_is_unknown ) {
			$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
			$this->control_host->list_sites( (string) end( $urls ) );
			self::assertExit( 5, $this->control_host->type( $this->documented( self::REGISTER_MANY ) ) );
		}
		$this->control_host->list_sites( ...$urls );
		self::assertExit( $last_is_unknown ? 5 : 0, $this->control_host->type( $this->documented( self::REGISTER_MANY ) ) );
	}

	/** The block of the README that has some words. */
	protected function documented( string $words ): string {
		preg_match_all( '/(?<=\n\n)(?:    .*\n)+/', (string) file_get_contents( dirname( __DIR__, 3 ) . '/README.md' ), $blocks );
		$found = array_values( array_filter( $blocks[0], fn( string $block ) => str_contains( $block, $words ) ) );
		self::assertCount( 1, $found, "Blocks of the README with: $words" );
		return (string) preg_replace( '/^    /m', '', $found[0] );
	}

	protected function assertConnected( string ...$urls ): void {
		$lines = [] === $urls ? [] : array_column( $this->control_host->output(), null, 'url' );
		foreach ( $this->sites as $url => $site ) {
			$auth = $site->auth();
			if ( ! in_array( $url, $urls, true ) ) {
				self::assertNull( $auth, "$url is connected." );
				continue;
			}
			self::assertNotNull( $auth, "$url is not connected." );
			foreach ( [ 'access_token', 'access_token_secret', 'site_id' ] as $key ) {
				self::assertSame( $lines[ $url ]['auth'][ $key ], $auth[ $key ], "$url: $key" );
			}
			self::assertSame( $url, $this->sandbox->sites()[ $auth['site_id'] ] );
		}
	}

	protected static function assertExit( int $code, Run $run ): void {
		self::assertSame( $code, $run->exit_code, (string) $run );
	}
}
