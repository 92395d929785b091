<?php
/**
 * The registration is there and the site cannot take it: nothing is lost, and recover saves it afterwards.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class SaveTest extends SiteTestCase {
	private const CONNECTION = "NEW.option_name = 'woocommerce_helper_data'";

	public function test_the_database_refuses_the_connection(): void {
		$this->site->refuse_writes( self::CONNECTION );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$this->assertLeftInJournal( $this->site->command( 'recover' ) );
		$this->site->allow_writes();
		$this->assertRecovers();
	}

	public function test_the_database_refuses_to_replace_a_connection(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$before = $this->site->auth();
		$this->site->store( Site::OPTION, [ 'auth' => [ 'updated' => 1 ] + $before ] );
		$this->site->refuse_writes( self::CONNECTION );
		$run = $this->site->command( 'register --force' );
		self::assertExit( 6, $run );
		self::assertSame( $before['access_token_secret'], $this->site->auth()['access_token_secret'] );
		self::assertSame( 1, $this->site->auth()['updated'] );
	}

	public function test_the_order_alone_cannot_be_kept(): void {
		$this->site->refuse_writes( "NEW.option_name = 'wccom_host_order'" );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$this->site->allow_writes();
		$this->assertRecovers();
	}

	public function test_a_register_afterwards_finishes_without_a_request_too(): void {
		$this->site->refuse_writes( self::CONNECTION );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$this->site->allow_writes();
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
	}

	public function test_the_database_is_locked_when_the_answer_comes(): void {
		$this->site->add_mu_plugin( 'short-lock-wait' );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1000, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request' );
		$holder = $this->site->lock_database();
		$run    = $this->site->finish( $process );
		$holder->exec( 'ROLLBACK' );
		$this->assertLeftInJournal( $run );
		$this->assertRecovers();
	}

	/** @dataProvider shells */
	#[DataProvider( 'shells' )]
	public function test_a_terminal_that_goes_away_while_the_answer_is_saved( string $script ): void {
		$hook = 'function () { touch( ABSPATH . "hung-up" ); posix_kill( getmypid(), SIGHUP ); }';
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/hangs-up.php' ), "<?php add_action( 'add_option_woocommerce_helper_data', $hook ); add_action( 'update_option_wccom_host_order', $hook );" );
		$this->site->under = [ 'sh', '-c', $script, 'sh' ];
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertFileExists( $this->site->path( '/hung-up' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	/** @return array<string, array{string}> */
	public static function shells(): array {
		return [
			'started as nohup does' => [ "trap '' HUP; exec \"\$@\"" ],
			'started without it'    => [ 'exec "$@"' ],
		];
	}

	public function test_code_of_the_site_vetoes_the_write(): void {
		$this->site->add_mu_plugin( 'veto' );
		$run = $this->site->command( 'register' );
		$this->assertLeftInJournal( $run );
		self::assertStringContainsString( 'Warning: Code of this site filters the option', $run->stderr, 'It is said before.' );
		$this->assertNotConnected();
		$this->site->remove_mu_plugin( 'veto' );
		$this->assertRecovers();
	}

	public function test_the_option_becomes_a_string_in_the_meantime(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 500, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request' );
		$this->site->store( Site::OPTION, 'not an array' );
		$this->assertLeftInJournal( $this->site->finish( $process ) );
		$this->site->store( Site::OPTION, [] );
		$this->assertRecovers();
	}

	public function test_a_cache_with_old_data_is_cleared_first(): void {
		$this->site->add_mu_plugin( 'stale-cache' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	/** @dataProvider rows */
	#[DataProvider( 'rows' )]
	public function test_a_cache_that_cannot_be_cleared( ?array $option ): void {
		if ( null !== $option ) {
			$this->site->store( Site::OPTION, $option );
		}
		$this->site->add_mu_plugin( 'stuck-cache' );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$this->site->remove_mu_plugin( 'stuck-cache' );
		$this->assertRecovers();
	}

	/** @return array<string, array{array<string, string>|null}> */
	public static function rows(): array {
		return [
			'the option is not in the database' => [ null ],
			'the option is in the database'     => [ [ 'other' => 'data' ] ],
		];
	}

	public function test_a_cache_that_has_what_the_database_lost(): void {
		$this->site->lose_writes( Site::OPTION );
		$this->site->add_mu_plugin( 'sticky-cache' );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$this->site->keep_writes();
		$this->site->remove_mu_plugin( 'sticky-cache' );
		$this->assertRecovers();
	}

	/** A folder in which nothing can be made or changed, even by root. */
	private function take_journal_away(): void {
		rename( $this->site->journal_folder(), $this->folder() . '/journal-that-was' );
		file_put_contents( $this->site->journal_folder(), '' );
	}

	public function test_neither_the_journal_nor_the_site_takes_it(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 700, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request' );
		$this->site->refuse_writes( self::CONNECTION );
		$this->take_journal_away();
		$run = $this->site->finish( $process );
		self::assertExit( 6, $run );
		self::assertStringNotContainsString( 'nothing is lost', $run->stderr );
		self::assertSame( 1, preg_match( "/connect < '([^']+)'/", $run->stderr, $found ), (string) $run );
		$file = $found[1];
		self::assertSame( 0600, fileperms( $file ) & 0777 );

		$this->site->allow_writes();
		unlink( $this->site->journal_folder() );
		rename( $this->folder() . '/journal-that-was', $this->site->journal_folder() );
		self::assertExit( 0, $this->site->command( 'connect', (string) file_get_contents( $file ) ), 'The record "sent" of this very request is no obstacle.' );
		unlink( $file );
		$this->assertConnected();
		$this->assertOrders( 1 );
		self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
	}

	/** The journal is opened to others while the answer is awaited, and closed again afterwards. */
	public function test_a_lock_that_cannot_be_given_up_does_not_hide_what_happened(): void {
		$temporary = $this->folder() . '/tmp';
		mkdir( $temporary );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 700, 'when' => 'after' ] );
		$process = $this->site->start( 'register', [ 'TMPDIR' => $temporary ] );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request' );
		chmod( $this->site->journal_folder(), 0755 );
		$this->site->refuse_writes( self::CONNECTION );
		$run = $this->site->finish( $process );
		self::assertExit( 6, $run );
		self::assertCount( 1, glob( "$temporary/wccom-host-registration-*" ), (string) $run );
		chmod( $this->site->journal_folder(), 0700 );
		$this->site->allow_writes();
	}

	public function test_the_journal_holds_what_the_site_gets(): void {
		$this->site->refuse_writes( self::CONNECTION );
		$this->assertLeftInJournal( $this->site->command( 'register' ) );
		$journal = implode( $this->site->journal() );
		$this->site->allow_writes();
		$this->assertRecovers();
		self::assertStringContainsString( $this->site->auth()['access_token_secret'], $journal );
		self::assertStringNotContainsString( Sandbox::KEY, $journal );
		self::assertStringNotContainsString( 'customer-token', $journal );
	}
}
