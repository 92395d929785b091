<?php
/**
 * The journal's disk fails, or the process is killed, at any call of a register on a site: no second order, no lost secret.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class CrashTest extends SiteTestCase {

	/** More than a register makes at its journal. */
	private const CALLS = 40;

	/** @dataProvider rules */
	#[DataProvider( 'rules' )]
	public function test_register( string $rule ): void {
		$disk = new FailingDisk( $this->folder() );
		$run  = $this->site->command( 'register', env: $disk->env( "{$this->folder()}/state", $rule ) );
		self::assertContains( $run->exit_code, [ 0, 1, 4, 5, 6, 128 + SIGKILL ], (string) $run );
		$orders = count( $this->sandbox->orders() );
		if ( in_array( $run->exit_code, [ 1, 4 ], true ) ) {
			self::assertSame( 0, $orders, "Not sent?\n$run" );
			self::assertStringContainsString( $this->site->journal_folder(), $run->stderr );
		}

		$recover = $this->site->command( 'recover' );
		self::assertContains( $recover->exit_code, [ 0, 5 ], (string) $recover );
		$again = $this->site->command( 'register' );
		self::assertExit( $recover->exit_code, $again );
		self::assertLessThanOrEqual( 1, count( $this->sandbox->log( '/register' ) ), "It was sent again.\n$run$recover$again" );
		if ( 0 === $recover->exit_code ) {
			$this->assertOrders( 1 );
			$this->assertConnected();
			self::assertExit( 0, $this->site->command( 'status --verify' ) );
		} else {
			$this->assertOrders( $orders );
			$this->assertNotConnected();
			self::assertCount( 1, $this->site->journal() );
		}
	}

	/** @return array<string, array{string}> */
	public static function rules(): array {
		$rules = [];
		foreach ( [ 'before', 'after', 'EIO', 'ENOSPC' ] as $place => $action ) {
			foreach ( FailingDisk::sample( self::CALLS - $place, 1 ) as $number ) {
				$rules[ "call $number: $action" ] = [ "any:$number:$action" ];
			}
		}
		return $rules;
	}

	public function test_a_register_makes_no_more_calls_than_are_tried(): void {
		$disk = new FailingDisk( $this->folder() );
		self::assertExit( 0, $this->site->command( 'register', env: $disk->env( "{$this->folder()}/state", 'any:1000:EIO' ) ) );
		self::assertGreaterThan( 10, $disk->calls(), 'They are seen.' );
		self::assertLessThanOrEqual( self::CALLS - 3, $disk->calls() );
	}
}
