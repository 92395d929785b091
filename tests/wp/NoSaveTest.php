<?php
/**
 * A registration that is printed and not saved.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class NoSaveTest extends SiteTestCase {

	protected bool $prints_registration = true;

	public function test_what_an_earlier_run_received_is_printed_without_a_request(): void {
		$first = $this->site->command( 'register --no-save' );
		self::assertExit( 0, $first );
		$second = $this->site->command( 'register --no-save' );
		self::assertExit( 0, $second );
		self::assertSame( $first->json()['auth'], $second->json()['auth'] );
		$this->assertNotConnected();
		$this->assertOrders( 1 );
	}

	public function test_a_connected_site_has_nothing_to_print(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$run = $this->site->command( 'register --no-save' );
		self::assertExit( 1, $run );
		self::assertSame( '', $run->stdout );
		self::assertStringContainsString( '--force', $run->stderr );
		$this->assertOrders( 1 );
	}

	/** @dataProvider other_outputs */
	#[DataProvider( 'other_outputs' )]
	public function test_another_output_is_refused_before_anything_is_sent( string $option ): void {
		$run = $this->site->command( "register --no-save $option" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( explode( '=', $option )[0], $run->stderr );
		$this->assertNothingSent();
	}

	/** @return array<string, array{string}> */
	public static function other_outputs(): array {
		return array_map( fn( string $option ) => [ $option ], [ 'porcelain' => '--porcelain', 'yaml' => '--format=yaml', 'table' => '--format=table', 'fields' => '--fields=order_id' ] );
	}
}
