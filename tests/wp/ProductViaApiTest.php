<?php
/**
 * Products that WooCommerce.com is asked to install.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProductViaApiTest extends ProductTestCase {

	private const USPS     = 'woocommerce-shipping-usps';
	private const BOOKINGS = 'woocommerce-bookings';

	public function test_each_product_of_the_order_is_asked_for(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$rows = $this->install( self::USPS . ' ' . self::BOOKINGS . ' --via=api' );
		self::assertSame( [ 'installed', 'installed' ], array_column( $rows, 'status' ) );
		$order = $this->sandbox->orders()[0];
		self::assertSame(
			[ [ 'product_slug' => self::USPS, 'url' => 'http://shop.example.com', 'order_id' => $order['id'] ], [ 'product_slug' => self::BOOKINGS, 'url' => 'http://shop.example.com', 'order_id' => $order['id'] ] ],
			array_map( fn( array $request ) => json_decode( $request['body'], true ), $this->sandbox->log( '/install' ) )
		);
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
		self::assertSame( [], $this->sandbox->log( '/info' ), 'Nothing is asked that is not needed.' );
	}

	public function test_all_of_the_package(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		self::assertCount( 11, $this->install( '--all --via=api' ) );
		self::assertCount( 11, $this->sandbox->log( '/install' ) );
	}

	public function test_the_registered_address_is_sent_not_the_sites_own(): void {
		self::assertExit( 0, $this->command( 'register --site-url=https://temporary.example.net' ) );
		$this->install( self::USPS . ' --via=api' );
		self::assertSame( 'https://temporary.example.net', json_decode( $this->sandbox->log( '/install' )[0]['body'], true )['url'] );
	}

	/**
	 * @dataProvider outcomes
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'outcomes' )]
	public function test_an_outcome_that_is_unknown_stops_nothing( array $fault, int $exit_code, string $status, string $words ): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$this->sandbox->fault( 'install', $fault );
		$rows = $this->install( self::USPS . ' ' . self::BOOKINGS . ' --via=api', $exit_code, ini: [ 'wccom_host.timeout' => '3' ] );
		self::assertSame( [ $status, 'installed' ], array_column( $rows, 'status' ) );
		self::assertStringContainsString( str_replace( 'ORDER', (string) $this->sandbox->orders()[0]['id'], $words ), $rows[ self::USPS ]['reason'] );
		self::assertCount( 2, $this->sandbox->log( '/install' ), 'Nothing is sent again.' );
	}

	/** @return array<string, array{array<string, mixed>, int, string, string}> */
	public static function outcomes(): array {
		$unknown = 'wp wccom-host order connections ORDER';
		return [
			'500'            => [ [ 'kind' => 'status', 'status' => 500 ], 5, 'unknown', $unknown ],
			'no answer'      => [ [ 'kind' => 'stall', 'when' => 'after' ], 5, 'unknown', $unknown ],
			'HTML'           => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ], 5, 'unknown', $unknown ],
			'another status' => [ [ 'kind' => 'patch', 'set' => [ 'status' => 'in_progress' ], 'remove' => [ 'success' ] ], 5, 'unknown', 'in_progress' ],
			'not done'       => [ [ 'kind' => 'patch', 'set' => [ 'success' => false ] ], 9, 'failed', 'could not install' ],
			'refused'        => [ [ 'kind' => 'status', 'status' => 400, 'body' => [ 'code' => 'not_in_order', 'message' => 'The order does not have it.', 'data' => null ] ], 9, 'failed', 'The order does not have it' ],
		];
	}

	public function test_a_product_that_the_order_does_not_have(): void {
		self::assertExit( 0, $this->command( 'register --products=' . self::USPS ) );
		$rows = $this->install( self::BOOKINGS . ' ' . self::USPS . ' --via=api', 9 );
		self::assertSame( [ 'failed', 'installed' ], array_column( $rows, 'status' ) );
	}

	public function test_ctrl_c_leaves_one_unknown_and_asks_for_no_more(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$this->sandbox->fault( 'install', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( 'product install ' . self::USPS . ' ' . self::BOOKINGS . ' --via=api --format=json', $this->live() );
		wait_for( fn() => 1 === count( $this->sandbox->log( '/install' ) ), 'the request' );
		$process->signal( SIGINT );
		$run = $this->site->finish( $process );
		self::assertExit( 5, $run );
		self::assertSame( [ 'unknown', 'failed' ], array_column( $run->json(), 'status' ) );
		self::assertCount( 1, $this->sandbox->log( '/install' ) );
	}

	/** @dataProvider wrong_uses */
	#[DataProvider( 'wrong_uses' )]
	public function test_what_does_not_go_with_it( string $option ): void {
		self::assertExit( 0, $this->command( 'register' ) );
		self::assertExit( 1, $this->command( 'product install ' . self::USPS . " --via=api $option" ) );
		self::assertSame( [], $this->sandbox->log( '/install' ) );
	}

	/** @return list<list<string>> */
	public static function wrong_uses(): array {
		return [ [ '--activate' ], [ '--force' ] ];
	}

	public function test_a_site_without_an_order_has_nothing_to_ask_for(): void {
		$run = $this->command( 'product install ' . self::USPS . ' --via=api' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'needs the order', $run->stderr );
		$this->assertNothingSent();
	}

	public function test_a_cancelled_order_installs_nothing(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		self::assertExit( 0, $this->command( 'cancel --yes' ) );
		self::assertExit( 1, $this->command( 'product install ' . self::USPS . ' --via=api' ) );
		self::assertSame( [], $this->sandbox->log( '/install' ) );
	}
}
