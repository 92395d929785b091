<?php
/**
 * Somebody else holds the row that the connection belongs into, on MariaDB.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class DatabaseLockTest extends DatabaseTestCase {

	/** @dataProvider rows */
	#[DataProvider( 'rows' )]
	public function test_a_lock_that_is_not_given_up_in_time( ?array $option ): void {
		if ( null !== $option ) {
			$this->site->store( Site::OPTION, $option );
		}
		$run = $this->register_against_a_lock();
		$this->assertLeftInJournal( $run, 'Lock wait timeout exceeded' );
		$this->assertRecovers();
		self::assertSame( $option['other'] ?? null, $this->site->stored( Site::OPTION )['other'] ?? null );
	}

	/** @return array<string, array{array<string, string>|null}> */
	public static function rows(): array {
		return [
			'the option is not in the database' => [ null ],
			'the option is in the database'     => [ [ 'other' => 'data' ] ],
		];
	}

	/** The site's UPDATE finds the name in one index and the row in another: the other one goes the other way round. */
	public function test_a_deadlock(): void {
		$this->site->store( Site::OPTION, [ 'other' => 'data' ] );
		$other = $this->site->database();
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request', 60.0 );
		$process->signal( SIGSTOP );
		$other->exec( 'BEGIN' );
		// Of two the server gives up the one that has changed less.
		$other->exec( "UPDATE wp_posts SET post_title = CONCAT( post_title, '.' )" );
		$other->query( "SELECT * FROM wp_options WHERE option_id = ( SELECT option_id FROM ( SELECT option_id FROM wp_options WHERE option_name = 'woocommerce_helper_data' ) AS found ) FOR UPDATE" )->fetchAll();
		$process->signal( SIGCONT );
		// The server gathers this anew only if nobody has asked for 100 ms.
		wait_for( fn() => ! usleep( 150000 ) && 1 === (int) $this->site->database()->query( 'SELECT COUNT(*) FROM information_schema.innodb_lock_waits' )->fetchColumn(), 'the site to wait for the row', 60.0 );
		$other->query( "SELECT * FROM wp_options FORCE INDEX ( option_name ) WHERE option_name = 'woocommerce_helper_data' FOR UPDATE" )->fetchAll();
		$run = $this->site->finish( $process );
		$other->exec( 'ROLLBACK' );

		$this->assertLeftInJournal( $run, 'Deadlock found' );
		$this->assertRecovers();
		self::assertSame( 'data', $this->site->stored( Site::OPTION )['other'] );
	}
}
