<?php
/**
 * The site takes its line of register-many's output, and leaves the others alone.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class RegistrationFileTest extends SiteTestCase {

	/** A line of the output with a connection that WooCommerce.com knows. */
	private function registered( string $url, ?string $home_url = null ): string {
		$answer = $this->sandbox->register_elsewhere( $url );
		$auth   = [
			'access_token'        => $answer['access_token'],
			'access_token_secret' => $answer['access_token_secret'],
			'site_id'             => $answer['site_id'],
			'user_id'             => 0,
			'updated'             => 1700000000,
			'url'                 => $home_url ?? $url,
		];
		return $this->line( $url, 'registered', $auth, [ 'order_id' => $answer['order_id'], 'url' => $url ], $home_url );
	}

	private function failed( string $url, string $status ): string {
		return $this->line( $url, $status, null, null, error: "Said of $status." );
	}

	/**
	 * @param array<string, mixed>|null $auth
	 * @param array<string, mixed>|null $registration
	 */
	private function line( string $url, string $status, ?array $auth, ?array $registration, ?string $home_url = null, ?string $error = null ): string {
		return json_encode( compact( 'url', 'status', 'auth', 'registration' ) + array_filter( compact( 'home_url', 'error' ) ) ) . "\n";
	}

	private function connect( string $options, string ...$lines ): Run {
		file_put_contents( $this->folder() . '/registered.jsonl', implode( $lines ) );
		return $this->site->command( "connect --registrations={$this->folder()}/registered.jsonl $options" );
	}

	public function test_the_line_of_this_site_is_taken_however_its_address_is_written(): void {
		$other = $this->registered( 'http://shop.example.com/other' );
		$run   = $this->connect( '--format=json', $this->registered( 'http://other.example.com' ), $other, $this->registered( 'HTTP://Shop.Example.com:80/' ) );
		self::assertExit( 0, $run );
		$this->assertConnected();
		self::assertSame( 'HTTP://Shop.Example.com:80/', $this->sandbox->sites()[ $this->site->auth()['site_id'] ] );
		self::assertSame( 'http://shop.example.com', $this->site->auth()['url'] );
		self::assertSame( 'connected', $run->json()['status'] );
	}

	public function test_a_line_with_a_connection_counts_before_one_without(): void {
		$url = 'http://shop.example.com';
		self::assertExit( 0, $this->connect( '', $this->failed( $url, 'not_sent' ), $this->registered( $url ), $this->failed( $url, 'duplicate' ) ) );
		$this->assertConnected();
	}

	/** @dataProvider failures */
	#[DataProvider( 'failures' )]
	public function test_a_line_without_a_connection_ends_with_its_own_words( string $status, int $exit_code ): void {
		$lines = [ $this->failed( 'http://shop.example.com', $status ), $this->failed( 'http://shop.example.com', 'duplicate' ) ];
		// The result of a line that is there twice is at hand before that of the first one.
		foreach ( [ $lines, array_reverse( $lines ) ] as $lines ) {
			$run = $this->connect( '', ...$lines );
			self::assertExit( $exit_code, $run );
			self::assertStringContainsString( "Said of $status.", $run->stderr );
		}
		$this->assertNotConnected();
		$this->assertNoJournal();
	}

	/** @return array<string, array{string, int}> */
	public static function failures(): array {
		$exit_codes = [
			'unknown'            => 5,
			'secret_unavailable' => 7,
			'closed'             => 7,
			'refused'            => 3,
			'not_sent'           => 4,
			'invalid'            => 1,
		];
		return array_map( fn( string $status ) => [ $status, $exit_codes[ $status ] ], array_combine( array_keys( $exit_codes ), array_keys( $exit_codes ) ) );
	}

	public function test_a_closed_line_is_well_where_the_site_is_connected_and_a_missing_secret_is_not(): void {
		$url = 'http://shop.example.com';
		self::assertExit( 0, $this->connect( '', $this->registered( $url ) ) );
		$before = $this->site->auth();
		$run    = $this->connect( '--format=json', $this->failed( $url, 'closed' ) );
		self::assertExit( 0, $run );
		self::assertSame( [ 'already_connected', true ], [ $run->json()['status'], $run->json()['verified'] ] );
		self::assertExit( 7, $this->connect( '', $this->failed( $url, 'secret_unavailable' ) ) );
		self::assertExit( 1, $this->site->command( 'connect', $this->failed( 'http://other.example.com', 'closed' ) ) );
		self::assertSame( $before, $this->site->auth() );
	}

	public function test_a_file_without_this_site_stores_nothing(): void {
		$run = $this->connect( '', $this->registered( 'http://other.example.com' ), "cut off {\n", "\n" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'has no line for http://shop.example.com', $run->stderr );
		self::assertNull( $this->site->stored( Site::OPTION ) );
	}

	public function test_a_file_that_cannot_be_read_is_named(): void {
		foreach ( [ '/nowhere.jsonl', '/' ] as $name ) {
			$run = $this->site->command( 'connect --registrations=' . $this->folder() . $name );
			self::assertExit( 1, $run );
			self::assertStringContainsString( 'is not a file that this user can read', $run->stderr );
		}
	}

	public function test_a_file_without_lines_and_a_pipe_are_read_as_they_are(): void {
		$empty = $this->site->command( 'connect --registrations=/dev/null' );
		self::assertExit( 1, $empty );
		self::assertStringContainsString( 'has no line for http://shop.example.com', $empty->stderr );
		self::assertStringNotContainsString( 'PHP', $empty->output() );

		posix_mkfifo( $this->folder() . '/pipe', 0600 );
		$writer = fopen( $this->folder() . '/pipe', 'r+' );
		fwrite( $writer, $this->registered( 'http://other.example.com' ) . $this->registered( 'http://shop.example.com' ) );
		self::assertExit( 0, $this->site->command( "connect --registrations={$this->folder()}/pipe" ) );
		$this->assertConnected();
	}

	/** @dataProvider names_of_standard_input */
	#[DataProvider( 'names_of_standard_input' )]
	public function test_standard_input_can_be_a_whole_output( string $name ): void {
		$output = $this->registered( 'http://other.example.com' ) . $this->registered( 'http://shop.example.com' );
		self::assertExit( 0, $this->site->command( "connect --registrations=$name", $output ) );
		$this->assertConnected();
	}

	/** @return array<string, array{string}> */
	public static function names_of_standard_input(): array {
		return [
			'-'          => [ '-' ],
			'/dev/stdin' => [ '/dev/stdin' ],
			'/dev/fd/0'  => [ '/dev/fd/0' ],
		];
	}

	public function test_an_option_without_its_file_is_refused(): void {
		foreach ( [ '--registrations', '--registrations=' ] as $option ) {
			$run = $this->site->command( "connect $option", $this->registered( 'http://shop.example.com' ) );
			self::assertExit( 1, $run );
			self::assertStringContainsString( '--registrations', $run->stderr );
			self::assertStringNotContainsString( '.php', $run->stderr );
		}
		$this->assertNotConnected();
	}

	public function test_a_duplicate_line_is_well_where_the_site_is_connected(): void {
		$url = 'http://shop.example.com';
		self::assertExit( 1, $this->connect( '', $this->failed( $url, 'duplicate' ) ) );
		self::assertExit( 0, $this->connect( '', $this->registered( $url ) ) );
		$run = $this->site->command( 'connect --format=json', $this->failed( $url, 'duplicate' ) );
		self::assertExit( 0, $run );
		self::assertSame( 'already_connected', $run->json()['status'] );
		self::assertExit( 1, $this->site->command( 'connect', $this->failed( 'http://other.example.com', 'duplicate' ) ) );
	}

	/** @dataProvider lines_that_are_kept_elsewhere */
	#[DataProvider( 'lines_that_are_kept_elsewhere' )]
	public function test_nothing_is_kept_of_a_line_that_the_control_host_has( string $url, bool $is_active ): void {
		if ( ! $is_active ) {
			$this->site->store( 'active_plugins', [] );
		}
		$run = $this->site->command( 'connect', $this->registered( $url ), [ 'TMPDIR' => $this->folder() ] );
		self::assertExit( 1, $run );
		self::assertSame( [], glob( $this->folder() . '/wccom-host-registration-*' ) );
		self::assertStringNotContainsString( 'is kept in', $run->stderr );
		self::assertStringNotContainsString( '--site-url=http://other', $run->stderr );
		self::assertSame( str_contains( $url, '/blog' ), str_contains( $run->stderr, "--site-url=$url" ) );
	}

	/** @return array<string, array{string, bool}> */
	public static function lines_that_are_kept_elsewhere(): array {
		return [
			'its own'        => [ 'http://shop.example.com', false ],
			'another site'   => [ 'http://other.example.com', true ],
			'the same host'  => [ 'http://shop.example.com/blog', true ],
		];
	}

	public function test_what_is_in_the_file_is_not_copied_when_the_site_cannot_take_it(): void {
		$this->site->store( 'active_plugins', [] );
		$run = $this->connect( '', $this->registered( 'http://shop.example.com' ) );
		self::assertExit( 1, $run );
		self::assertStringNotContainsString( 'is kept in', $run->stderr );
	}

	public function test_the_address_that_was_registered_can_be_another(): void {
		self::assertExit( 0, $this->connect( '--site-url=https://temporary.example.net', $this->registered( 'https://temporary.example.net' ) ) );
		self::assertSame( 'http://shop.example.com', $this->site->auth()['url'] );
	}

	public function test_the_line_of_a_sites_own_address_counts_before_one_of_its_registered_address(): void {
		$own = $this->registered( 'https://temporary.example.net', 'http://shop.example.com' );
		self::assertExit( 0, $this->connect( '', $this->registered( 'http://shop.example.com', 'http://other.example.com' ), $own ) );
		self::assertSame( json_decode( $own )->auth->site_id, $this->site->auth()['site_id'] );
	}

	/** @dataProvider flags */
	#[DataProvider( 'flags' )]
	public function test_a_flag_with_a_value_is_refused( string $command, string $flag ): void {
		$line = $this->registered( 'http://shop.example.com' );
		self::assertExit( 0, $this->connect( '', $line ) );
		$orders = $this->sandbox->orders();
		$run    = $this->site->command( "$command $flag=no", $this->registered( 'http://shop.example.com' ) );
		self::assertExit( 1, $run );
		self::assertStringContainsString( "$flag takes no value", $run->stderr );
		self::assertSame( json_decode( $line )->auth->access_token, $this->site->auth()['access_token'] );
		self::assertSame( array_column( $orders, 'status', 'id' ), array_intersect_key( array_column( $this->sandbox->orders(), 'status', 'id' ), array_column( $orders, 'id', 'id' ) ) );
	}

	/** @return array<string, array{string, string}> */
	public static function flags(): array {
		return [
			'connect'  => [ 'connect', '--force' ],
			'recover'  => [ 'recover', '--forget' ],
			'cancel'   => [ 'cancel', '--yes' ],
			'register' => [ 'register', '--force' ],
		];
	}

	/** @dataProvider commands_that_wait */
	#[DataProvider( 'commands_that_wait' )]
	public function test_a_wait_for_the_journal_is_announced( string $command ): void {
		self::assertExit( 0, $this->site->command( 'recover' ) );
		$journal = fopen( $this->site->journal_folder(), 'r' );
		flock( $journal, LOCK_EX );
		$run = $this->site->command( $command, $this->registered( 'http://shop.example.com' ), ini: [ 'wccom_host.timeout' => '0.2' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Waiting for another run that has the journal', $run->stderr );
		flock( $journal, LOCK_UN );
		self::assertStringNotContainsString( 'Waiting', $this->site->command( $command, $this->registered( 'http://shop.example.com' ) )->stderr );
	}

	/** @return array<string, array{string}> */
	public static function commands_that_wait(): array {
		return [
			'connect' => [ 'connect' ],
			'recover' => [ 'recover' ],
		];
	}

	public function test_a_connection_that_is_there_is_checked_and_not_written_again(): void {
		$line = $this->registered( 'http://shop.example.com' );
		self::assertExit( 0, $this->connect( '', $line ) );
		$before = $this->site->auth();
		$this->site->refuse_writes( "NEW.option_name IN ( 'woocommerce_helper_data', 'wccom_host_order', 'wccom_host_pending' )" );
		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 401 ] );
		self::assertExit( 8, $this->connect( '', $line ) );
		$run = $this->connect( '--skip-verify --format=json', $line );
		self::assertExit( 0, $run );
		self::assertSame( 'already_connected', $run->json()['status'] );
		self::assertSame( $before, $this->site->auth() );
		$this->assertNoJournal();
	}

	public function test_another_user_is_a_change(): void {
		$line = $this->registered( 'http://shop.example.com' );
		self::assertExit( 0, $this->connect( '', $line ) );
		$this->site->wp( 'user create second second@example.com --role=administrator' );
		$run = $this->connect( '--user-id=2 --format=json', $line );
		self::assertExit( 0, $run );
		self::assertSame( [ 'connected', 2 ], [ $run->json()['status'], $this->site->auth()['user_id'] ] );
		$run = $this->connect( '--format=json', $line );
		self::assertSame( [ 'already_connected', 2 ], [ $run->json()['status'], $this->site->auth()['user_id'] ] );
	}
}
