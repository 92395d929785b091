<?php
/**
 * A plan that goes from one site to another.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class UpdateConnectedSiteTest extends SiteTestCase {
	private const RECORD = 'wccom_host_order';
	private const HERE   = 'http://shop.example.com';
	private const OTHER  = 'http://other.example.com';

	/** A site whose own order is cancelled, and the order of another site. */
	private function prepare(): int {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		return $this->sandbox->register_elsewhere( self::OTHER )['order_id'];
	}

	/** The site that has an order. */
	private function site_of( int $order_id ): int {
		return array_column( $this->sandbox->orders(), 'site_id', 'id' )[ $order_id ];
	}

	private function assertNotMoved( int $order_id ): void {
		self::assertSame( self::OTHER, $this->sandbox->sites()[ $this->site_of( $order_id ) ] );
	}

	public function test_a_connected_site_gets_the_plan_of_another_one(): void {
		$order_id = $this->prepare();
		// The temporary address at which it was connected before 9.9, or that WooCommerce.com had given to it.
		$option                = $this->site->stored( Site::OPTION );
		$option['auth']['url'] = 'http://temporary.example.net';
		$this->site->store( Site::OPTION, $option );

		$run = $this->site->command( "update-connected-site --order-id=$order_id --format=json" );
		self::assertExit( 0, $run );
		self::assertSame(
			[
				'status'    => 'moved',
				'order_id'  => $order_id,
				'site_id'   => $option['auth']['site_id'],
				'url'       => self::HERE,
				'connected' => true,
				'saved'     => true,
			],
			$run->json()
		);
		self::assertStringContainsString( 'its record still names order', $run->stderr );
		$requests = $this->sandbox->log( '/update-connected-site' );
		self::assertCount( 1, $requests );
		self::assertSame( 'v2.0', $requests[0]['version'] );
		self::assertSame(
			[
				'url'      => self::HERE,
				'order_id' => $order_id,
			],
			json_decode( $requests[0]['body'], true )
		);
		self::assertSame( $option['auth']['site_id'], $this->site_of( $order_id ) );

		$option['auth']['url'] = self::HERE;
		self::assertSame( $option, $this->site->stored( Site::OPTION ), 'Only the address has changed.' );
		$record = $this->site->stored( self::RECORD );
		self::assertSame( $order_id, $record['order_id'] );
		self::assertSame( $option['auth']['site_id'], $record['site_id'] );
		self::assertSame( self::HERE, $record['url'] );
		self::assertArrayNotHasKey( 'status', $record, 'The mark was that of the former order.' );
		self::assertExit( 0, $this->site->command( 'status' ) );
	}

	public function test_an_order_that_goes_on_is_not_forgotten(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$own   = $this->sandbox->orders()[0]['id'];
		$other = $this->sandbox->register_elsewhere( self::OTHER )['order_id'];
		$run   = $this->site->command( "update-connected-site --order-id=$other" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( "another order on record, $own", $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-connected-site' ) );
		self::assertExit( 0, $this->site->command( "update-connected-site --force --order-id=$other" ) );
		self::assertSame( $other, $this->site->stored( self::RECORD )['order_id'] );
	}

	public function test_a_site_without_a_connection_gets_the_plan_and_is_told_what_to_do(): void {
		$order_id = $this->sandbox->register_elsewhere( self::OTHER )['order_id'];
		$run      = $this->site->command( "update-connected-site --order-id=$order_id --format=json" );
		self::assertExit( 0, $run );
		self::assertFalse( $run->json()['connected'] );
		self::assertStringContainsString( 'no complete connection', $run->stderr );
		self::assertStringContainsString( 'wp wccom-host connect', $run->stderr );
		$this->assertNotConnected();
		$record = $this->site->stored( self::RECORD );
		self::assertSame( [ $order_id, $this->site_of( $order_id ), self::HERE ], [ $record['order_id'], $record['site_id'], $record['url'] ] );
		self::assertExit( 1, $this->site->command( 'status' ) );
		self::assertExit( 7, $this->site->command( 'register' ), 'No second order by accident.' );
		$this->assertOrders( 1 );
	}

	public function test_a_connection_of_another_site_id_is_left_alone(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$order_id = $this->sandbox->orders()[0]['id'];
		$before   = $this->site->stored( Site::OPTION );
		$this->site->store( 'home', 'https://new.example.com' );
		$run = $this->site->command( 'update-connected-site' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( "wp wccom-host update-connected-site --order-id=$order_id", $run->stderr, 'It may be a copy.' );
		self::assertSame( [], $this->sandbox->log( '/update-connected-site' ) );

		$run = $this->site->command( "update-connected-site --order-id=$order_id --format=json" );
		self::assertExit( 0, $run );
		$site_id = $run->json()['site_id'];
		self::assertNotSame( $before['auth']['site_id'], $site_id );
		self::assertFalse( $run->json()['connected'] );
		self::assertStringContainsString( "is that of site_id $site_id now, but this site is connected as site_id {$before['auth']['site_id']}", $run->stderr );
		self::assertSame( $before, $this->site->stored( Site::OPTION ) );
		self::assertSame( $site_id, $this->site->stored( self::RECORD )['site_id'] );
		self::assertSame( $this->sandbox->orders()[0]['customer_id'], $this->site->stored( self::RECORD )['customer_id'] );
		$status = $this->site->command( 'status --format=json' );
		self::assertExit( 1, $status );
		self::assertSame( $order_id, $status->json()['order_id'] );
		self::assertStringContainsString( "The order on record is of another connection (site_id $site_id)", $status->stderr );
	}

	public function test_a_plan_that_goes_to_another_site_has_to_be_meant_and_is_no_longer_on_record(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$order_id = $this->sandbox->orders()[0]['id'];
		$before   = $this->site->stored( Site::OPTION );
		$run      = $this->site->command( 'update-connected-site ' . self::OTHER );
		self::assertExit( 1, $run );
		self::assertStringContainsString( '--force', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-connected-site' ) );

		$run = $this->site->command( 'update-connected-site --force --format=json ' . self::OTHER );
		self::assertExit( 0, $run );
		self::assertNull( $run->json()['connected'] );
		self::assertStringContainsString( 'no order on record any more', $run->stderr );
		self::assertSame( self::OTHER, $this->sandbox->sites()[ $this->site_of( $order_id ) ] );
		self::assertNull( $this->site->stored( self::RECORD ) );
		self::assertSame( $before, $this->site->stored( Site::OPTION ) );
		self::assertExit( 1, $this->site->command( 'cancel --yes' ), 'It is another site\'s order now.' );
		self::assertSame( 'completed', $this->sandbox->orders()[0]['status'] );
	}

	public function test_a_plan_between_two_other_sites_changes_nothing_here(): void {
		$order_id = $this->prepare();
		$record   = $this->site->stored( self::RECORD );
		self::assertExit( 0, $this->site->command( "update-connected-site http://third.example.com --force --order-id=$order_id" ) );
		self::assertSame( 'http://third.example.com', $this->sandbox->sites()[ $this->site_of( $order_id ) ] );
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
	}

	public function test_to_move_a_plan_to_where_it_is_changes_nothing(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$before = [ $this->site->stored( Site::OPTION ), $this->site->stored( self::RECORD ) ];
		self::assertExit( 0, $this->site->command( 'update-connected-site' ) );
		self::assertSame( $before, [ $this->site->stored( Site::OPTION ), $this->site->stored( self::RECORD ) ] );
		self::assertExit( 0, $this->site->command( 'status' ) );
	}

	/** @dataProvider wrong_use */
	#[DataProvider( 'wrong_use' )]
	public function test_wrong_use_sends_nothing( string $arguments, string $word ): void {
		$run = $this->site->command( "update-connected-site $arguments" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( $word, $run->stderr );
		$this->assertNothingSent();
	}

	/** @return array<string, array{string, string}> */
	public static function wrong_use(): array {
		return [
			'no order'      => [ '', 'wp wccom-host update-connected-site --order-id=<order-id>' ],
			'no number'     => [ '--order-id=-5', 'is not the number of an order' ],
			'no address'    => [ 'ftp://shop.example.com --order-id=5 --force', 'url' ],
			'a field'       => [ '--fields=token', 'not known: token' ],
			'unknown names' => [ '--order=5', 'unknown --order' ],
		];
	}

	public function test_a_cancelled_order_is_refused(): void {
		$this->prepare();
		$run = $this->site->command( 'update-connected-site' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'The plan was not moved', $run->stderr );
		self::assertSame( 'cancelled', $this->site->stored( self::RECORD )['status'] );
	}

	public function test_an_order_that_woocommerce_com_does_not_know(): void {
		$this->prepare();
		$record = $this->site->stored( self::RECORD );
		self::assertExit( 3, $this->site->command( 'update-connected-site --order-id=99' ) );
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
	}

	/** @dataProvider lost_answers */
	#[DataProvider( 'lost_answers' )]
	public function test_an_unknown_outcome_says_how_to_find_out_and_saves_nothing( array $fault, bool $is_moved ): void {
		$order_id = $this->prepare();
		$before   = [ $this->site->stored( Site::OPTION ), $this->site->stored( self::RECORD ) ];
		$this->sandbox->fault( 'update-connected-site', $fault );
		$run = $this->site->command( "update-connected-site --order-id=$order_id", ini: [ 'wccom_host.timeout' => '3' ] );
		self::assertExit( 5, $run );
		self::assertStringContainsString( "wp wccom-host order connections $order_id", $run->stderr );
		self::assertStringNotContainsString( 'recover', $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( $is_moved ? self::HERE : self::OTHER, $this->sandbox->sites()[ $this->site_of( $order_id ) ] );
		self::assertSame( $before, [ $this->site->stored( Site::OPTION ), $this->site->stored( self::RECORD ) ] );
		self::assertCount( 1, $this->sandbox->log( '/update-connected-site' ), 'It was sent again.' );
		self::assertExit( 0, $this->site->command( "update-connected-site --order-id=$order_id" ) );
		self::assertSame( $order_id, $this->site->stored( self::RECORD )['order_id'] );
	}

	/** @return array<string, array{array<string, mixed>, bool}> */
	public static function lost_answers(): array {
		return [
			'reset after processing' => [ [ 'kind' => 'reset', 'when' => 'after' ], true ],
			'500, moved'             => [ [ 'kind' => 'status', 'status' => 500, 'process' => true ], true ],
			'500, not moved'         => [ [ 'kind' => 'status', 'status' => 500 ], false ],
			'HTML with 200'          => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ], true ],
			'cut-off JSON'           => [ [ 'kind' => 'truncate', 'bytes' => 10 ], true ],
		];
	}

	public function test_nobody_listens(): void {
		$order_id = $this->prepare();
		$run      = $this->site->command(
			"update-connected-site --order-id=$order_id",
			ini: [
				'wccom_host.base_url' => 'http://127.0.0.1:1/wp-json/wccom/host-plan',
				'wccom_host.timeout'  => '1',
			]
		);
		self::assertExit( 4, $run );
		$this->assertNotMoved( $order_id );
	}

	public function test_ctrl_c_during_the_request_leaves_an_unknown_outcome(): void {
		$order_id = $this->prepare();
		$record   = $this->site->stored( self::RECORD );
		$this->sandbox->fault( 'update-connected-site', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( "update-connected-site --order-id=$order_id" );
		wait_for( fn() => self::HERE === $this->sandbox->sites()[ $this->site_of( $order_id ) ], 'the request' );
		$process->signal( SIGINT );
		$run = $this->site->finish( $process );
		self::assertExit( 5, $run );
		self::assertStringContainsString( "wp wccom-host order connections $order_id", $run->stderr );
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
	}

	/** @dataProvider refused_options */
	#[DataProvider( 'refused_options' )]
	public function test_a_database_that_refuses_to_save( string $option ): void {
		$order_id = $this->prepare();
		$stored   = $this->site->stored( Site::OPTION );
		$this->site->store( Site::OPTION, [ 'auth' => [ 'url' => 'http://temporary.example.net' ] + $stored['auth'] ] );
		$record = $this->site->stored( self::RECORD );
		$this->site->refuse_writes( "NEW.option_name = '$option'" );
		$run = $this->site->command( "update-connected-site --order-id=$order_id --format=json" );
		self::assertExit( 6, $run );
		self::assertFalse( $run->json()['saved'] );
		self::assertStringContainsString( "Order $order_id is that of " . self::HERE, $run->stderr );
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
		$this->site->allow_writes();
		self::assertExit( 0, $this->site->command( "update-connected-site --order-id=$order_id" ) );
		self::assertSame( self::HERE, $this->site->auth()['url'] );
		self::assertSame( $order_id, $this->site->stored( self::RECORD )['order_id'] );
	}

	/** @return array<string, array{string}> */
	public static function refused_options(): array {
		return [
			'the connection' => [ Site::OPTION ],
			'the order'      => [ self::RECORD ],
		];
	}

	public function test_a_database_that_takes_nothing_is_noticed_before(): void {
		$order_id = $this->prepare();
		$this->site->refuse_writes( '1' );
		self::assertExit( 1, $this->site->command( "update-connected-site --order-id=$order_id" ) );
		$this->assertNotMoved( $order_id );
	}

	public function test_a_registration_that_is_open_comes_first(): void {
		$order_id = $this->prepare();
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register --force' ) );
		self::assertExit( 5, $this->site->command( "update-connected-site --order-id=$order_id" ) );
		$this->assertNotMoved( $order_id );
	}

	public function test_from_one_site_of_a_network_to_another(): void {
		$this->restart( self::HERE, 'network' );
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$order_id = $this->sandbox->orders()[0]['id'];
		$run      = $this->site->command( "update-connected-site --order-id=$order_id --url=http://shop.example.com/second/" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Site 2 of the network', $run->stderr );
		self::assertStringContainsString( 'wp wccom-host connect --url=http://shop.example.com/second', $run->stderr );
		self::assertSame( 'http://shop.example.com/second', $this->sandbox->sites()[ $this->site_of( $order_id ) ] );
		self::assertSame( $order_id, $this->site->stored( self::RECORD, 'wp_2_options' )['order_id'] );
	}
}
