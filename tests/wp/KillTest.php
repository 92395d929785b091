<?php
/**
 * The process is killed at each step between the request and the closed journal: never a second order, never a lost secret.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class KillTest extends SiteTestCase {
	private const KILLED = 128 + SIGKILL;

	/**
	 * What register and recover do after the kill.
	 *
	 * @dataProvider steps_of_the_extension
	 */
	#[DataProvider( 'steps_of_the_extension' )]
	public function test_killed_in_the_extension( string $step, int $orders, int $recover_exits ): void {
		$this->assertSurvives( [ 'WCCOM_HOST_FAULT_POINT' => $step ], $orders, $recover_exits );
	}

	/** @return array<string, array{string, int, int}> Step, orders that exist then, exit code of recover. */
	public static function steps_of_the_extension(): array {
		return [
			'before anything is written'                  => [ 'before-sent', 0, 0 ],
			'the record "sent" is on disk'                => [ 'sent', 0, 5 ],
			'the answer is in memory only'                => [ 'answered', 1, 5 ],
			'the answer is on disk under another name'    => [ 'received-written', 1, 0 ],
			'the record "received" is on disk'            => [ 'received', 1, 0 ],
			'the connection is saved, the journal open'   => [ 'before-close', 1, 0 ],
			'the journal is closed'                       => [ 'closed', 1, 0 ],
		];
	}

	/** @dataProvider steps_of_wordpress */
	#[DataProvider( 'steps_of_wordpress' )]
	public function test_killed_while_wordpress_saves( string $hook, bool $option_exists ): void {
		if ( $option_exists ) {
			$this->site->store( Site::OPTION, [ 'other' => 'data' ] );
		}
		$this->site->add_mu_plugin( 'kill-at' );
		$this->assertSurvives( [ 'KILL_AT' => $hook ], 1, 0 );
		if ( $option_exists ) {
			self::assertSame( 'data', $this->site->stored( Site::OPTION )['other'] );
		}
	}

	/** @return array<string, array{string, bool}> Hook, whether the option exists before. */
	public static function steps_of_wordpress(): array {
		return [
			'before a first connection is written' => [ 'pre_update_option_woocommerce_helper_data', false ],
			'after a first connection is written'  => [ 'add_option_woocommerce_helper_data', false ],
			'before the option is changed'         => [ 'update_option', true ],
			'after the option is changed'          => [ 'update_option_woocommerce_helper_data', true ],
			'before the order is kept'             => [ 'pre_update_option_wccom_host_order', false ],
			'after the order is kept'              => [ 'add_option_wccom_host_order', false ],
		];
	}

	/** @param array<string, string> $env */
	private function assertSurvives( array $env, int $orders, int $recover_exits ): void {
		$killed = $this->site->command( 'register', env: $env, ini: [ 'extension' => (string) getenv( 'WCCOM_HOST_FAULT_EXTENSION' ) ] );
		self::assertExit( self::KILLED, $killed );
		$this->assertOrders( $orders );

		self::assertExit( $recover_exits, $this->site->command( 'recover' ) );
		self::assertExit( $recover_exits, $this->site->command( 'register' ) );
		$this->assertOrders( 0 === $recover_exits ? 1 : $orders );
		self::assertLessThanOrEqual( 1, count( $this->sandbox->log( '/register' ) ), 'It was sent again.' );
		if ( 0 === $recover_exits ) {
			$this->assertConnected();
			self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
		} else {
			$this->assertNotConnected();
			self::assertCount( 1, $this->site->journal() );
		}
	}

	public function test_a_secret_that_was_received_is_the_one_that_is_saved(): void {
		$this->site->add_mu_plugin( 'kill-at' );
		self::assertExit( self::KILLED, $this->site->command( 'register', env: [ 'KILL_AT' => 'pre_update_option_woocommerce_helper_data' ] ) );
		$journal = implode( $this->site->journal() );
		self::assertExit( 0, $this->site->command( 'recover' ) );
		self::assertStringContainsString( $this->site->auth()['access_token_secret'], $journal );
		self::assertSame( 200, $this->sandbox->log( '/oauth/me' )[0]['status'], 'The recovered connection works.' );
	}
}
