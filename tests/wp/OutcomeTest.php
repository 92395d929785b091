<?php
/**
 * What register makes of answers that are not the documented one, and of no answer.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class OutcomeTest extends SiteTestCase {

	/**
	 * @dataProvider refusals
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'refusals' )]
	public function test_a_refusal_makes_no_order_and_leaves_nothing_open( array $fault, string ...$words ): void {
		$this->sandbox->fault( 'register', $fault );
		$run = $this->site->command( 'register' );
		self::assertExit( 3, $run );
		foreach ( $words as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		$this->assertOrders( 0 );
		$this->assertNotConnected();
		$this->assertNoJournal();
		self::assertCount( 1, $this->sandbox->log( '/register' ), 'It was sent again.' );

		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	/** @return array<string, array<mixed>> */
	public static function refusals(): array {
		$json = fn( int $status, string $code, array $headers = [] ): array => [
			'kind'         => 'status',
			'status'       => $status,
			'headers'      => (object) $headers,
			'content_type' => 'application/json',
			'body'         => json_encode(
				[
					'code'    => $code,
					'message' => 'Invalid parameter(s): url',
					'data'    => [
						'status' => $status,
						'params' => [ 'url' => 'Not a URL.' ],
					],
				]
			),
		];
		return [
			'400'                  => [ $json( 400, 'rest_invalid_param' ), 'rest_invalid_param' ],
			'409'                  => [ $json( 409, 'conflict' ), 'conflict' ],
			'429 with Retry-After' => [ $json( 429, 'too_many', [ 'Retry-After' => '7' ] ), '7 s' ],
			'503 with Retry-After' => [ $json( 503, 'busy', [ 'Retry-After' => '7' ] ), '7 s' ],
			'redirect'             => [ [ 'kind' => 'redirect', 'status' => 302, 'location' => '/wp-json/wccom/host-plan/v2.0/orders' ] ],
			'permanent redirect'   => [ [ 'kind' => 'redirect', 'status' => 308, 'location' => '/wp-json/wccom/host-plan/v2.0/register' ] ],
		];
	}

	public function test_a_wrong_key_is_refused(): void {
		self::assertExit( 3, $this->site->command( 'register', env: [ 'WCCOM_HOST_KEY' => 'wrong' ] ) );
		$this->assertOrders( 0 );
		$this->assertNoJournal();
	}

	public function test_a_redirect_to_another_host_tells_that_host_nothing(): void {
		mkdir( $this->folder() . '/other' );
		$other = new Sandbox( $this->folder() . '/other' );
		$this->sandbox->fault( 'register', [ 'kind' => 'redirect', 'status' => 307, 'location' => $other->base_url() . '/v2.0/register' ] );
		self::assertExit( 3, $this->site->command( 'register' ) );
		self::assertSame( [], $other->log() );
		$other->stop();
	}

	/**
	 * @dataProvider lost_answers
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'lost_answers' )]
	public function test_an_unknown_outcome_is_never_sent_again_by_itself( array $fault, int $orders ): void {
		$this->sandbox->fault( 'register', $fault );
		$started = microtime( true );
		$run     = $this->site->command( 'register --email=jane@example.com', ini: [ 'wccom_host.timeout' => '3' ] );
		self::assertExit( 5, $run );
		self::assertLessThan( 30.0, microtime( true ) - $started, 'The default timeout is 60 s.' );
		self::assertStringContainsString( 'wp wccom-host recover', $run->stderr );
		self::assertCount( 1, $this->site->journal() );

		self::assertExit( 5, $this->site->command( 'register --email=jane@example.com' ) );
		self::assertExit( 5, $this->site->command( 'register --force' ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );

		$recovered = $this->site->command( 'recover --format=json' );
		self::assertExit( 5, $recovered );
		self::assertSame( array_column( $this->sandbox->orders(), 'id' ), array_column( $recovered->json(), 'id' ) );
		$this->assertOrders( $orders );
		self::assertCount( 1, $this->site->journal(), 'Only a person closes it.' );
		$this->assertNotConnected();
	}

	/** @return array<string, array{array<string, mixed>, int}> */
	public static function lost_answers(): array {
		return [
			'500, no order'          => [ [ 'kind' => 'status', 'status' => 500 ], 0 ],
			'500, an order'          => [ [ 'kind' => 'status', 'status' => 500, 'process' => true ], 1 ],
			'HTML with 200'          => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ], 1 ],
			'cut-off JSON'           => [ [ 'kind' => 'truncate', 'bytes' => 40 ], 1 ],
			'a field is missing'     => [ [ 'kind' => 'patch', 'remove' => [ 'site_id' ] ], 1 ],
			'a field of another type' => [ [ 'kind' => 'patch', 'set' => [ 'access_token' => 5 ] ], 1 ],
			'reset after processing' => [ [ 'kind' => 'reset', 'when' => 'after' ], 1 ],
			'no answer'              => [ [ 'kind' => 'stall', 'when' => 'after' ], 1 ],
			'half an answer'         => [ [ 'kind' => 'stall', 'when' => 'body' ], 1 ],
		];
	}

	public function test_after_a_person_has_decided_the_site_can_be_registered(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		self::assertExit( 1, $this->site->command( 'recover --forget', "n\n" ) );
		self::assertExit( 5, $this->site->command( 'register' ) );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );
		$this->assertNoJournal();
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_more_orders_than_can_be_looked_through_are_no_dead_end(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$this->add_too_many_orders();
		$run = $this->site->command( 'recover' );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'too many', $run->stderr );
		foreach ( [ 'wp wccom-host cancel <order-id>', 'wp wccom-host recover --forget' ] as $command ) {
			self::assertStringContainsString( $command, $run->stderr );
		}
		self::assertStringNotContainsString( 'Look again', $run->stderr );
		self::assertSame( 1, preg_match( '/: wp wccom-host (order list .*) --key-file=<file>$/m', $run->stderr, $list ) );
		self::assertExit( 0, $this->site->command( "$list[1] --format=count" ) );
	}

	public function test_among_too_many_orders_that_of_the_customer_is_found(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		self::assertExit( 5, $this->site->command( 'register --email=jane@example.com' ) );
		$ours = array_column( $this->sandbox->orders(), 'id' );
		$this->add_too_many_orders();
		$run = $this->site->command( 'recover --format=json' );
		self::assertExit( 5, $run );
		self::assertSame( $ours, array_column( $run->json(), 'id' ) );
		self::assertStringContainsString( "Orders since then for jane@example.com: 1.\n", $run->stderr );
	}

	/** Fewer than a large host has, and each of them larger: 34 MB. */
	private function add_too_many_orders(): void {
		for ( $page = 0; $page < 38; $page++ ) {
			$this->sandbox->add_orders( array_fill( 0, 100, [ 'customer_email' => str_repeat( 'a', 9000 ) . '@example.com' ] ) );
		}
	}

	public function test_without_a_key_nobody_is_told_to_forget_an_unknown_outcome(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$run = $this->site->command( 'recover', env: [ 'WCCOM_HOST_KEY' => null ] );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'Look again: wp wccom-host recover --key-file=<file>', $run->stderr );
		self::assertStringNotContainsString( '--forget', $run->stderr );
	}

	public function test_an_unknown_outcome_is_told_apart_by_the_customers_address(): void {
		$this->sandbox->register_elsewhere( 'http://somebody-else.example.com' );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register --email=jane@example.com' ) );
		$orders = array_column( $this->site->command( 'recover --format=json' )->json(), null, 'id' );
		$ours   = array_column( $this->sandbox->orders(), 'id', 'url' )['http://shop.example.com'];
		self::assertTrue( $orders[ $ours ]['matches_email'] );
		unset( $orders[ $ours ] );
		self::assertNotContains( true, array_column( $orders, 'matches_email' ) );
	}

	public function test_nobody_listens(): void {
		$socket = stream_socket_server( 'tcp://127.0.0.1:0' );
		$port   = explode( ':', (string) stream_socket_get_name( $socket, false ) )[1];
		fclose( $socket );
		$run = $this->site->command(
			'register',
			ini: [
				'wccom_host.base_url' => "http://127.0.0.1:$port/wp-json/wccom/host-plan",
				'wccom_host.timeout'  => '2',
			]
		);
		self::assertExit( 4, $run );
		$this->assertNoJournal();
		$this->assertNotConnected();
	}

	/** @dataProvider certificate_faults */
	#[DataProvider( 'certificate_faults' )]
	public function test_a_wrong_certificate_gets_nothing( string $fault ): void {
		$this->restart( 'http://shop.example.com', 'single', '--tls', '--cert-fault', $fault );
		$run = $this->site->command( 'register', ini: [ 'wccom_host.ca_file' => (string) $this->sandbox->ca_file(), 'wccom_host.timeout' => '2' ] );
		self::assertExit( 4, $run );
		$this->assertNothingSent();
		$this->assertNoJournal();
	}

	/** @return array<string, array{string}> */
	public static function certificate_faults(): array {
		return [
			'expired'    => [ 'expired' ],
			'wrong host' => [ 'wrong-host' ],
			'untrusted'  => [ 'untrusted' ],
		];
	}

	public function test_over_tls_with_the_right_authority_a_site_is_connected(): void {
		$this->restart( 'http://shop.example.com', 'single', '--tls' );
		self::assertStringStartsWith( 'https://', $this->sandbox->base_url() );
		self::assertExit( 0, $this->site->command( 'register', ini: [ 'wccom_host.ca_file' => (string) $this->sandbox->ca_file() ] ) );
		$this->assertConnected();
	}

	public function test_ctrl_c_while_the_answer_is_awaited_leaves_an_unknown_outcome(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => 1 === count( $this->sandbox->orders() ), 'the request' );
		$process->signal( SIGINT );
		$run = $this->site->finish( $process );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'wp wccom-host recover', $run->stderr );
		self::assertStringNotContainsString( 'Nothing was sent', $run->stderr );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$this->assertOrders( 1 );
	}

	public function test_an_answer_that_was_not_understood_is_kept_when_it_is_forgotten(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'remove' => [ 'site_id' ] ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$recovered = $this->site->command( 'recover --format=json' );
		self::assertExit( 5, $recovered );
		self::assertStringContainsString( 'may hold the secret', $recovered->stderr );
		self::assertStringNotContainsString( 'was lost', $recovered->stderr );

		$forgotten = $this->site->command( 'recover --forget', "y\n" );
		self::assertExit( 0, $forgotten );
		self::assertStringContainsString( '.json.forgotten', $forgotten->stderr );
		self::assertStringContainsString( '.json.forgotten', implode( ' ', array_keys( $this->site->journal() ) ) );
		self::assertExit( 0, $this->site->command( 'recover' ) );
	}

	public function test_a_damaged_record_stops_everything_until_a_person_decides(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$file = (string) array_key_first( $this->site->journal() );
		file_put_contents( $this->site->journal_folder() . "/$file", '{"state":' );
		foreach ( [ 'register', 'register --force', 'status', 'recover' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 5, $run );
			self::assertStringContainsString( 'damaged', $run->stderr );
		}
		$this->assertOrders( 1 );
		self::assertExit( 1, $this->site->command( 'recover --forget', "n\n" ) );
		self::assertExit( 0, $this->site->command( 'recover --forget', "y\n" ) );
		self::assertSame( [ "$file.forgotten" ], array_keys( $this->site->journal() ) );
	}

	public function test_no_order_in_the_list_is_not_called_no_order(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$run = $this->site->command( 'recover' );
		self::assertStringNotContainsString( 'No order was made', $run->stderr );
		self::assertStringContainsString( 'No order is listed since', $run->stderr );
	}

	public function test_an_order_that_is_cancelled_is_not_to_be_cancelled(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register --email=ada@example.com' ) );
		$order_id = $this->sandbox->orders()[0]['id'];
		self::assertStringContainsString( 'wp wccom-host cancel <order-id>', $this->site->command( 'recover' )->stderr );
		self::assertExit( 0, $this->site->command( "cancel $order_id --yes" ) );
		$run = $this->site->command( 'recover' );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'Nothing is left to cancel', $run->stderr );
		self::assertStringNotContainsString( 'wp wccom-host cancel', $run->stderr );
	}

	public function test_to_forget_what_was_received_is_to_lose_its_secret(): void {
		$this->prints_registration = true;
		self::assertExit( 0, $this->site->command( 'register --no-save' ) );
		$run = $this->site->command( 'recover --forget', "y\n" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Its secret will be lost', $run->stderr );
		self::assertStringContainsString( 'second order', $run->stderr );
		self::assertExit( 7, $this->site->command( 'register' ) );
	}

	public function test_what_is_asked_about_is_shown_even_to_those_who_want_no_words(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$asked = $this->site->command( 'recover --forget --quiet', "n\n" );
		self::assertExit( 1, $asked );
		self::assertStringContainsString( 'http://shop.example.com', $asked->stderr );
		self::assertStringContainsString( 'An order may exist', $asked->stderr );
		self::assertSame( '', $this->site->command( 'recover --forget --yes --quiet' )->stderr );
	}

	public function test_many_checks_at_once_do_not_disturb_each_other(): void {
		$processes = array_map( fn() => $this->site->start( 'doctor --format=json' ), range( 1, 4 ) );
		foreach ( $processes as $process ) {
			$run = $this->site->finish( $process );
			self::assertSame( 'ok', array_column( $run->json(), 'status', 'check' )['database'], (string) $run );
		}
	}

	public function test_two_runs_at_once_make_one_order(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 700, 'when' => 'before' ] );
		$first  = $this->site->start( 'register' );
		$second = $this->site->start( 'register' );
		self::assertExit( 0, $this->site->finish( $first ) );
		self::assertExit( 0, $this->site->finish( $second ) );
		$this->assertOrders( 1 );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
		$this->assertConnected();
	}
}
