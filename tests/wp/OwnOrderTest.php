<?php
/**
 * The commands that only read, asked on a site about its own order.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class OwnOrderTest extends SiteTestCase {

	public function test_the_sites_own_order(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$order = $this->sandbox->orders()[0];
		$run   = $this->site->command( 'order get --format=json' );
		self::assertExit( 0, $run );
		self::assertSame( $order['id'], $run->json()['id'] );
		$run = $this->site->command( 'order connections --format=json' );
		self::assertExit( 0, $run );
		self::assertSame( [], $run->json() );
		$run = $this->site->command( 'site get --format=json' );
		self::assertExit( 0, $run );
		self::assertSame( $order['site_id'], $run->json()['site_id'] );
		self::assertSame( [ $order['id'] ], $run->json()['order_ids']['completed'] );
		self::assertSame( '', $run->stderr );
	}

	public function test_a_site_that_was_never_registered(): void {
		foreach ( [ 'order get' => '<order-id>', 'order connections' => '<order-id>', 'site get' => '<site-id>' ] as $command => $argument ) {
			$run = $this->site->command( $command );
			self::assertExit( 1, $run );
			self::assertStringContainsString( $argument, $run->stderr );
		}
		$this->assertNothingSent();
	}

	public function test_a_named_order_needs_no_site(): void {
		$this->sandbox->add_orders( [ [ 'id' => 4262918 ] ] );
		unlink( $this->site->path( '/wp-config.php' ) );
		$run = $this->site->command( 'order get 4262918 --field=id' );
		self::assertExit( 0, $run );
		self::assertSame( "4262918\n", $run->stdout );
		$run = $this->site->command( 'order get' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'no WordPress', $run->stderr );
	}

	/** @dataProvider broken_code */
	#[DataProvider( 'broken_code' )]
	public function test_a_broken_plugin_hinders_nobody( string $plugin ): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->add_active_plugin( $plugin );
		self::assertExit( 0, $this->site->command( 'order get' ) );
		self::assertExit( 0, $this->site->command( 'order list' ) );
		self::assertNotSame( 0, $this->site->command( 'order get --load-plugins' )->exit_code );
	}

	/** @return array<string, array{string}> */
	public static function broken_code(): array {
		return [
			'throws' => [ 'dies-at-start' ],
			'exits'  => [ 'exits-at-start' ],
		];
	}

	public function test_code_of_the_site_is_not_run_for_a_list(): void {
		copy( __DIR__ . '/site-code/exits-at-start.php', $this->site->path( '/wp-content/mu-plugins/exits-at-start.php' ) );
		self::assertExit( 0, $this->site->command( 'order list' ) );
		self::assertExit( 0, $this->site->command( 'totals' ) );
		self::assertExit( 0, $this->site->command( 'product list' ) );
		self::assertExit( 1, $this->site->command( 'order get' ) );
	}
}
