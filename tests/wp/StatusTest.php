<?php
/**
 * What status and doctor tell.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class StatusTest extends SiteTestCase {

	public function test_a_site_without_a_connection(): void {
		$run = $this->site->command( 'status --format=json' );
		self::assertExit( 1, $run );
		self::assertFalse( $run->json()['connected'] );
		self::assertStringContainsString( 'wp wccom-host register', $run->stderr );
		$this->assertNothingSent();
	}

	public function test_a_connected_site(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$requests = count( $this->sandbox->log() );
		$run      = $this->site->command( 'status --format=json' );
		self::assertExit( 0, $run );
		$order  = $this->sandbox->orders()[0];
		$status = $run->json();
		self::assertTrue( $status['connected'] );
		self::assertSame( $order['id'], $status['order_id'] );
		self::assertSame( $order['site_id'], $status['site_id'] );
		self::assertSame( 'admin', $status['user_login'] );
		self::assertCount( $requests, $this->sandbox->log(), 'Without --verify it asks nobody.' );
	}

	public function test_a_copy_of_a_site_has_another_address(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->store( 'home', 'http://staging.example.com' );
		$run = $this->site->command( 'status' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'http://staging.example.com', $run->output() );
		self::assertStringContainsString( 'http://shop.example.com', $run->output() );
	}

	public function test_a_user_that_was_removed(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->wp( 'user set-role admin subscriber' );
		$run = $this->site->command( 'status' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'install_plugins', $run->stderr );
	}

	public function test_an_open_journal(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$run = $this->site->command( 'status --format=json' );
		self::assertExit( 1, $run );
		self::assertSame( 'sent', $run->json()['journal'] );
		self::assertStringContainsString( 'wp wccom-host recover', $run->stderr );
	}

	public function test_recover_with_nothing_open_is_done(): void {
		self::assertExit( 0, $this->site->command( 'recover' ) );
		$this->assertNothingSent();
	}

	public function test_the_doctor_finds_nothing_and_leaves_nothing(): void {
		$before = $this->options();
		$run    = $this->site->command( 'doctor --format=json' );
		self::assertExit( 0, $run );
		self::assertNotContains( 'error', array_column( $run->json(), 'status' ) );
		$this->assertNothingSent();
		self::assertSame( $before, $this->options() );
	}

	/** @return list<string> */
	private function options(): array {
		return $this->site->database()->query( "SELECT option_name FROM wp_options WHERE option_name NOT LIKE '%transient%' ORDER BY 1" )->fetchAll( \PDO::FETCH_COLUMN );
	}

	/**
	 * @dataProvider ailments
	 * @param callable(Site): void       $cause
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	#[DataProvider( 'ailments' )]
	public function test_the_doctor_names_what_is_wrong( string $check, callable $cause, array $env = [], array $ini = [] ): void {
		$cause( $this->site );
		$run = $this->site->command( 'doctor --format=json', env: $env, ini: $ini );
		self::assertExit( 1, $run );
		$status = array_column( $run->json(), 'status', 'check' );
		self::assertSame( 'error', $status[ $check ], (string) $run );
	}

	/** @return array<string, array<mixed>> */
	public static function ailments(): array {
		$nothing = function (): void {};
		return [
			'no extension'         => [ 'extension', $nothing, [], [ 'extension' => '' ] ],
			'inactive WooCommerce' => [ 'woocommerce', fn( Site $site ) => $site->store( 'active_plugins', [] ) ],
			'no administrator'     => [ 'user', fn( Site $site ) => $site->wp( 'user set-role admin editor' ) ],
			'string option'        => [ 'connection', fn( Site $site ) => $site->store( Site::OPTION, 'not an array' ) ],
			'read-only database'   => [ 'database', fn( Site $site ) => $site->refuse_writes( '1' ) ],
			'no journal'           => [ 'journal', $nothing, [ 'XDG_STATE_HOME' => '/proc' ] ],
			'wrong key'            => [ 'key', $nothing, [ 'WCCOM_HOST_KEY' => "a\r\nb" ] ],
			'wrong address'        => [ 'url', fn( Site $site ) => $site->store( 'home', 'http://shop.example.com/?a=1' ) ],
			'no key'               => [ 'key', $nothing, [ 'WCCOM_HOST_KEY' => null ] ],
		];
	}
}
