<?php
/**
 * A site that moves.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class UpdateUrlTest extends SiteTestCase {
	private const RECORD     = 'wccom_host_order';
	private const CONNECTION = "NEW.option_name = 'woocommerce_helper_data'";
	private const OLD        = 'http://shop.example.com';
	private const NEW        = 'https://new.example.com/store';

	/** The order of this site, which is registered and then moves. */
	private function register_and_move(): int {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$this->site->store( 'home', self::NEW );
		return $this->sandbox->orders()[0]['id'];
	}

	/** The address that WooCommerce.com has of this site. */
	private function address(): string {
		return $this->sandbox->sites()[ $this->site->auth()['site_id'] ];
	}

	/** Nothing of the request is stored here. */
	private function assertNotSaved(): void {
		self::assertSame( self::OLD, $this->site->auth()['url'] );
		self::assertSame( self::OLD, $this->site->stored( self::RECORD )['url'] );
	}

	public function test_a_site_that_has_moved_is_known_by_its_new_address(): void {
		$order_id = $this->register_and_move();
		$before   = $this->site->stored( Site::OPTION );
		$record   = $this->site->stored( self::RECORD );
		$status   = $this->site->command( 'status' );
		self::assertExit( 1, $status );
		self::assertStringContainsString( 'wp wccom-host update-url --yes', $status->stderr );

		$run = $this->site->command( 'update-url --yes --format=json' );
		self::assertExit( 0, $run );
		self::assertSame(
			[
				'status'   => 'updated',
				'url'      => self::NEW,
				'order_id' => $order_id,
				'site_id'  => $before['auth']['site_id'],
				'saved'    => true,
			],
			$run->json()
		);
		$requests = $this->sandbox->log( '/update-url' );
		self::assertCount( 1, $requests );
		self::assertSame( 'v2.0', $requests[0]['version'] );
		self::assertSame(
			[
				'url'      => self::NEW,
				'order_id' => $order_id,
			],
			json_decode( $requests[0]['body'], true )
		);
		self::assertSame( self::NEW, $this->address() );
		$before['auth']['url'] = self::NEW;
		self::assertSame( $before, $this->site->stored( Site::OPTION ), 'Only the address has changed.' );
		self::assertSame( self::OLD, $record['home_url'] );
		$record = array_merge(
			$record,
			[
				'url'      => self::NEW,
				'home_url' => self::NEW,
			]
		);
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
		$this->assertConnected();
		self::assertExit( 0, $this->site->command( 'status' ) );
	}

	public function test_version_1_sends_a_signature_and_no_secret(): void {
		$order_id = $this->register_and_move();
		$auth     = $this->site->auth();
		$this->site->store( self::RECORD, [] );
		$run = $this->site->command( 'update-url --yes --api-version=v1.0 --format=json' );
		self::assertExit( 0, $run );
		self::assertNull( $run->json()['order_id'] );
		$request = $this->sandbox->log( '/update-url' )[0];
		self::assertSame( 'v1.0', $request['version'] );
		self::assertSame( 200, $request['status'] );
		self::assertSame(
			[
				'url'          => self::NEW,
				'access_token' => $auth['access_token'],
				'signature'    => hash_hmac( 'sha256', self::NEW, $auth['access_token_secret'] ),
			],
			json_decode( $request['body'], true )
		);
		self::assertSame( self::NEW, $this->address() );
		self::assertSame( self::NEW, $this->site->auth()['url'] );
		self::assertSame( 'completed', array_column( $this->sandbox->orders(), 'status', 'id' )[ $order_id ] );
	}

	public function test_a_connection_with_another_secret_is_refused(): void {
		$this->register_and_move();
		$option                                = $this->site->stored( Site::OPTION );
		$option['auth']['access_token_secret'] = strrev( $option['auth']['access_token_secret'] );
		$this->site->store( Site::OPTION, $option );
		$run = $this->site->command( 'update-url --yes --api-version=v1.0' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'invalid_signature', $run->stderr );
		self::assertSame( self::OLD, $this->address() );
		$this->assertNotSaved();
	}

	public function test_a_copy_of_a_site_does_not_take_the_address_of_the_original_unless_that_is_meant(): void {
		$order_id = $this->register_and_move();
		$requests = count( $this->sandbox->log() );
		$record   = $this->site->stored( self::RECORD );
		foreach ( [ 'update-url', "update-url --order-id=$order_id", 'update-url --api-version=v1.0', 'update-url --force' ] as $command ) {
			$run = $this->site->command( $command, "y\n" );
			self::assertExit( 1, $run );
			foreach ( [ self::OLD, self::NEW, 'wp wccom-host register --force', '--yes' ] as $word ) {
				self::assertStringContainsString( $word, $run->stderr );
			}
		}
		self::assertCount( $requests, $this->sandbox->log() );
		self::assertSame( $record, $this->site->stored( self::RECORD ) );
		$this->assertNotSaved();
		self::assertExit( 1, $this->site->command( 'cancel --yes' ), 'It is the original\'s order.' );
	}

	public function test_what_is_going_to_change_is_said_before(): void {
		$this->register_and_move();
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'from ' . self::OLD . ' to ' . self::NEW, $run->stderr );
		self::assertStringContainsString( 'If this site is a copy of ' . self::OLD, $run->stderr );
	}

	/** @dataProvider answers */
	#[DataProvider( 'answers' )]
	public function test_it_asks_in_a_terminal( string $typed, int $code, string $address ): void {
		$this->register_and_move();
		$run = $this->site->command_in_terminal( 'update-url --quiet', $typed );
		self::assertExit( $code, $run );
		self::assertStringContainsString( 'from ' . self::OLD . ' to ' . self::NEW, $run->stdout );
		self::assertSame( $address, $this->address() );
	}

	/** @return array<string, array{string, int, string}> */
	public static function answers(): array {
		return [
			'yes'     => [ "y\n", 0, self::NEW ],
			'no'      => [ "n\n", 1, self::OLD ],
			'nothing' => [ "\n", 1, self::OLD ],
		];
	}

	/** @dataProvider traces_of_another_site */
	#[DataProvider( 'traces_of_another_site' )]
	public function test_one_trace_of_another_site_is_enough_to_ask( array $auth, ?array $record, int $code ): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$this->site->store( Site::OPTION, [ 'auth' => $auth + $this->site->auth() ] );
		$this->site->store( self::RECORD, null === $record ? [] : $record + $this->site->stored( self::RECORD ) );
		self::assertExit( $code, $this->site->command( 'update-url --api-version=v1.0' ) );
		self::assertCount( 0 === $code ? 1 : 0, $this->sandbox->log( '/update-url' ) );
		self::assertExit( 0, $this->site->command( 'update-url --api-version=v1.0 --yes' ) );
	}

	/** @return array<string, array{array<string, mixed>, array<string, mixed>|null, int}> */
	public static function traces_of_another_site(): array {
		return [
			'none'                               => [ [], [], 0 ],
			'the connection'                     => [ [ 'url' => 'http://else.example.com' ], [], 1 ],
			'the record'                         => [ [], [ 'home_url' => 'http://else.example.com' ], 1 ],
			'no record'                          => [ [], null, 0 ],
			'a connection without an address'    => [ [ 'url' => null ], [], 0 ],
			'nothing that says whose they are'   => [ [ 'url' => null ], null, 1 ],
		];
	}

	public function test_a_temporary_address_gives_way_to_the_sites_own(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify --site-url=http://temporary.example.net' ) );
		$status = $this->site->command( 'status' );
		self::assertExit( 0, $status );
		self::assertStringContainsString( 'told the address http://temporary.example.net', $status->stderr );
		self::assertStringContainsString( 'wp wccom-host update-url', $status->stderr );
		$run = $this->site->command( 'update-url' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'from http://temporary.example.net to ' . self::OLD, $run->stderr );
		self::assertSame( self::OLD, $this->address() );
		$status = $this->site->command( 'status --format=json' );
		self::assertSame( self::OLD, $status->json()['registered_url'] );
		self::assertStringNotContainsString( 'update-url', $status->stderr );
	}

	public function test_an_address_that_is_not_the_sites_own_has_to_be_meant(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		$run = $this->site->command( 'update-url ' . self::NEW );
		self::assertExit( 1, $run );
		self::assertStringContainsString( '--force', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );

		$run = $this->site->command( 'update-url --force --format=json ' . self::NEW );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'The stored connection keeps ' . self::OLD, $run->stderr );
		self::assertSame( self::NEW, $run->json()['url'] );
		self::assertSame( self::NEW, $this->address() );
		self::assertSame( self::OLD, $this->site->auth()['url'], 'WooCommerce compares it with home_url().' );
		self::assertSame( self::NEW, $this->site->stored( self::RECORD )['url'] );
		$this->site->store( 'home', self::NEW );
		self::assertExit( 1, $this->site->command( 'status' ) );
		self::assertExit( 1, $this->site->command( 'cancel --yes' ), 'It might be a copy.' );
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertExit( 0, $this->site->command( 'status' ) );
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
	}

	public function test_the_same_address_in_other_letters_is_the_sites_own(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertExit( 0, $this->site->command( 'update-url HTTP://SHOP.example.com/' ) );
		self::assertSame( self::OLD, $this->site->auth()['url'] );
	}

	public function test_an_international_address_is_sent_as_punycode_and_stored_as_it_is(): void {
		$this->register_and_move();
		$this->site->store( 'home', 'http://bücher.example.com' );
		foreach ( [ 'update-url --yes', 'update-url --yes --api-version=v1.0' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 0, $run );
			self::assertStringNotContainsString( 'Warning', $run->stderr );
			self::assertSame( 'http://bücher.example.com', $this->site->auth()['url'] );
			self::assertSame( 'http://xn--bcher-kva.example.com', $this->address() );
		}
	}

	public function test_another_address_in_the_answer_is_told(): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', [ 'kind' => 'patch', 'set' => [ 'url' => 'https://else.example.com' ] ] );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Warning: WooCommerce.com was told ' . self::NEW . ', and has https://else.example.com.', $run->stderr );
	}

	/** @dataProvider addresses */
	#[DataProvider( 'addresses' )]
	public function test_what_is_no_address_is_not_sent( string $url ): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertExit( 1, $this->site->command( "update-url --force '$url'" ) );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );
	}

	/** @return array<string, array{string}> */
	public static function addresses(): array {
		return [
			'no scheme' => [ 'new.example.com' ],
			'a query'   => [ 'https://new.example.com/?a=1' ],
			'a user'    => [ 'https://ada:pw@new.example.com' ],
			'a blank'   => [ 'https://new.example.com/ ' ],
		];
	}

	public function test_an_address_that_woocommerce_com_cannot_reach_is_sent_with_a_warning(): void {
		$this->register_and_move();
		$this->site->store( 'home', 'http://localhost:8080' );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Warning', $run->stderr );
	}

	/** @dataProvider broken_connections */
	#[DataProvider( 'broken_connections' )]
	public function test_a_site_without_a_whole_connection_sends_nothing( ?array $auth ): void {
		if ( null !== $auth ) {
			$this->site->store( Site::OPTION, [ 'auth' => $auth ] );
		}
		foreach ( [ '--order-id=5', '--api-version=v1.0' ] as $option ) {
			self::assertExit( 1, $this->site->command( "update-url $option" ) );
		}
		$this->assertNothingSent();
	}

	/** @return array<string, array{array<string, mixed>|null}> */
	public static function broken_connections(): array {
		return [
			'none'      => [ null ],
			'empty'     => [ [] ],
			'no secret' => [ [ 'access_token' => 'from a test', 'access_token_secret' => null, 'site_id' => 1 ] ],
		];
	}

	public function test_a_database_that_takes_nothing_is_noticed_before(): void {
		$this->register_and_move();
		$this->site->refuse_writes( '1' );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'Nothing was sent.', $run->stderr );
		self::assertStringNotContainsString( 'no order was made', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );
		$this->site->allow_writes();
		$this->assertNotSaved();
	}

	/** @dataProvider refused_options */
	#[DataProvider( 'refused_options' )]
	public function test_a_database_that_refuses_to_save( string $option ): void {
		$this->register_and_move();
		$before = $this->site->auth();
		$this->site->refuse_writes( "NEW.option_name = '$option'" );
		$run = $this->site->command( 'update-url --yes --format=json' );
		self::assertExit( 6, $run );
		self::assertFalse( $run->json()['saved'] );
		self::assertStringContainsString( 'WooCommerce.com has the address ' . self::NEW . ', but this site has not saved it', $run->stderr );
		self::assertStringContainsString( 'run the same command again', $run->stderr );
		self::assertSame( $before['access_token_secret'], $this->site->auth()['access_token_secret'] );
		self::assertSame( self::OLD, $this->site->stored( self::RECORD )['url'] );

		$this->site->allow_writes();
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertSame( self::NEW, $this->site->auth()['url'] );
		self::assertSame( self::NEW, $this->site->stored( self::RECORD )['url'] );
	}

	/** @return array<string, array{string}> */
	public static function refused_options(): array {
		return [
			'the connection' => [ Site::OPTION ],
			'the order'      => [ self::RECORD ],
		];
	}

	public function test_code_of_the_site_vetoes_the_write(): void {
		$this->register_and_move();
		$this->site->add_mu_plugin( 'veto' );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 6, $run );
		self::assertStringContainsString( 'Warning: Code of this site filters the option', $run->stderr );
		$this->assertNotSaved();
	}

	public function test_a_connection_that_was_given_up_meanwhile_does_not_come_back(): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'update-url --yes' );
		wait_for( fn() => self::NEW === $this->address(), 'the request' );
		// As a click on Disconnect leaves it.
		$this->site->store( Site::OPTION, [ 'auth' => [] ] );
		self::assertExit( 6, $this->site->finish( $process ) );
		self::assertSame( [], $this->site->auth() );
	}

	public function test_what_woocommerce_remembers_of_the_old_address_is_forgotten(): void {
		$this->register_and_move();
		$this->site->store( '_transient__woocommerce_helper_connection_data', 'stale' );
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertNull( $this->site->stored( '_transient__woocommerce_helper_connection_data' ) );
	}

	public function test_the_order_of_another_site_does_not_get_this_address(): void {
		$this->register_and_move();
		$other = $this->sandbox->register_elsewhere( 'http://other.example.com' );
		$run   = $this->site->command( "update-url --yes --order-id={$other['order_id']}" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'another site would get this address', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );

		$run = $this->site->command( "update-url --yes --force --order-id={$other['order_id']}" );
		self::assertExit( 6, $run );
		self::assertStringContainsString( "to site_id {$other['site_id']}", $run->stderr );
		$this->assertNotSaved();
	}

	public function test_an_order_that_was_not_on_record_is_looked_up_and_kept(): void {
		$order_id = $this->register_and_move();
		$this->site->store( self::RECORD, [] );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'wp wccom-host update-url --api-version=v1.0 --yes', $run->stderr );
		self::assertExit( 0, $this->site->command( "update-url --yes --order-id=$order_id" ) );
		self::assertCount( 1, $this->sandbox->log( '/sites/' . $this->site->auth()['site_id'] ) );
		self::assertSame( $order_id, $this->site->stored( self::RECORD )['order_id'] );
		self::assertSame( self::NEW, $this->site->stored( self::RECORD )['url'] );
	}

	/** @dataProvider wrong_options */
	#[DataProvider( 'wrong_options' )]
	public function test_wrong_options( string $options, string $word ): void {
		$this->register_and_move();
		$run = $this->site->command( "update-url --yes $options" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( $word, $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );
	}

	/** @return array<string, array{string, string}> */
	public static function wrong_options(): array {
		return [
			'no number'         => [ '--order-id=abc', 'is not the number of an order' ],
			'an order for v1.0' => [ '--order-id=5 --api-version=v1.0', 'belongs to API version v2.0' ],
			'v3.0'              => [ '--api-version=v3.0', 'Invalid value specified for' ],
			'a field'           => [ '--fields=secret', 'not known: secret' ],
			'two addresses'     => [ 'https://a.example.com https://b.example.com', 'Too many positional arguments' ],
		];
	}

	public function test_the_key_comes_from_standard_input_also_where_something_is_looked_up(): void {
		$order_id = $this->register_and_move();
		$this->site->store( self::RECORD, [] );
		self::assertExit( 0, $this->site->command( "update-url --yes --key-file=- --order-id=$order_id", Sandbox::KEY . "\n", [ 'WCCOM_HOST_KEY' => null ] ) );
	}

	public function test_a_registration_that_is_open_comes_first(): void {
		$this->register_and_move();
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register --force' ) );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'wp wccom-host recover', $run->stderr );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );

		$this->site->refuse_writes( self::CONNECTION );
		self::assertExit( 6, $this->site->command( 'register --force --skip-verify' ) );
		$this->site->allow_writes();
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'wp wccom-host recover', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/update-url' ) );
	}

	public function test_no_registration_is_made_while_the_address_changes(): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( 'update-url --yes' );
		wait_for( fn() => self::NEW === $this->address(), 'the request' );
		self::assertExit( 4, $this->site->command( 'register --force', ini: [ 'wccom_host.timeout' => '0.2' ] ) );
		$process->signal( SIGINT );
		self::assertExit( 5, $this->site->finish( $process ) );
		$this->assertOrders( 1 );
	}

	/** @dataProvider refusals */
	#[DataProvider( 'refusals' )]
	public function test_a_refusal_changes_nothing( array $fault ): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', $fault );
		$run = $this->site->command( 'update-url --yes' );
		self::assertExit( 3, $run );
		self::assertStringContainsString( 'The address was not changed', $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( self::OLD, $this->address() );
		$this->assertNotSaved();
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
	}

	/** @return array<string, array{array<string, mixed>}> */
	public static function refusals(): array {
		return [
			'403'                  => [ [ 'kind' => 'status', 'status' => 403 ] ],
			'429'                  => [ [ 'kind' => 'status', 'status' => 429 ] ],
			'503 with Retry-After' => [ Sandbox::BUSY ],
		];
	}

	/** @dataProvider lost_answers */
	#[DataProvider( 'lost_answers' )]
	public function test_an_unknown_outcome_says_how_to_find_out_and_saves_nothing( array $fault, string $address, string $options = '' ): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', $fault );
		$run = $this->site->command( "update-url --yes $options", ini: [ 'wccom_host.timeout' => '3' ] );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'wp wccom-host site get', $run->stderr );
		self::assertStringContainsString( 'sets the same address again', $run->stderr );
		self::assertStringNotContainsString( 'recover', $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( $address, $this->address() );
		$this->assertNotSaved();
		self::assertCount( 1, $this->sandbox->log( '/update-url' ), 'It was sent again.' );
		self::assertExit( 0, $this->site->command( "update-url --yes $options" ) );
		self::assertSame( self::NEW, $this->address() );
		self::assertExit( 0, $this->site->command( 'status' ) );
	}

	/** @return array<string, array{0: array<string, mixed>, 1: string, 2?: string}> */
	public static function lost_answers(): array {
		return [
			'reset after processing' => [ [ 'kind' => 'reset', 'when' => 'after' ], self::NEW ],
			'500, changed'           => [ [ 'kind' => 'status', 'status' => 500, 'process' => true ], self::NEW ],
			'500, not changed'       => [ [ 'kind' => 'status', 'status' => 500 ], self::OLD ],
			'HTML with 200'          => [ [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ], self::NEW ],
			'no site_id'             => [ [ 'kind' => 'patch', 'remove' => [ 'site_id' ] ], self::NEW ],
			'no answer'              => [ [ 'kind' => 'stall', 'when' => 'after' ], self::NEW ],
			'v1.0: false'            => [ [ 'kind' => 'body', 'body' => 'false', 'content_type' => 'application/json' ], self::NEW, '--api-version=v1.0' ],
			'v1.0: reset'            => [ [ 'kind' => 'reset', 'when' => 'after' ], self::NEW, '--api-version=v1.0' ],
		];
	}

	public function test_nobody_listens(): void {
		$this->register_and_move();
		$run = $this->site->command(
			'update-url --yes',
			ini: [
				'wccom_host.base_url' => 'http://127.0.0.1:1/wp-json/wccom/host-plan',
				'wccom_host.timeout'  => '1',
			]
		);
		self::assertExit( 4, $run );
		$this->assertNotSaved();
	}

	public function test_ctrl_c_during_the_request_leaves_an_unknown_outcome(): void {
		$this->register_and_move();
		$this->sandbox->fault( 'update-url', [ 'kind' => 'stall', 'when' => 'after' ] );
		$process = $this->site->start( 'update-url --yes' );
		wait_for( fn() => self::NEW === $this->address(), 'the request' );
		$process->signal( SIGINT );
		$run = $this->site->finish( $process );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'wp wccom-host site get ' . $this->site->auth()['site_id'], $run->stderr );
		$this->assertNotSaved();
	}

	/** @dataProvider steps_of_wordpress */
	#[DataProvider( 'steps_of_wordpress' )]
	public function test_killed_while_wordpress_saves( string $hook ): void {
		$this->register_and_move();
		$secret = $this->site->auth()['access_token_secret'];
		$this->site->add_mu_plugin( 'kill-at' );
		self::assertExit( 128 + SIGKILL, $this->site->command( 'update-url --yes', env: [ 'KILL_AT' => $hook ] ) );
		self::assertSame( self::NEW, $this->address() );
		self::assertSame( $secret, $this->site->auth()['access_token_secret'] );
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertSame( self::NEW, $this->site->auth()['url'] );
		self::assertExit( 0, $this->site->command( 'status' ) );
	}

	/** @return array<string, array{string}> */
	public static function steps_of_wordpress(): array {
		return [
			'before the connection is written' => [ 'pre_update_option_woocommerce_helper_data' ],
			'after the connection is written'  => [ 'update_option_woocommerce_helper_data' ],
		];
	}

	public function test_the_connection_works_afterwards(): void {
		$this->register_and_move();
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertSame( self::NEW, $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["url"];' ) );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
	}

	public function test_the_second_site_of_a_network(): void {
		$this->restart( self::OLD, 'network' );
		$second = '--url=http://shop.example.com/second/';
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertExit( 0, $this->site->command( "register --skip-verify --site-url=http://temporary.example.net $second" ) );
		$run = $this->site->command( "update-url $second" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Site 2 of the network', $run->stderr );
		$site_id = $this->site->auth( 'wp_2_options' )['site_id'];
		self::assertSame( 'http://shop.example.com/second', $this->sandbox->sites()[ $site_id ] );
		self::assertSame( 'http://shop.example.com/second', $this->site->stored( self::RECORD, 'wp_2_options' )['url'] );
		self::assertSame( self::OLD, $this->address() );
	}
}
