<?php
/**
 * The secret is given out once: what happens when the answer holds null in its place.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class NullSecretTest extends SiteTestCase {

	public function test_registered_elsewhere_before_and_nothing_known_here(): void {
		$this->sandbox->register_elsewhere( 'http://shop.example.com' );
		$run = $this->site->command( 'register' );
		self::assertExit( 7, $run );
		self::assertNull( $this->site->stored( Site::OPTION ), 'Something was stored.' );
		$this->assertOpenWithoutSecret();
	}

	/** The journal knows that an order was made, so that no other is. */
	private function assertOpenWithoutSecret(): void {
		$status = $this->site->command( 'status --format=json' );
		self::assertSame( 'secret_unavailable', $status->json()['journal'] );
		self::assertStringContainsString( 'Order ', $status->stderr );
		self::assertExit( 7, $this->site->command( 'recover' ) );
	}

	public function test_three_runs_make_one_more_order_until_a_person_decides(): void {
		$this->sandbox->register_elsewhere( 'http://shop.example.com' );
		foreach ( [ 'register', 'register', 'register --force' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 7, $run );
			self::assertStringContainsString( (string) $this->sandbox->orders()[1]['id'], $run->stderr );
			self::assertStringContainsString( 'wp wccom-host recover --forget', $run->stderr );
		}
		self::assertExit( 7, $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-somebody-else' ] ) );
		self::assertExit( 7, $this->site->command( 'register --dry-run' ) );
		$this->assertOrders( 2 );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );
		$this->assertNoJournal();
		self::assertExit( 7, $this->site->command( 'register' ) );
		$this->assertOrders( 3 );
	}

	public function test_a_secret_that_is_known_elsewhere_connects_the_site(): void {
		$answer = $this->sandbox->register_elsewhere( 'http://shop.example.com' );
		self::assertExit( 7, $this->site->command( 'register' ) );
		$auth = array_intersect_key( $answer, [ 'access_token' => 1, 'access_token_secret' => 1, 'site_id' => 1 ] ) + [ 'url' => 'http://shop.example.com' ];
		self::assertExit( 0, $this->site->command( 'connect', (string) json_encode( $auth ) ) );
		$this->assertConnected();
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
	}

	public function test_with_the_same_token_stored_the_secret_is_kept(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$before = $this->site->auth();
		$run    = $this->site->command( 'register --force --format=json' );
		self::assertExit( 0, $run );
		self::assertTrue( $run->json()['secret_kept'] );
		self::assertSame( $before['access_token_secret'], $this->site->auth()['access_token_secret'] );
		self::assertSame( $before['access_token'], $this->site->auth()['access_token'] );
		$this->assertConnected();
	}

	public function test_with_another_token_stored_the_connection_stays_as_it_is(): void {
		$this->restart( 'http://shop.example.com', 'single', '--repeat-token', 'new' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$before = $this->site->stored( Site::OPTION );
		self::assertExit( 7, $this->site->command( 'register --force' ) );
		self::assertSame( $before, $this->site->stored( Site::OPTION ) );
		$this->assertOpenWithoutSecret();
	}

	public function test_a_stored_null_is_not_a_secret_to_keep(): void {
		$answer = $this->sandbox->register_elsewhere( 'http://shop.example.com' );
		$broken = [
			'auth' => [
				'access_token'        => $answer['access_token'],
				'access_token_secret' => null,
				'site_id'             => $answer['site_id'],
			],
		];
		$this->site->store( Site::OPTION, $broken );
		self::assertExit( 7, $this->site->command( 'register' ) );
		self::assertSame( $broken, $this->site->stored( Site::OPTION ) );
		$this->assertOrders( 1 );
		$this->assertNoJournal();
	}

	public function test_an_empty_secret_is_never_stored(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => '' ] ] );
		$run = $this->site->command( 'register' );
		self::assertExit( 5, $run );
		$this->assertNotConnected();
	}

	public function test_a_site_that_lost_its_connection_and_has_a_temporary_address_at_woocommerce_com_makes_no_second_order(): void {
		self::assertExit( 0, $this->site->command( 'register --site-url=http://temporary.example.net' ) );
		$this->site->store( Site::OPTION, [ 'auth' => [] ] );
		self::assertExit( 7, $this->site->command( 'register' ) );
		$this->assertOrders( 1 );
	}

	public function test_a_copy_of_a_site_that_was_disconnected_is_a_site_of_its_own(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->store( Site::OPTION, [ 'auth' => [] ] );
		$this->site->store( 'home', 'http://staging.example.com' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertOrders( 2 );
	}

	public function test_a_site_that_lost_its_connection_is_not_registered_again_unless_that_is_meant(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		// As a click on Disconnect leaves it.
		$this->site->store( Site::OPTION, [ 'auth' => [] ] );
		self::assertExit( 7, $this->site->command( 'register --dry-run' ) );
		$run = $this->site->command( 'register' );
		self::assertExit( 7, $run );
		self::assertStringContainsString( 'register --force', $run->stderr );
		$this->assertNoJournal();
		$this->assertOrders( 1 );
		self::assertExit( 7, $this->site->command( 'register --force' ) );
		$this->assertOrders( 2 );
	}
}
