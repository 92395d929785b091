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
		$this->assertNoJournal();
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
		$this->assertNoJournal();
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
		$this->assertNoJournal();
	}

	public function test_an_empty_secret_is_never_stored(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => '' ] ] );
		$run = $this->site->command( 'register' );
		self::assertContains( $run->exit_code, [ 5, 7 ], (string) $run );
		$this->assertNotConnected();
	}
}
