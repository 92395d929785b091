<?php
/**
 * Two users register one site at once, and each is held before any of its statements about what the other may have begun.
 * WCCOM_HOST_WHOLE=1 tries all pairs of statements.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class OvertakingTest extends SiteTestCase {

	/** More than a run has: where one is not reached, nobody holds that run. */
	private const STATEMENTS = 19;

	/** Has no divisor in common with their number, so that each statement comes up in both runs. */
	private const STRIDE = 9;

	public function test_two_users_make_one_order_whatever_moments_they_meet_at(): void {
		$stride = getenv( 'WCCOM_HOST_WHOLE' ) ? 1 : self::STRIDE;
		$held   = 0;
		for ( $pair = 0; $pair < self::STATEMENTS ** 2; $pair += $stride ) {
			$this->restart( 'http://shop.example.com' );
			$this->site->add_mu_plugin( 'waits-at' );
			$held += $this->meet( 1 + intdiv( $pair, self::STATEMENTS ), 1 + $pair % self::STATEMENTS );
			$this->assertOrders( 1 );
			$this->assertConnected();
			self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
			$this->assertPostConditions();
		}
		self::assertGreaterThan( self::STATEMENTS ** 2 / $stride / 3, $held, 'So few pairs of runs were both held that this tries nothing.' );
	}

	/** The first run gets to a statement, then the second one; then the first goes on, and at last the second. */
	private function meet( int $first_statement, int $second_statement ): int {
		$first  = $this->hold( 'first', $first_statement );
		$second = $this->hold( 'second', $second_statement, [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-somebody-else' ] );
		touch( $this->folder() . '/first' );
		wait_for( fn() => $this->is_over( $first ), 'the first run' );
		touch( $this->folder() . '/second' );
		$runs  = [ $this->site->finish( $first ), $this->site->finish( $second ) ];
		$codes = array_map( fn( Run $run ) => $run->exit_code, $runs );
		sort( $codes );
		self::assertContains( $codes, [ [ 0, 0 ], [ 0, 4 ] ], "Held at $first_statement and $second_statement.\n" . implode( "\n", $runs ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ), "Held at $first_statement and $second_statement." );
		return (int) ( file_exists( $this->folder() . '/first.reached' ) && file_exists( $this->folder() . '/second.reached' ) );
	}

	/** Starts a run, and returns when it is held. */
	private function hold( string $name, int $statement, array $env = [] ): Process {
		$go  = $this->folder() . "/$name";
		$env = $env + [
			'WAIT_AT'     => 'query',
			'WAIT_ON'     => 'wccom_host_pending|wccom_host_order|woocommerce_helper_data',
			'WAIT_NUMBER' => (string) $statement,
			'WAIT_FOR'    => $go,
		];
		$run = $this->site->start( 'register --skip-verify', $env );
		wait_for( fn() => file_exists( "$go.reached" ) || $this->is_over( $run ), "the $name run" );
		return $run;
	}

	/** Whether a run has come to its end, or to that of the other. */
	private function is_over( Process $run ): bool {
		return ! $run->is_running() || str_contains( $run->complained(), 'Waiting for another run' );
	}
}
