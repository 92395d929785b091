<?php
/**
 * A database drop-in that reads from a copy, which lags behind what is written.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class DatabaseReplicaTest extends DatabaseTestCase {

	private function lags(): string {
		return $this->folder() . '/lags';
	}

	/** The copy is as the database is now, and stays so. */
	private function begin_to_lag(): void {
		$database = $this->site->database();
		$name     = $database->query( 'SELECT DATABASE()' )->fetchColumn();
		$database->exec( "CREATE DATABASE {$name}_replica" );
		$database->exec( "GRANT SELECT ON {$name}_replica.* TO site@localhost" );
		foreach ( $database->query( 'SHOW TABLES' )->fetchAll( \PDO::FETCH_COLUMN ) as $table ) {
			$database->exec( "CREATE TABLE {$name}_replica.$table LIKE $table" );
			$database->exec( "INSERT INTO {$name}_replica.$table SELECT * FROM $table" );
		}
		touch( $this->lags() );
	}

	/** @return array<string, string> */
	private function environment( string $kind ): array {
		return [
			'REPLICA'      => $kind,
			'REPLICA_LAGS' => $this->lags(),
		];
	}

	protected function setUp(): void {
		parent::setUp();
		$this->site->add_drop_in( 'db', 'replicated-database' );
	}

	public function test_a_site_is_registered_while_the_copy_lags(): void {
		$this->begin_to_lag();
		self::assertExit( 0, $this->site->command( 'register', env: $this->environment( 'careful' ) ) );
		$this->assertConnected();
	}

	/** Another machine has registered the site a moment ago, or another user has begun to. */
	public function test_what_the_copy_does_not_know_yet_is_not_sent_again(): void {
		$this->begin_to_lag();
		self::assertExit( 0, $this->site->command( 'register', env: $this->environment( 'careful' ) ) );
		$run = $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-somebody-else' ] + $this->environment( 'careful' ) );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'already connected', $run->stderr );
		$this->assertOrders( 1 );
		self::assertTrue( $this->site->command( 'status --format=json', env: $this->environment( 'careful' ) )->json()['connected'] );
	}

	public function test_a_drop_in_that_reads_what_is_old_is_noticed_before(): void {
		$this->begin_to_lag();
		$run = $this->site->command( 'register', env: $this->environment( 'naive' ) );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'Nothing was sent', $run->stderr );
		$this->assertNothingSent();
	}

	/** It cannot be read back: not saved, as far as anybody can tell, and the journal keeps it until it can. */
	public function test_a_copy_that_begins_to_lag_while_the_answer_is_awaited(): void {
		$run = $this->register_while( fn() => $this->begin_to_lag(), env: $this->environment( 'naive' ) );
		$this->assertLeftInJournal( $run, 'wp-content/db.php' );
		$this->assertLeftInJournal( $this->site->command( 'recover', env: $this->environment( 'naive' ) ) );
		unlink( $this->lags() );
		self::assertExit( 0, $this->site->command( 'recover', env: $this->environment( 'naive' ) ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}
}
