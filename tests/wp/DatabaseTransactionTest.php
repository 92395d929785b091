<?php
/**
 * A site whose database drop-in has autocommit off: what is read is not what is stored, unless somebody sees to it.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class DatabaseTransactionTest extends DatabaseTestCase {

	protected function setUp(): void {
		parent::setUp();
		$this->site->add_drop_in( 'db', 'autocommit-off' );
	}

	/** The journal has the secret until the database has it for good, not only for this process. */
	public function test_what_was_saved_is_there_after_the_process(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
	}

	/** A commit that does not come: somebody holds the row, and what waits for it is rolled back. */
	public function test_what_is_rolled_back_is_not_saved(): void {
		$run = $this->register_against_a_lock();
		$this->assertLeftInJournal( $run );
		$this->assertRecovers();
	}

	public function test_a_note_is_seen_by_others_at_once(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		self::assertExit( 5, $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-somebody-else' ] ) );
		$this->assertOrders( 1 );
	}

	/** The snapshot that it began with does not have what the other run saved while this one waited. */
	public function test_a_run_that_waited_sees_what_the_other_one_has_saved(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$first = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request', 60.0 );
		$first->signal( SIGSTOP );
		$second = $this->site->start( 'register' );
		wait_for( fn() => $this->server->is_idle_for( 2, connections: 2 ), 'the second run to wait for the first', 60.0 );
		$first->signal( SIGCONT );
		self::assertExit( 0, $this->site->finish( $first ) );
		$run = $this->site->finish( $second );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'already connected', $run->stderr );
		$this->assertOrders( 1 );
		$this->assertConnected();
	}
}
