<?php
/**
 * A site is given its line of the results of register-many.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ConnectLineTest extends SiteTestCase {

	private const TOKEN = 'wpcom-token-of-shop';

	/** What register-many prints for this site and another one, in the site's own folder. */
	private function results( string $more = '' ): string {
		return $this->results_of( "url,wpcom_access_token\nhttp://shop.example.com," . self::TOKEN . "\n$more" );
	}

	/** What register-many prints for a list, in the site's own folder. */
	private function results_of( string $list ): string {
		$this->prints_registration = true;
		$run                       = $this->site->command( 'register-many - --concurrency=1', $list, $this->control_host() );
		self::assertNotSame( '', $run->stdout, (string) $run );
		return $run->stdout;
	}

	/** @return array<string, string> The environment of a control host. */
	private function control_host(): array {
		return [ 'XDG_STATE_HOME' => $this->folder() . '/control-host' ];
	}

	private function connect( string $line, string $options = '' ): Run {
		return $this->site->command( "connect $options", $line, [ 'WCCOM_HOST_KEY' => null, 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ] );
	}

	public function test_the_line_is_taken_as_it_is(): void {
		$line = $this->results();
		self::assertStringContainsString( '"status":"registered"', $line );
		self::assertExit( 0, $this->connect( $line ) );
		$this->assertConnected();
		self::assertSame( $this->sandbox->orders()[0]['id'], $this->site->stored( 'wccom_host_order' )['order_id'] );
		$this->assertOrders( 1 );
	}

	public function test_json_over_several_lines_is_one_registration(): void {
		self::assertExit( 0, $this->connect( (string) json_encode( json_decode( $this->results() ), JSON_PRETTY_PRINT ) ) );
		$this->assertConnected();
	}

	public function test_the_lines_of_several_sites_are_refused(): void {
		$run = $this->connect( $this->results( 'https://other.example.com,' . self::TOKEN . "\n" ) );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'more than one line', $run->stderr );
		$this->assertNotConnected();
		$this->assertNoJournal();
	}

	/**
	 * @dataProvider failures
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'failures' )]
	public function test_a_line_without_a_connection_says_what_has_happened_elsewhere( array $fault, int $exit_code, string ...$named ): void {
		$this->sandbox->fault( 'register', $fault );
		$run = $this->connect( $this->results() );
		self::assertExit( $exit_code, $run );
		foreach ( [ 'http://shop.example.com', 'Nothing was stored.', ...$named ] as $text ) {
			self::assertStringContainsString( $text, $run->stderr );
		}
		$this->assertNotConnected();
		$this->assertNoJournal();
	}

	/** @return array<string, array<mixed>> */
	public static function failures(): array {
		return [
			'unknown'            => [ [ 'kind' => 'reset', 'when' => 'after' ], 5, '(unknown)', 'An order may exist', 'wp wccom-host journal lookup' ],
			'refused'            => [ [ 'kind' => 'status', 'status' => 409, 'body' => [ 'code' => 'conflict', 'message' => 'A conflict of interest.', 'data' => null ] ], 3, '(refused)', 'A conflict of interest.', '--only-failed' ],
			'secret unavailable' => [ [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ], 7, '(secret_unavailable)', 'order' ],
		];
	}

	/** @dataProvider lines */
	#[DataProvider( 'lines' )]
	public function test_the_status_of_a_line_is_the_exit_code( string $status, int $exit_code, string $named ): void {
		$line = [ 'line' => 2, 'url' => 'http://shop.example.com', 'status' => $status, 'outcome' => 'refused', 'error' => "Words\e[31m of the control host.", 'auth' => null, 'registration' => null, 'http_status' => null, 'order_id' => null ];
		$run  = $this->connect( json_encode( $line ) . "\n" );
		self::assertExit( $exit_code, $run );
		self::assertStringContainsString( $named, $run->stderr );
		self::assertStringContainsString( 'Words [31m of the control host.', $run->stderr );
		self::assertStringNotContainsString( "\e[31m", $run->stderr );
		$this->assertNotConnected();
	}

	/** @return array<string, array{string, int, string}> */
	public static function lines(): array {
		return [
			'not sent'  => [ 'not_sent', 4, 'run the same command again' ],
			'closed'    => [ 'closed', 7, 'removed the secret' ],
			'duplicate' => [ 'duplicate', 1, 'twice' ],
			'invalid'   => [ 'invalid', 1, 'Correct the line' ],
		];
	}

	/** @dataProvider no_lines */
	#[DataProvider( 'no_lines' )]
	public function test_what_is_no_line_is_refused( string $input, string $named ): void {
		$run = $this->connect( $input );
		self::assertExit( 1, $run );
		self::assertStringContainsString( $named, $run->stderr );
		$this->assertNotConnected();
	}

	/** @return array<string, array{string, string}> */
	public static function no_lines(): array {
		return [
			'an unknown status'  => [ '{"line":2,"url":"http://shop.example.com","status":"lost","auth":null}', 'lost' ],
			'no connection'      => [ '{"line":2,"url":"http://shop.example.com","auth":null}', 'auth must be an object' ],
			'an unknown key'     => [ '{"line":2,"secret":"x","auth":null}', 'secret is not known' ],
			'the summary'        => [ "Field\tValue\ntotal\t1\n", 'not a JSON object' ],
		];
	}

	public function test_an_export_is_taken_with_its_secret_and_refused_without(): void {
		$this->results();
		$env = $this->control_host();
		$run = $this->connect( $this->site->command( 'journal export http://shop.example.com', env: $env )->stdout );
		self::assertExit( 1, $run );
		self::assertStringContainsString( '--with-secrets', $run->stderr );
		self::assertExit( 0, $this->connect( $this->site->command( 'journal export http://shop.example.com --with-secrets', env: $env )->stdout ) );
		$this->assertConnected();
	}

	/** @dataProvider options_for_a_moved_site */
	#[DataProvider( 'options_for_a_moved_site' )]
	public function test_a_site_that_was_registered_under_another_address_takes_its_line( string $options ): void {
		$list  = "url,wpcom_access_token,home_url\n" . str_repeat( 'https://temporary.example.net,' . self::TOKEN . ",http://shop.example.com\n", 2 );
		$lines = self::lines_of( $this->results_of( $list ) );
		foreach ( $lines as $line ) {
			self::assertSame( [ 'https://temporary.example.net', 'http://shop.example.com' ], [ json_decode( $line )->url, json_decode( $line )->home_url ] );
		}
		[ $one, $other ] = [ ...preg_grep( '/"registered"/', $lines ), ...preg_grep( '/"duplicate"/', $lines ) ];
		self::assertExit( 1, $this->connect( $other, $options ) );
		self::assertExit( 0, $this->connect( $one, $options ) );
		$this->assertConnected();
		self::assertSame( 'http://shop.example.com', $this->site->auth()['url'] );

		$env = $this->control_host();
		self::assertExit( 0, $this->site->command( 'journal prune https://temporary.example.net --yes', env: $env ) );
		$closed   = preg_grep( '/"closed"/', self::lines_of( $this->results_of( $list ) ) );
		$exported = $this->site->command( 'journal export https://temporary.example.net', env: $env )->stdout;
		foreach ( [ $one, $other, ...$closed, $exported ] as $line ) {
			$run = $this->connect( $line, "$options --format=json" );
			self::assertExit( 0, $run );
			self::assertSame( 'already_connected', $run->json()['status'] );
		}
		self::assertCount( 1, $closed );
		$this->assertOrders( 1 );
	}

	/** @return array<string, array{string}> */
	public static function options_for_a_moved_site(): array {
		return [
			'a line'                              => [ '' ],
			'a line, by the registered address'   => [ '--site-url=https://temporary.example.net' ],
			'a file'                              => [ '--registrations=-' ],
			'a file, by the registered address'   => [ '--registrations=- --site-url=https://temporary.example.net' ],
		];
	}

	/** @return list<string> */
	private static function lines_of( string $text ): array {
		return explode( "\n", trim( $text ) );
	}
}
