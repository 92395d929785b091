<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\TestCase;

/**
 * Each test has a site and a sandbox of its own, and shows no secret.
 */
abstract class SiteTestCase extends TestCase {

	protected Sandbox $sandbox;

	protected Site $site;

	/** Set by a test that asks for the registration itself on standard output. */
	protected bool $prints_registration = false;

	private string $folder;

	protected function setUp(): void {
		$this->start( 'http://shop.example.com' );
	}

	protected function start( string $url, string $template = 'single', string ...$sandbox_options ): void {
		$this->folder = sys_get_temp_dir() . '/wccom-host-test-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder, 0700 );
		$this->sandbox = new Sandbox( $this->folder, ...$sandbox_options );
		$this->site    = new Site( $this->folder, $this->sandbox, $url, $template );
	}

	/** Starts again with other conditions. */
	protected function restart( string $url, string $template = 'single', string ...$sandbox_options ): void {
		$this->tearDown();
		$this->start( $url, $template, ...$sandbox_options );
	}

	protected function tearDown(): void {
		$this->sandbox->stop();
		$this->site->remove();
		remove_folder( $this->folder );
	}

	/** What was printed, logged and written during the test holds no secret; the journal alone may, and the option. */
	protected function assertPostConditions(): void {
		$partner  = [
			'the key'              => Sandbox::KEY,
			"the customer's token" => Site::WPCOM_ACCESS_TOKEN,
		];
		$site     = array_filter(
			[
				'the stored token'  => $this->site->auth()['access_token'] ?? null,
				'the stored secret' => $this->site->auth()['access_token_secret'] ?? null,
			]
		);
		$printed  = implode( "\n", array_map( fn( Run $run ) => $run->stderr . ( $this->prints_registration ? '' : $run->stdout ), $this->site->runs ) );
		$printed .= $this->site->files();
		foreach ( $partner + $site as $name => $secret ) {
			self::assertStringNotContainsString( $secret, $printed, "Printed, logged or written: $name" );
		}
		// Tokens and secrets that were lost on the way look like this.
		self::assertDoesNotMatchRegularExpression( '/\b[0-9a-f]{40}\b/', $printed, 'Printed, logged or written: something that looks like a secret' );
		foreach ( $partner as $name => $secret ) {
			self::assertFalse( str_contains( $this->site->database_file(), $secret ), "In the database: $name" );
		}
	}

	protected function folder(): string {
		return $this->folder;
	}

	protected static function assertExit( int $code, Run $run ): void {
		self::assertSame( $code, $run->exit_code, (string) $run );
	}

	/** The site has a whole connection, and nothing waits to be finished. */
	protected function assertConnected( string $table = 'wp_options' ): void {
		$auth = $this->site->auth( $table );
		self::assertNotNull( $auth, 'No connection is stored.' );
		self::assertSame( [ 'access_token', 'access_token_secret', 'site_id', 'user_id', 'updated', 'url' ], array_keys( $auth ) );
		self::assertMatchesRegularExpression( '/^\S{20,}$/', $auth['access_token'] );
		self::assertMatchesRegularExpression( '/^\S{20,}$/', $auth['access_token_secret'] );
		self::assertIsInt( $auth['site_id'] );
		self::assertIsInt( $auth['user_id'] );
		self::assertIsInt( $auth['updated'] );
		$this->assertNoJournal();
	}

	protected function assertNotConnected(): void {
		self::assertNull( $this->site->auth(), 'A connection is stored.' );
	}

	/** No record of a registration is left in the journal's folder; a lock file may stay there, without a word in it. */
	protected function assertNoJournal(): void {
		self::assertSame( [], $this->site->journal(), 'The journal is not closed.' );
	}

	/** Exit 6; the journal has the connection; the person is told what to type, and what the matter is. */
	protected function assertLeftInJournal( Run $run, string ...$words ): void {
		self::assertExit( 6, $run );
		foreach ( [ 'wp wccom-host recover', ...$words ] as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		self::assertCount( 1, $this->site->journal(), 'The journal does not have it.' );
		$this->assertOrders( 1 );
	}

	/** With the cause gone, recover saves it without a request for an order. */
	protected function assertRecovers( string $command = 'recover' ): void {
		self::assertExit( 0, $this->site->command( $command, env: [ 'WCCOM_HOST_KEY' => 'recover needs no key' ] ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
		self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
	}

	/**
	 * Runs a command that registers, and does something to the site between the request, whose order is made, and the answer.
	 *
	 * @param callable(): mixed     $happens The command stands still meanwhile, however long it takes.
	 * @param array<string, string> $env
	 */
	protected function register_while( callable $happens, string $command = 'register', array $env = [] ): Run {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( $command, $env );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request', 60.0 );
		$process->signal( SIGSTOP );
		$happens();
		$process->signal( SIGCONT );
		return $this->site->finish( $process );
	}

	protected function assertOrders( int $count ): void {
		self::assertCount( $count, $this->sandbox->orders() );
	}

	protected function assertNothingSent(): void {
		self::assertSame( [], $this->sandbox->log() );
	}
}
