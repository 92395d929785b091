<?php
/**
 * Sites of a network, on domains and in folders of their own: what one of them has open is none of the others' business.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class SubsiteTest extends SiteTestCase {
	private const MAIN       = 'http://shop.example.com';
	private const FOLDER     = 'http://shop.example.com/second';
	private const DOMAIN     = 'http://second.example.com';
	private const CONNECTION = "NEW.option_name = 'woocommerce_helper_data'";

	protected function setUp(): void {
		$this->start( self::MAIN, 'network' );
	}

	/** Gives the second site a domain of its own. */
	private function second_site_at( string $url ): void {
		if ( self::DOMAIN !== $url ) {
			return;
		}
		$config = $this->site->path( '/wp-config.php' );
		file_put_contents( $config, preg_replace( "/('SUBDOMAIN_INSTALL', )false/", '$1true', (string) file_get_contents( $config ), -1, $changes ) );
		self::assertSame( 1, $changes );
		$database = $this->site->database();
		$database->exec( "UPDATE wp_blogs SET domain = 'second.example.com', path = '/' WHERE blog_id = 2" );
		$database->exec( "UPDATE wp_2_options SET option_value = '$url' WHERE option_name IN ( 'home', 'siteurl' )" );
	}

	/** @return array<string, array{string}> */
	public static function addresses(): array {
		return [
			'a folder' => [ self::FOLDER ],
			'a domain' => [ self::DOMAIN ],
		];
	}

	/** @dataProvider addresses */
	#[DataProvider( 'addresses' )]
	public function test_each_site_has_a_connection_and_an_order_of_its_own( string $url ): void {
		$this->second_site_at( $url );
		foreach ( [ self::MAIN, $url ] as $one ) {
			self::assertExit( 0, $this->site->command( "register --url=$one" ) );
			self::assertExit( 0, $this->site->command( "status --verify --url=$one" ) );
		}
		foreach ( [
			'wp_options'   => self::MAIN,
			'wp_2_options' => $url,
		] as $table => $one ) {
			$this->assertConnected( $table );
			self::assertSame( $one, $this->site->auth( $table )['url'] );
			self::assertSame( $one, $this->sandbox->sites()[ $this->site->auth( $table )['site_id'] ] );
		}
		self::assertNotSame( $this->site->stored( 'wccom_host_order' )['order_id'], $this->site->stored( 'wccom_host_order', 'wp_2_options' )['order_id'] );
		$this->assertOrders( 2 );
	}

	/** @dataProvider addresses */
	#[DataProvider( 'addresses' )]
	public function test_what_two_sites_have_open_is_not_exchanged( string $url ): void {
		$this->second_site_at( $url );
		$this->site->add_mu_plugin( 'veto' );
		foreach ( [ self::MAIN, $url ] as $one ) {
			$run = $this->site->command( "register --url=$one" );
			self::assertExit( 6, $run );
			self::assertStringContainsString( "wp wccom-host recover --url=$one", $run->stderr );
		}
		$this->site->remove_mu_plugin( 'veto' );
		$journal = $this->site->journal();
		self::assertCount( 2, $journal );

		self::assertExit( 0, $this->site->command( "recover --url=$url" ) );
		self::assertCount( 1, $this->site->journal(), 'The other record is still there.' );
		$this->assertNotConnected();
		self::assertExit( 0, $this->site->command( 'recover --url=' . self::MAIN ) );
		$this->assertNoJournal();
		foreach ( [
			'wp_options'   => self::MAIN,
			'wp_2_options' => $url,
		] as $table => $one ) {
			self::assertSame( $one, $this->sandbox->sites()[ $this->site->auth( $table )['site_id'] ] );
		}
		$this->assertOrders( 2 );
	}

	public function test_an_unknown_outcome_of_one_site_does_not_hinder_the_other(): void {
		$url = self::DOMAIN;
		$this->second_site_at( $url );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( "register --url=$url" ) );
		self::assertExit( 0, $this->site->command( 'register --url=' . self::MAIN ) );
		self::assertExit( 5, $this->site->command( "register --url=$url" ) );
		$this->assertOrders( 2 );
		self::assertNull( $this->site->auth( 'wp_2_options' ) );
	}

	public function test_woocommerce_that_is_active_on_the_whole_network(): void {
		$url = self::DOMAIN;
		$this->second_site_at( $url );
		$this->site->wp( 'plugin deactivate woocommerce --url=' . self::MAIN );
		$this->site->wp( "plugin deactivate woocommerce --url=$url" );
		$this->site->wp( 'plugin activate woocommerce --network --url=' . self::MAIN );
		self::assertExit( 0, $this->site->command( "register --url=$url" ) );
		$this->assertConnected( 'wp_2_options' );
		self::assertSame( (string) $this->site->auth( 'wp_2_options' )['site_id'], $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["site_id"];', "--url=$url" ) );
		self::assertSame( '', $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["site_id"] ?? "";', '--url=' . self::MAIN ) );
	}

	public function test_the_user_is_one_of_the_network_and_no_member_of_the_site(): void {
		$url = self::DOMAIN;
		$this->second_site_at( $url );
		$user = trim( $this->site->wp( 'user create boss boss@example.com --porcelain --url=' . self::MAIN )->stdout );
		$this->site->wp( 'super-admin add boss' );
		self::assertExit( 0, $this->site->command( "register --url=$url --user-id=$user" ) );
		self::assertSame( (int) $user, $this->site->auth( 'wp_2_options' )['user_id'] );
		self::assertExit( 0, $this->site->command( "status --url=$url" ) );
	}

	/** @dataProvider leaks */
	#[DataProvider( 'leaks' )]
	public function test_code_that_switches_to_another_site_and_stays_there( string $hook ): void {
		$this->site->add_mu_plugin( 'switches-at' );
		$run = $this->site->command( 'register --url=' . self::MAIN, env: [ 'SWITCH_AT' => $hook ] );
		self::assertExit( 0, $run );
		self::assertStringContainsString( self::MAIN, $run->stderr );
		$this->assertConnected();
		self::assertSame( self::MAIN, $this->site->auth()['url'] );
		self::assertSame( self::MAIN, $this->sandbox->orders()[0]['url'] );
		self::assertNull( $this->site->auth( 'wp_2_options' ), 'The connection is in another site.' );
		self::assertNull( $this->site->stored( 'wccom_host_order', 'wp_2_options' ) );
		self::assertNull( $this->site->stored( 'wccom_host_pending', 'wp_2_options' ) );
		self::assertNotNull( $this->site->stored( 'wccom_host_order' ) );
	}

	/** @return array<string, array{string}> */
	public static function leaks(): array {
		return [
			'at the start'                        => [ 'init' ],
			'after the connection is written'     => [ 'add_option_woocommerce_helper_data' ],
			'after the number of its order is'    => [ 'add_option_wccom_host_order' ],
		];
	}

	/** Then WordPress itself writes to the other site: it is noticed, and nothing is lost. */
	public function test_code_that_switches_before_the_connection_is_written(): void {
		$this->site->add_mu_plugin( 'switches-at' );
		$run = $this->site->command( 'register --url=' . self::MAIN, env: [ 'SWITCH_AT' => 'pre_update_option_woocommerce_helper_data' ] );
		self::assertExit( 6, $run );
		$this->assertNotConnected();
		self::assertExit( 0, $this->site->command( 'recover --url=' . self::MAIN ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_a_site_that_is_not_in_the_network(): void {
		$run = $this->site->command( 'register --url=http://third.example.com/' );
		self::assertExit( 1, $run );
		$this->assertNothingSent();
	}
}
