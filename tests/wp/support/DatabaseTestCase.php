<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Each test has a MariaDB server of its own besides.
 */
abstract class DatabaseTestCase extends SiteTestCase {

	protected MariaDbServer $server;

	private string $server_folder;

	protected function setUp(): void {
		if ( 'mariadb' !== getenv( 'WCCOM_HOST_TEST_DATABASE' ) ) {
			self::fail( 'This test needs MariaDB: WCCOM_HOST_TEST_DATABASE=mariadb tests/wp/run.sh' );
		}
		$this->server_folder = sys_get_temp_dir() . '/wccom-host-server-' . bin2hex( random_bytes( 6 ) );
		$this->server        = new MariaDbServer( $this->server_folder );
		// The test's sites are made there, by site.sh.
		putenv( "WCCOM_HOST_TEST_SERVER=$this->server_folder" );
		parent::setUp();
	}

	protected function tearDown(): void {
		if ( ! $this->server->is_running() ) {
			$this->server->start();
		}
		parent::tearDown();
		$this->server->kill();
		remove_folder( $this->server_folder );
	}

	/** Registers while somebody locks the site's option before the save, for longer than the server lets anybody wait. */
	protected function register_against_a_lock(): Run {
		$this->server->tell( 'SET GLOBAL innodb_lock_wait_timeout = 1' );
		$holder = null;
		$run    = $this->register_while(
			function () use ( &$holder ): void {
				$holder = $this->site->lock_database();
			}
		);
		$holder->exec( 'ROLLBACK' );
		return $run;
	}
}
