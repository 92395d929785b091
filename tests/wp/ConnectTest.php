<?php
/**
 * A registration that was made elsewhere is saved by connect.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ConnectTest extends SiteTestCase {

	/** What a control host prints, as connect reads it. */
	private function registration( string $url = 'http://shop.example.com' ): string {
		$answer = $this->sandbox->register_elsewhere( $url );
		return (string) json_encode(
			[
				'access_token'        => $answer['access_token'],
				'access_token_secret' => $answer['access_token_secret'],
				'site_id'             => $answer['site_id'],
				'user_id'             => 1,
				'updated'             => time(),
				'url'                 => $url,
			]
		);
	}

	public function test_what_register_prints_with_no_save_is_what_connect_reads(): void {
		$this->prints_registration = true;
		$registered                = $this->site->command( 'register --no-save --format=json' );
		self::assertExit( 0, $registered );
		$this->assertNotConnected();

		self::assertExit( 0, $this->site->command( 'connect', $registered->stdout, env: [ 'WCCOM_HOST_KEY' => null ] ) );
		$this->assertConnected();
		self::assertStringContainsString( $this->site->auth()['access_token_secret'], $registered->stdout );
		self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
		$this->assertOrders( 1 );
	}

	public function test_a_registration_that_was_not_saved_is_not_lost_when_its_output_is(): void {
		$this->prints_registration = true;
		self::assertExit( 0, $this->site->command( 'register --no-save' ) );
		self::assertExit( 0, $this->site->command( 'recover' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_what_a_script_prints_is_saved_without_key_or_request(): void {
		$run = $this->site->command( 'connect --skip-verify', $this->registration(), env: [ 'WCCOM_HOST_KEY' => null, 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ] );
		self::assertExit( 0, $run );
		$this->assertConnected();
		self::assertCount( 1, $this->sandbox->log(), 'Something was sent.' );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
	}

	public function test_a_connection_that_cannot_be_saved_is_kept_in_the_journal(): void {
		$this->site->refuse_writes( "NEW.option_name = 'woocommerce_helper_data'" );
		self::assertExit( 6, $this->site->command( 'connect', $this->registration() ) );
		self::assertCount( 1, $this->site->journal() );
		$this->site->allow_writes();
		self::assertExit( 0, $this->site->command( 'recover' ) );
		$this->assertConnected();
	}

	public function test_the_same_connection_twice_is_done_already(): void {
		$registration = $this->registration();
		self::assertExit( 0, $this->site->command( 'connect', $registration ) );
		self::assertExit( 0, $this->site->command( 'connect', $registration ) );
		$this->assertConnected();
	}

	public function test_another_connection_is_replaced_by_force_alone(): void {
		self::assertExit( 0, $this->site->command( 'connect', $this->registration() ) );
		$before = $this->site->auth();
		$other  = json_encode( [ 'access_token' => 'other-token-abcdefghijkl', 'access_token_secret' => 'other-secret-abcdefghijkl' ] + json_decode( $this->registration(), true ) );
		self::assertExit( 1, $this->site->command( 'connect', (string) $other ) );
		self::assertSame( $before, $this->site->auth() );
		$this->assertNoJournal();
		self::assertExit( 0, $this->site->command( 'connect --force --skip-verify', (string) $other ) );
		self::assertSame( 'other-secret-abcdefghijkl', $this->site->auth()['access_token_secret'] );
	}

	public function test_a_connection_that_is_refused_does_not_replace_a_good_one(): void {
		self::assertExit( 0, $this->site->command( 'connect', $this->registration() ) );
		$before = $this->site->auth();
		$other  = json_encode( [ 'access_token' => 'other-token-abcdefghijkl', 'access_token_secret' => 'other-secret-abcdefghijkl' ] + json_decode( $this->registration(), true ) );
		self::assertExit( 3, $this->site->command( 'connect --force', (string) $other ) );
		self::assertSame( $before, $this->site->auth() );
		$this->assertNoJournal();
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
	}

	public function test_ids_beyond_an_int_stay_as_they_are_and_unknown_fields_are_passed_over(): void {
		$registration = '{"auth":' . $this->registration() . ',"registration":{"order_id":98765432109876543210,"customer_id":"98765432109876543211","new_in_a_later_release":true}}';
		self::assertExit( 0, $this->site->command( 'connect', $registration ) );
		$record = $this->site->stored( 'wccom_host_order' );
		self::assertSame( '98765432109876543210', $record['order_id'] );
		self::assertSame( '98765432109876543211', $record['customer_id'] );
	}

	/** @dataProvider wrong_input */
	#[DataProvider( 'wrong_input' )]
	public function test_wrong_input_is_refused( string $input, string $named ): void {
		$run = $this->site->command( 'connect', $input );
		self::assertExit( 1, $run );
		self::assertStringContainsString( $named, $run->stderr );
		self::assertNull( $this->site->stored( Site::OPTION ) );
		$this->assertNoJournal();
	}

	/** @return array<string, array{string, string}> */
	public static function wrong_input(): array {
		$auth = [
			'access_token'        => 'token-0123456789abcdef',
			'access_token_secret' => 'secret-0123456789abcdef',
			'site_id'             => 5,
			'user_id'             => 1,
			'updated'             => 1700000000,
			'url'                 => 'http://shop.example.com',
		];
		$with = fn( array $changes ): string => (string) json_encode( $changes + $auth );
		return [
			'nothing'             => [ '', 'empty' ],
			'no JSON'             => [ 'secret', 'JSON' ],
			'a list'              => [ '[1]', 'known' ],
			'null secret'         => [ $with( [ 'access_token_secret' => null ] ), 'access_token_secret' ],
			'empty secret'        => [ $with( [ 'access_token_secret' => '' ] ), 'access_token_secret' ],
			'token is a number'   => [ $with( [ 'access_token' => 5 ] ), 'access_token' ],
			'line break in token' => [ $with( [ 'access_token' => "token-0123456789\r\nX: y" ] ), 'access_token' ],
			'space in secret'     => [ $with( [ 'access_token_secret' => 'secret 0123456789' ] ), 'access_token_secret' ],
			'site_id is a string' => [ $with( [ 'site_id' => 'x' ] ), 'site_id' ],
			'no url'              => [ (string) json_encode( array_diff_key( $auth, [ 'url' => 1 ] ) ), 'url' ],
			'another site'        => [ $with( [ 'url' => 'http://other.example.com' ] ), 'http://other.example.com' ],
			'no such user'        => [ $with( [ 'user_id' => 4711 ] ), '4711' ],
			'unknown field'       => [ $with( [ 'secret' => 'x' ] ), 'secret' ],
		];
	}

	public function test_a_site_with_another_address_is_connected_if_it_is_said_to_be_meant(): void {
		$registration = $this->registration( 'https://temporary.example.net' );
		self::assertExit( 0, $this->site->command( 'connect --site-url=https://temporary.example.net', $registration ) );
		self::assertSame( 'http://shop.example.com', $this->site->auth()['url'] );
	}

	public function test_an_unknown_outcome_comes_first(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		self::assertExit( 5, $this->site->command( 'connect', $this->registration() ) );
		$this->assertNotConnected();
	}

	public function test_what_a_pipe_gave_is_kept_in_a_file_when_the_site_cannot_take_it(): void {
		$registration = $this->registration();
		$active       = $this->site->stored( 'active_plugins' );
		$this->site->store( 'active_plugins', [] );
		$run = $this->site->command( 'connect', $registration );
		self::assertExit( 1, $run );
		self::assertSame( 1, preg_match( "~< '(/[^']+)'~", $run->stderr, $found ), $run->stderr );
		self::assertSame( 0600, fileperms( $found[1] ) & 0777 );

		$this->site->store( 'active_plugins', $active );
		$kept = (string) file_get_contents( $found[1] );
		unlink( $found[1] );
		self::assertExit( 0, $this->site->command( 'connect', $kept ) );
		$this->assertConnected();
	}

	public function test_a_registration_of_another_site_is_kept_nowhere(): void {
		self::assertExit( 1, $this->site->command( 'connect', $this->registration( 'http://other.example.com' ), [ 'TMPDIR' => $this->folder() ] ) );
		self::assertSame( [], glob( $this->folder() . '/wccom-host-registration-*' ) );
	}

	public function test_a_line_that_the_journal_of_the_control_host_could_not_take_is_kept(): void {
		$auth = json_decode( $this->registration(), true );
		$line = [ 'line' => 2, 'url' => $auth['url'], 'status' => 'registered', 'auth' => $auth, 'registration' => [ 'journaled' => false ] ];
		$this->site->store( 'active_plugins', [] );
		$run = $this->site->command( 'connect', (string) json_encode( $line ) );
		self::assertExit( 1, $run );
		self::assertSame( 1, preg_match( "~< '(/[^']+)'~", $run->stderr, $found ), $run->stderr );
		unlink( $found[1] );
	}

	public function test_a_registration_of_a_script_does_not_pass_for_the_answer_that_is_missing(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => false ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$auth  = json_decode( $this->registration(), true );
		$input = [ 'auth' => $auth, 'registration' => [ 'url' => $auth['url'], 'journaled' => false ] ];
		$run   = $this->site->command( 'connect', (string) json_encode( $input ) );
		self::assertExit( 5, $run );
		self::assertCount( 1, $this->site->journal() );
		self::assertSame( 1, preg_match( "~< '(/[^']+)'~", $run->stderr, $found ), $run->stderr );
		unlink( $found[1] );
	}
}
