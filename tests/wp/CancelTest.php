<?php
/**
 * The end of a plan.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class CancelTest extends SiteTestCase {
	private const RECORD = 'wccom_host_order';

	/** The order of this site, which is registered first. */
	private function register( string $options = '' ): int {
		self::assertExit( 0, $this->site->command( "register --skip-verify $options" ) );
		return $this->sandbox->orders()[0]['id'];
	}

	private function status_of( int $order_id ): string {
		return array_column( $this->sandbox->orders(), 'status', 'id' )[ $order_id ];
	}

	private function assertNotMarked(): void {
		self::assertArrayNotHasKey( 'status', $this->site->stored( self::RECORD ) );
	}

	public function test_the_order_of_the_site_is_cancelled_and_the_connection_left_alone(): void {
		$order_id = $this->register( '--email=jane@example.com' );
		$before   = $this->site->stored( Site::OPTION );
		$run      = $this->site->command( 'cancel --yes --format=json' );
		self::assertExit( 0, $run );
		self::assertSame(
			[
				'status'       => 'cancelled',
				'order_id'     => $order_id,
				'order_status' => 'cancelled',
				'saved'        => true,
			],
			$run->json()
		);
		self::assertStringContainsString( 'stored connection was left alone', $run->stderr );
		self::assertStringContainsString( 'for jane@example.com', $run->stderr );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
		$requests = $this->sandbox->log( '/cancel' );
		self::assertCount( 1, $requests );
		self::assertSame( 'v1.0', $requests[0]['version'] );
		self::assertSame( [ 'order_id' => $order_id ], json_decode( $requests[0]['body'], true ) );

		self::assertSame( $before, $this->site->stored( Site::OPTION ) );
		$record = $this->site->stored( self::RECORD );
		self::assertSame( $order_id, $record['order_id'] );
		self::assertSame( 'cancelled', $record['status'] );
		self::assertEqualsWithDelta( time(), $record['cancelled'], 60 );
		$status = $this->site->command( 'status --format=json' );
		self::assertExit( 0, $status );
		self::assertSame( 'cancelled', $status->json()['order_status'] );
		self::assertTrue( $status->json()['connected'] );
		self::assertStringContainsString( "Order $order_id is cancelled", $status->stderr );
	}

	public function test_a_second_cancel_sends_nothing_and_needs_no_key(): void {
		$order_id = $this->register();
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		$requests = count( $this->sandbox->log() );
		foreach ( [ 'cancel', 'cancel --yes' ] as $command ) {
			$run = $this->site->command( "$command --format=json", env: [ 'WCCOM_HOST_KEY' => null ] );
			self::assertExit( 0, $run );
			self::assertSame( 'already_cancelled', $run->json()['status'] );
			self::assertStringContainsString( "Order $order_id is cancelled already, since ", $run->stderr );
		}
		self::assertCount( $requests, $this->sandbox->log() );
	}

	public function test_whoever_names_the_order_has_it_looked_at_whatever_this_site_knows(): void {
		$order_id = $this->register();
		$this->site->store( self::RECORD, [ 'status' => 'cancelled', 'cancelled' => 1000000000 ] + $this->site->stored( self::RECORD ) );
		$run = $this->site->command( 'cancel --yes' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( "wp wccom-host cancel $order_id", $run->stderr );
		self::assertSame( 'completed', $this->status_of( $order_id ) );

		$run = $this->site->command( "cancel $order_id --yes --format=json" );
		self::assertExit( 0, $run );
		self::assertSame( 'cancelled', $run->json()['status'] );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
		$noted = $this->site->stored( self::RECORD )['cancelled'];
		self::assertEqualsWithDelta( time(), $noted, 60 );

		$this->site->store( self::RECORD, [ 'cancelled' => 1000000000 ] + $this->site->stored( self::RECORD ) );
		$run = $this->site->command( "cancel $order_id --yes --format=json" );
		self::assertExit( 0, $run );
		self::assertSame( [ 'already_cancelled', true ], [ $run->json()['status'], $run->json()['saved'] ] );
		self::assertSame( 1000000000, $this->site->stored( self::RECORD )['cancelled'], 'When it was noted first.' );
		self::assertCount( 1, $this->sandbox->log( '/cancel' ) );
	}

	/** @dataProvider lost_records */
	#[DataProvider( 'lost_records' )]
	public function test_an_order_that_is_cancelled_elsewhere_is_not_cancelled_again( bool $is_on_record ): void {
		$order_id = $this->register();
		$record   = $this->site->stored( self::RECORD );
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		$this->site->store( self::RECORD, $is_on_record ? $record : [] );
		$run = $this->site->command( "cancel $order_id --yes --format=json" );
		self::assertExit( 0, $run );
		self::assertSame( 'already_cancelled', $run->json()['status'] );
		self::assertSame( $is_on_record ? true : null, $run->json()['saved'] );
		self::assertCount( 1, $this->sandbox->log( '/cancel' ), 'It was sent again.' );
		self::assertSame( $is_on_record ? 'cancelled' : null, $this->site->stored( self::RECORD )['status'] ?? null );
	}

	/** @return array<string, array{bool}> */
	public static function lost_records(): array {
		return [
			'on record without the mark' => [ true ],
			'not on record'              => [ false ],
		];
	}

	public function test_the_order_of_another_site_touches_nothing_here(): void {
		$own   = $this->register();
		$other = $this->sandbox->register_elsewhere( 'http://other.example.com' )['order_id'];
		$run   = $this->site->command( "cancel $other --yes --format=json" );
		self::assertExit( 0, $run );
		self::assertNull( $run->json()['saved'] );
		self::assertStringContainsString( 'not on record as that of this site', $run->stderr );
		self::assertSame( 'cancelled', $this->status_of( $other ) );
		self::assertSame( 'completed', $this->status_of( $own ) );
		$this->assertNotMarked();
	}

	/** @dataProvider no_order_numbers */
	#[DataProvider( 'no_order_numbers' )]
	public function test_what_is_no_order_number_is_not_sent( string $typed ): void {
		$run = $this->site->command( "cancel '$typed' --yes" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'is not the number of an order', $run->stderr );
		$this->assertNothingSent();
	}

	/** @return array<string, array{string}> */
	public static function no_order_numbers(): array {
		return [
			'zero'          => [ '0' ],
			'text'          => [ 'abc' ],
			'fraction'      => [ '2666930.0' ],
			'exponent'      => [ '1e3' ],
			'leading zero'  => [ '02666930' ],
			'hexadecimal'   => [ '0x1F' ],
			'blank'         => [ '2666930 ' ],
			'line end'      => [ "2666930\n" ],
			'other digits'  => [ '٢' ],
			'65 digits'     => [ str_repeat( '9', 65 ) ],
		];
	}

	public function test_an_order_that_woocommerce_com_does_not_know(): void {
		$run = $this->site->command( 'cancel 99999999999999999999 --yes' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'Nothing was cancelled', $run->stderr );
	}

	public function test_a_site_without_an_order_on_record(): void {
		$run = $this->site->command( 'cancel --yes' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'wp wccom-host order list', $run->stderr );
		$this->assertNothingSent();
	}

	public function test_a_copy_of_a_site_does_not_cancel_the_order_of_the_original_by_default(): void {
		$order_id = $this->register();
		$requests = count( $this->sandbox->log() );
		$this->site->store( 'home', 'http://staging.example.com' );
		$run = $this->site->command( 'cancel --yes' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( "wp wccom-host cancel $order_id", $run->stderr );
		self::assertCount( $requests, $this->sandbox->log() );
		self::assertExit( 0, $this->site->command( "cancel $order_id --yes" ) );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
	}

	/** @dataProvider answers */
	#[DataProvider( 'answers' )]
	public function test_it_asks_in_a_terminal( string $typed, int $code, string $status ): void {
		$order_id = $this->register();
		$run      = $this->site->command_in_terminal( 'cancel', $typed );
		self::assertExit( $code, $run );
		self::assertStringContainsString( "Order $order_id, of this site, is completed", $run->stdout );
		self::assertStringContainsString( 'without updates and support', $run->stdout );
		self::assertStringContainsString( 'Cancel it? [y/n]', $run->stdout );
		self::assertSame( $status, $this->status_of( $order_id ) );
	}

	/** @return array<string, array{string, int, string}> */
	public static function answers(): array {
		return [
			'yes'     => [ "y\n", 0, 'cancelled' ],
			'no'      => [ "n\n", 1, 'completed' ],
			'nothing' => [ "\n", 1, 'completed' ],
		];
	}

	public function test_what_is_asked_about_is_shown_with_quiet_too(): void {
		$order_id = $this->register();
		self::assertStringContainsString( "Order $order_id", $this->site->command_in_terminal( 'cancel --quiet', "n\n" )->stdout );
	}

	/** @dataProvider inputs */
	#[DataProvider( 'inputs' )]
	public function test_without_a_terminal_it_neither_waits_nor_assumes( string $stdin ): void {
		$this->register();
		$requests = count( $this->sandbox->log() );
		$run      = $this->site->command( 'cancel', $stdin );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'wp wccom-host cancel ' . $this->sandbox->orders()[0]['id'] . ' --yes', $run->stderr );
		self::assertCount( $requests, $this->sandbox->log() );
	}

	/** @return array<string, array{string}> */
	public static function inputs(): array {
		return [
			'nothing' => [ '' ],
			'yes'     => [ "y\n" ],
		];
	}

	public function test_a_pipe_that_nobody_writes_to_is_not_waited_for(): void {
		$this->register();
		$process = $this->site->start( 'cancel' );
		wait_for( fn() => str_contains( $process->complained(), 'Nobody can be asked' ), 'a word' );
		self::assertExit( 1, $this->site->finish( $process ) );
	}

	public function test_the_key_comes_from_standard_input(): void {
		$order_id = $this->register();
		self::assertExit( 0, $this->site->command( 'cancel --yes --key-file=-', Sandbox::KEY . "\n", [ 'WCCOM_HOST_KEY' => null ] ) );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
	}

	public function test_a_wrong_key_cancels_nothing(): void {
		$order_id = $this->register();
		self::assertExit( 3, $this->site->command( 'cancel --yes', env: [ 'WCCOM_HOST_KEY' => 'wrong' ] ) );
		self::assertSame( 'completed', $this->status_of( $order_id ) );
		$this->assertNotMarked();
	}

	/** @dataProvider unreadable_orders */
	#[DataProvider( 'unreadable_orders' )]
	public function test_the_sites_own_order_that_nobody_shows_is_cancelled_all_the_same( array $fault ): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'order', $fault, 50 );
		$run = $this->site->command( 'cancel --yes', ini: [ 'wccom_host.timeout' => '2' ] );
		self::assertExit( 0, $run );
		self::assertStringContainsString( "Warning: Order $order_id could not be looked at", $run->stderr );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
	}

	/** @dataProvider unreadable_orders */
	#[DataProvider( 'unreadable_orders' )]
	public function test_another_order_that_nobody_shows_is_not_cancelled( array $fault ): void {
		$order_id = $this->register();
		$other    = $this->sandbox->register_elsewhere( 'http://other.example.com' )['order_id'];
		$this->sandbox->fault( 'order', $fault, 50 );
		$run = $this->site->command( "cancel $other --yes", ini: [ 'wccom_host.timeout' => '2' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Nothing was cancelled', $run->stderr );
		$this->site->store( 'home', 'http://copy.example.com' );
		self::assertExit( 4, $this->site->command( "cancel $order_id --yes", ini: [ 'wccom_host.timeout' => '2' ] ) );
		self::assertSame( [], $this->sandbox->log( '/cancel' ) );
	}

	/** @return array<string, array{array<string, mixed>}> */
	public static function unreadable_orders(): array {
		return [
			'500'  => [ [ 'kind' => 'status', 'status' => 500 ] ],
			'HTML' => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ] ],
		];
	}

	/** @dataProvider refused_looks */
	#[DataProvider( 'refused_looks' )]
	public function test_an_order_that_may_not_be_looked_at_is_not_cancelled( int $status ): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'order', [ 'kind' => 'status', 'status' => $status ] );
		$run = $this->site->command( 'cancel --yes' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( "Order $order_id could not be looked at", $run->stderr );
		self::assertStringContainsString( 'Nothing was cancelled', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/cancel' ) );
		self::assertSame( 'completed', $this->status_of( $order_id ) );
		$this->assertNotMarked();
	}

	/** @return array<string, array{int}> */
	public static function refused_looks(): array {
		return [
			'401' => [ 401 ],
			'403' => [ 403 ],
			'404' => [ 404 ],
		];
	}

	/** @dataProvider refusals */
	#[DataProvider( 'refusals' )]
	public function test_a_refusal_cancels_nothing( array $fault ): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'cancel', $fault );
		$run = $this->site->command( 'cancel --yes' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'Nothing was cancelled', $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( 'completed', $this->status_of( $order_id ) );
		$this->assertNotMarked();
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
	}

	/** @return array<string, array{array<string, mixed>}> */
	public static function refusals(): array {
		return [
			'400'                  => [
				[
					'kind'         => 'status',
					'status'       => 400,
					'content_type' => 'application/json',
					'body'         => '{"code":"rest_invalid_param","message":"Invalid parameter(s): order_id","data":{"status":400}}',
				],
			],
			'403'                  => [ [ 'kind' => 'status', 'status' => 403 ] ],
			'503 with Retry-After' => [ Sandbox::BUSY ],
			'redirect'             => [ [ 'kind' => 'redirect', 'status' => 302, 'location' => '/' ] ],
		];
	}

	/** @dataProvider lost_answers */
	#[DataProvider( 'lost_answers' )]
	public function test_an_unknown_outcome_says_how_to_find_out_and_marks_nothing( array $fault, string $status ): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'cancel', $fault );
		$run = $this->site->command( 'cancel --yes', ini: [ 'wccom_host.timeout' => '3' ] );
		self::assertExit( 5, $run );
		self::assertStringContainsString( "wp wccom-host order get $order_id", $run->stderr );
		self::assertStringNotContainsString( 'recover', $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( $status, $this->status_of( $order_id ) );
		$this->assertNotMarked();
		self::assertCount( 1, $this->sandbox->log( '/cancel' ), 'It was sent again.' );

		$again = $this->site->command( 'cancel --yes --format=json' );
		self::assertExit( 0, $again );
		self::assertSame( 'cancelled' === $status ? 'already_cancelled' : 'cancelled', $again->json()['status'] );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
	}

	/** @return array<string, array{array<string, mixed>, string}> */
	public static function lost_answers(): array {
		return [
			'reset after processing' => [ [ 'kind' => 'reset', 'when' => 'after' ], 'cancelled' ],
			'500, cancelled'         => [ [ 'kind' => 'status', 'status' => 500, 'process' => true ], 'cancelled' ],
			'500, not cancelled'     => [ [ 'kind' => 'status', 'status' => 500 ], 'completed' ],
			'HTML with 200'          => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ], 'cancelled' ],
			'cut-off JSON'           => [ [ 'kind' => 'truncate', 'bytes' => 10 ], 'cancelled' ],
			'no answer'              => [ [ 'kind' => 'stall', 'when' => 'after' ], 'cancelled' ],
			'another status'         => [ [ 'kind' => 'patch', 'set' => [ 'status' => 'pending' ] ], 'cancelled' ],
		];
	}

	public function test_nobody_listens(): void {
		$this->register();
		$run = $this->site->command(
			'cancel --yes',
			ini: [
				'wccom_host.base_url' => 'http://127.0.0.1:1/wp-json/wccom/host-plan',
				'wccom_host.timeout'  => '1',
			]
		);
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Nothing was cancelled', $run->stderr );
		$this->assertNotMarked();
	}

	public function test_ctrl_c_during_the_request_leaves_an_unknown_outcome(): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'cancel', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( 'cancel --yes' );
		wait_for( fn() => 'cancelled' === $this->status_of( $order_id ), 'the request' );
		$process->signal( SIGINT );
		$run = $this->site->finish( $process );
		self::assertExit( 5, $run );
		self::assertStringContainsString( "wp wccom-host order get $order_id", $run->stderr );
		$this->assertNotMarked();
	}

	public function test_a_database_that_does_not_take_the_mark(): void {
		$order_id = $this->register();
		$this->site->refuse_writes( "NEW.option_name = 'wccom_host_order'" );
		$run = $this->site->command( 'cancel --yes --format=json' );
		self::assertExit( 6, $run );
		self::assertFalse( $run->json()['saved'] );
		self::assertStringContainsString( "Order $order_id is cancelled, but this site could not note it", $run->stderr );
		self::assertSame( 'cancelled', $this->status_of( $order_id ) );
		$this->assertNotMarked();

		$this->site->allow_writes();
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		self::assertSame( 'cancelled', $this->site->stored( self::RECORD )['status'] );
		self::assertCount( 1, $this->sandbox->log( '/cancel' ) );
	}

	public function test_an_order_that_has_come_in_the_meantime_is_not_marked(): void {
		$order_id = $this->register();
		$this->sandbox->fault( 'cancel', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'cancel --yes --format=json' );
		wait_for( fn() => 'cancelled' === $this->status_of( $order_id ), 'the request' );
		$this->site->store( self::RECORD, [ 'order_id' => $order_id + 1 ] + $this->site->stored( self::RECORD ) );
		$run = $this->site->finish( $process );
		self::assertExit( 0, $run );
		self::assertNull( $run->json()['saved'] );
		$this->assertNotMarked();
	}

	public function test_register_tells_of_the_cancelled_order_and_makes_another_if_that_is_meant(): void {
		$this->register();
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'is cancelled', $run->stderr );
		self::assertStringContainsString( 'wp wccom-host register --force', $run->stderr );
		$this->assertOrders( 1 );
		self::assertExit( 0, $this->site->command( 'register --force --skip-verify' ) );
		$this->assertOrders( 2 );
		$this->assertNotMarked();
	}

	public function test_each_site_of_a_network_has_its_own_order(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		$second = '--url=http://shop.example.com/second/';
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertExit( 0, $this->site->command( "register --skip-verify $second" ) );
		$orders = array_column( $this->sandbox->orders(), 'id', 'url' );
		$id     = $orders['http://shop.example.com/second'];
		self::assertStringContainsString( "wp wccom-host cancel $id --yes --url=http://shop.example.com/second", $this->site->command( "cancel $second" )->stderr );
		$run = $this->site->command( "cancel --yes $second" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Site 2 of the network', $run->stderr );
		self::assertSame( 'cancelled', $this->status_of( $id ) );
		self::assertSame( 'completed', $this->status_of( $orders['http://shop.example.com'] ) );
		self::assertSame( 'cancelled', $this->site->stored( self::RECORD, 'wp_2_options' )['status'] );
		$this->assertNotMarked();
	}
}
