<?php
/**
 * The connection to the database ends while WooCommerce.com is asked, or the server does: nothing is lost, and nobody is asked twice.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class DatabaseConnectionTest extends DatabaseTestCase {

	/** @dataProvider rows */
	#[DataProvider( 'rows' )]
	public function test_a_connection_that_is_killed_is_made_anew( ?array $option ): void {
		if ( null !== $option ) {
			$this->site->store( Site::OPTION, $option );
		}
		$run = $this->register_while( fn() => self::assertGreaterThan( 0, $this->server->end_connections() ) );
		self::assertExit( 0, $run );
		$this->assertConnected();
		self::assertSame( $option['other'] ?? null, $this->site->stored( Site::OPTION )['other'] ?? null, 'What else is in the option was lost.' );
	}

	/** @return array<string, array{array<string, string>|null}> */
	public static function rows(): array {
		return [
			'the option is not in the database' => [ null ],
			'the option is in the database'     => [ [ 'other' => 'data' ] ],
		];
	}

	/** A host that allows a connection fewer idle seconds than WooCommerce.com takes. */
	public function test_a_connection_that_was_idle_for_too_long_is_made_anew(): void {
		$this->server->tell( 'SET GLOBAL wait_timeout = 1' );
		$run = $this->register_while( fn() => wait_for( fn() => 0 === $this->server->connections(), 'the server to end the connection' ) );
		self::assertExit( 0, $run );
		$this->assertConnected();
	}

	public function test_an_answer_that_refuses_is_told_as_that_after_the_connection_was_killed(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'before' ] );
		$process = $this->site->start( 'register', [ 'WCCOM_HOST_KEY' => 'wrong-key-0123456789' ] );
		wait_for( fn() => [] !== $this->site->journal(), 'the record in the journal', 60.0 );
		$process->signal( SIGSTOP );
		$this->server->end_connections();
		$process->signal( SIGCONT );
		self::assertExit( 3, $this->site->finish( $process ) );
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
		$this->assertNoJournal();
	}

	/** @dataProvider ends */
	#[DataProvider( 'ends' )]
	public function test_a_server_that_is_gone( string $end ): void {
		$run = $this->register_while( fn() => $this->server->$end() );
		$this->assertLeftInJournal( $run, 'database' );
		self::assertStringNotContainsString( 'code of this site', $run->stderr );

		$gone = $this->site->command( 'recover' );
		self::assertExit( 1, $gone );
		self::assertStringContainsString( 'database', $gone->stderr );
		$this->server->start();
		$this->assertNotConnected();
		$this->assertRecovers();
	}

	/** @return array<string, array{string}> */
	public static function ends(): array {
		return [
			'stopped'        => [ 'stop' ],
			'killed with -9' => [ 'kill' ],
		];
	}

	public function test_a_server_that_is_gone_while_the_saved_connection_is_checked(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'delay', 'ms' => 3000, 'when' => 'after' ] );
		$process = $this->site->start( 'register --porcelain' );
		wait_for( fn() => null !== $this->site->auth() && [] === $this->site->journal() && null === $this->site->stored( 'wccom_host_pending' ), 'the connection', 60.0 );
		$this->server->kill();
		$run = $this->site->finish( $process );
		$this->server->start();
		self::assertExit( 0, $run );
		self::assertSame( $this->sandbox->orders()[0]['id'] . "\n", $run->stdout );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_a_server_that_is_gone_while_products_are_installed(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'before' ] );
		$process = $this->site->start( 'register --install=woocommerce-bookings --activate --format=json', [ 'SITE_DEBUG' => null ] );
		wait_for( fn() => [] !== $this->sandbox->log( '.zip' ), 'the download', 60.0 );
		$this->server->kill();
		$run = $this->site->finish( $process );
		$this->server->start();
		self::assertExit( 9, $run );
		self::assertSame( 'registered', $run->json()['status'] );
		self::assertStringContainsString( 'database does not answer', $run->stderr );
	}

	public function test_a_server_that_is_gone_when_the_answer_refuses(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'before' ] );
		$process = $this->site->start( 'register', [ 'WCCOM_HOST_KEY' => 'wrong-key-0123456789' ] );
		wait_for( fn() => [] !== $this->site->journal(), 'the record in the journal', 60.0 );
		$process->signal( SIGSTOP );
		$this->server->kill();
		$process->signal( SIGCONT );
		$run = $this->site->finish( $process );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'wccom_host_pending', $run->stderr );
		$this->server->start();
		$this->assertNoJournal();
		self::assertExit( 0, $this->site->command( 'register' ), 'The note that could not be removed is in the way.' );
		$this->assertOrders( 1 );
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
	}

	/** The same for a request that changes something: what it has done is said, and the same command saves it. */
	public function test_a_server_that_is_gone_when_the_address_is_changed(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->store( 'home', 'http://www.example.com' );
		$this->sandbox->fault( 'update-url', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'update-url --yes' );
		wait_for( fn() => in_array( 'http://www.example.com', $this->sandbox->sites(), true ), 'the request', 60.0 );
		$process->signal( SIGSTOP );
		$this->server->kill();
		$process->signal( SIGCONT );
		$run = $this->site->finish( $process );
		self::assertExit( 6, $run );
		self::assertStringContainsString( 'WooCommerce.com has the address http://www.example.com, but this site has not saved it: the site\'s database', $run->stderr );

		$this->server->start();
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertSame( 'http://www.example.com', $this->site->auth()['url'] );
		$this->assertOrders( 1 );
	}

	public function test_a_server_that_is_back_before_the_answer(): void {
		$run = $this->register_while(
			function (): void {
				$this->server->kill();
				$this->server->start();
			}
		);
		self::assertExit( 0, $run );
		$this->assertConnected();
	}

	/** What is saved is on the disk of the server, too, as far as the server promises it. */
	public function test_a_server_that_is_killed_after_the_answer_was_saved(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->server->kill();
		$this->server->start();
		$this->assertConnected();
	}

	public function test_a_server_that_is_not_there(): void {
		$this->server->stop();
		$run = $this->site->command( 'register' );
		$this->server->start();
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'database', $run->stderr );
		self::assertStringContainsString( 'Nothing was sent', $run->stderr );
		$this->assertNothingSent();
	}
}
