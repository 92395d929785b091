<?php
/**
 * Multisite: each site of a network has a connection of its own.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class NetworkTest extends SiteTestCase {
	private const SECOND = '--url=http://shop.example.com/second/';

	protected function setUp(): void {
		$this->start( 'http://shop.example.com', 'network' );
	}

	public function test_the_site_that_is_named_is_registered_and_no_other(): void {
		$run = $this->site->command( 'register ' . self::SECOND );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'http://shop.example.com/second', $run->stderr );
		$this->assertConnected( 'wp_2_options' );
		$this->assertNotConnected();
		self::assertSame( 'http://shop.example.com/second', $this->site->auth( 'wp_2_options' )['url'] );
		self::assertSame( 'http://shop.example.com/second', $this->sandbox->orders()[0]['url'] );
		self::assertNull( $this->site->stored( 'wccom_host_order' ) );
		self::assertNotNull( $this->site->stored( 'wccom_host_order', 'wp_2_options' ) );
	}

	public function test_without_a_name_it_is_the_main_site_and_says_so(): void {
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'http://shop.example.com', $run->stderr );
		$this->assertConnected();
		self::assertNull( $this->site->auth( 'wp_2_options' ) );
	}

	public function test_two_sites_of_a_network_are_two_registrations(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertExit( 0, $this->site->command( 'register ' . self::SECOND ) );
		$this->assertConnected();
		$this->assertConnected( 'wp_2_options' );
		self::assertNotSame( $this->site->auth()['site_id'], $this->site->auth( 'wp_2_options' )['site_id'] );
		self::assertExit( 0, $this->site->command( 'status ' . self::SECOND ) );
	}

	public function test_the_user_is_a_super_admin(): void {
		$user = trim( $this->site->wp( 'user create boss boss@example.com --role=administrator --porcelain' )->stdout );
		$run  = $this->site->command( "register --user-id=$user" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'super admin', $run->stderr );
		$this->assertNothingSent();
		$this->site->wp( 'super-admin add boss' );
		self::assertExit( 0, $this->site->command( "register --user-id=$user" ) );
	}

	public function test_woocommerce_that_is_inactive_on_the_named_site(): void {
		$this->site->wp( 'plugin deactivate woocommerce ' . self::SECOND );
		$run = $this->site->command( 'register ' . self::SECOND );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'wp plugin activate woocommerce --url=http://shop.example.com/second', $run->stderr );
		self::assertExit( 0, $this->site->command( 'register' ) );
	}

	public function test_woocommerce_that_is_active_on_the_whole_network(): void {
		$this->site->wp( 'plugin deactivate woocommerce' );
		$this->site->wp( 'plugin deactivate woocommerce ' . self::SECOND );
		$this->site->wp( 'plugin activate woocommerce --network' );
		self::assertExit( 0, $this->site->command( 'register ' . self::SECOND ) );
		$this->assertConnected( 'wp_2_options' );
	}

	public function test_what_to_type_names_the_site(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		$run = $this->site->command( 'register ' . self::SECOND );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'wp wccom-host recover --url=http://shop.example.com/second', $run->stderr );
		self::assertExit( 0, $this->site->command( 'register' ), 'The main site has a journal of its own.' );
	}
}
