<?php
/**
 * The extension in a real php-fpm: many workers at once, and workers that are ended, recycled and reloaded in the middle of a call.
 *
 * WCCOM_HOST_WHOLE=1 has more of each.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class PhpFpmTest extends TestCase {

	private Sandbox $sandbox;

	private ?PhpFpm $fpm = null;

	private string $folder;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/wccom-host-fpm-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder, 0700 );
		file_put_contents( "$this->folder/key", Sandbox::KEY );
		$this->sandbox = new Sandbox( $this->folder, '--tls' );
	}

	protected function tearDown(): void {
		$this->fpm?->stop();
		$this->sandbox->stop();
		remove_folder( $this->folder );
	}

	protected function assertPostConditions(): void {
		self::assertStringNotContainsString( Sandbox::KEY, $this->fpm->log() );
		self::assertDoesNotMatchRegularExpression( '/\b[0-9a-f]{40}\b/', $this->fpm->log(), 'Logged: something that looks like a secret' );
		self::assertDoesNotMatchRegularExpression( '/SIGSEGV|SIGABRT|SIGBUS|core dumped/', $this->fpm->log() );
	}

	/** @dataProvider preloading */
	#[DataProvider( 'preloading' )]
	public function test_200_calls_at_once_get_each_its_own_answer( bool $is_preloaded ): void {
		$rounds = getenv( 'WCCOM_HOST_WHOLE' ) ? 20 : 2;
		$this->start( [ 'pm.max_children' => 200 ], is_preloaded: $is_preloaded );
		$preloaded = $is_preloaded ? [ 'https://preloaded.example.com' ] : [];
		self::assertSame( $preloaded, array_column( $this->sandbox->orders(), 'url' ) );
		// Nobody has an answer before all have asked.
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 4000, 'when' => 'before' ], 200 );
		for ( $round = 0; $round < $rounds; $round++ ) {
			$urls    = array_map( fn( int $number ) => "https://shop-$round-$number.example.com", range( 1, 200 ) );
			$workers = $this->assertOwnAnswers( $this->register( ...$urls ) );
			if ( 0 === $round ) {
				self::assertCount( 200, array_unique( $workers ), 'Not all were in flight at once.' );
			}
		}
		$this->assertOrderedOnce( 200 * $rounds + count( $preloaded ) );
	}

	/** @return array<string, array{bool}> */
	public static function preloading(): array {
		return [
			'without preload'                  => [ false ],
			'with calls in a preloaded script' => [ true ],
		];
	}

	/** @dataProvider steps */
	#[DataProvider( 'steps' )]
	public function test_a_worker_that_is_ended_for_its_time_leaves_an_unknown_outcome( array $fault, int $orders ): void {
		$this->start( [ 'pm.max_children' => 2, 'request_terminate_timeout' => '1s' ] );
		$this->sandbox->fault( 'register', $fault );
		$url = 'https://shop.example.com';
		self::assertNull( $this->register( $url )[ $url ]->output(), 'No answer came, since the worker was ended.' );
		self::assertStringContainsString( 'execution timed out', $this->fpm->log() );

		self::assertSame( 'sent', $this->call( 'wccom_host_journal_read', [ $url ] )['state'] );
		self::assertCount( $orders, $this->sandbox->orders() );
		$sent = count( $this->sandbox->log( '/register' ) );
		$next = $this->call( 'wccom_host_register', [ self::site( $url ) ] );
		self::assertSame( 'WccomHost\OutcomeUnknownException', $next['exception'] );
		self::assertSame( 'unknown', $next['outcome'] );
		self::assertFileExists( $next['journalFile'] );
		self::assertCount( $sent, $this->sandbox->log( '/register' ), 'Nothing was sent again.' );
		self::assertCount( $orders, $this->sandbox->orders() );
	}

	/** @return array<string, array{array<string, mixed>, int}> */
	public static function steps(): array {
		return [
			'connecting'                      => [ [ 'kind' => 'stall', 'when' => 'handshake' ], 0 ],
			'the service has not processed it' => [ [ 'kind' => 'stall', 'when' => 'before' ], 0 ],
			'the service has processed it'    => [ [ 'kind' => 'delay', 'ms' => 20000, 'when' => 'after' ], 1 ],
			'in the middle of the answer'     => [ [ 'kind' => 'stall', 'when' => 'body' ], 1 ],
		];
	}

	public function test_a_worker_that_is_ended_while_it_waits_for_the_site_leaves_nothing(): void {
		$this->start( [ 'pm.max_children' => 2, 'request_terminate_timeout' => '2s' ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 20000, 'when' => 'before' ] );
		$url   = 'https://shop.example.com';
		$first = $this->register( $url )[ $url ];
		wait_for( fn() => 1 === count( $this->sandbox->log( '/register' ) ), 'the request' );
		$second = $this->register( $url )[ $url ];
		self::assertNull( $first->output() );
		// What it waited for is free, or it was ended, too.
		$answer = $second->output();
		if ( null !== $answer ) {
			self::assertSame( 'unknown', json_decode( $answer, true )['results'][0]['outcome'] );
		}
		self::assertSame( 'unknown', $this->call( 'wccom_host_register', [ self::site( $url ) ] )['outcome'] );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
	}

	public function test_workers_that_are_recycled_lose_no_call(): void {
		$this->start( [ 'pm.max_children' => 5, 'pm.max_requests' => 3 ] );
		$workers = [];
		foreach ( range( 1, getenv( 'WCCOM_HOST_WHOLE' ) ? 40 : 4 ) as $round ) {
			$urls    = array_map( fn( int $number ) => "https://shop-$round-$number.example.com", range( 1, 25 ) );
			$workers = [ ...$workers, ...$this->assertOwnAnswers( $this->register( ...$urls ) ) ];
		}
		self::assertLessThanOrEqual( 3, max( array_count_values( $workers ) ) );
		$this->assertOrderedOnce( count( $workers ) );
	}

	public function test_calls_in_flight_end_before_a_graceful_reload(): void {
		$this->start( [ 'pm.max_children' => 20 ], [ 'process_control_timeout' => '60s' ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 3000, 'when' => 'after' ], 20 );
		$in_flight = $this->register( ...array_map( fn( int $number ) => "https://before-$number.example.com", range( 1, 20 ) ) );
		wait_for( fn() => 20 === count( $this->sandbox->log( '/register' ) ), 'the requests' );
		$this->fpm->reload();
		$behind  = $this->register( ...array_map( fn( int $number ) => "https://behind-$number.example.com", range( 1, 20 ) ) );
		$before  = $this->assertOwnAnswers( $in_flight );
		$workers = $this->assertOwnAnswers( $behind );
		self::assertSame( [], array_intersect( $before, $workers ) );
		$this->assertOrderedOnce( 40 );
	}

	public function test_a_reload_without_patience_leaves_unknown_outcomes(): void {
		$this->start( [ 'pm.max_children' => 20 ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 5000, 'when' => 'after' ], 20 );
		$urls      = array_map( fn( int $number ) => "https://shop-$number.example.com", range( 1, 20 ) );
		$in_flight = $this->register( ...$urls );
		wait_for( fn() => 20 === count( $this->sandbox->orders() ), 'the orders' );
		$this->fpm->reload();
		foreach ( $in_flight as $request ) {
			self::assertNull( $request->output() );
		}
		foreach ( $this->register( ...$urls ) as $url => $request ) {
			$answer = json_decode( (string) $request->output(), true );
			self::assertSame( 'unknown', $answer['results'][0]['outcome'], $url );
		}
		self::assertCount( 20, $this->sandbox->orders() );
		self::assertCount( 20, $this->sandbox->log( '/register' ) );
	}

	public function test_a_worker_stays_as_small_as_it_is(): void {
		$this->start( [ 'pm.max_children' => 1 ] );
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		$after = [];
		$count = getenv( 'WCCOM_HOST_WHOLE' ) ? 300 : 60;
		for ( $i = 0; $i < 2 * $count; $i++ ) {
			$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
			$url    = "https://shop-$i.example.com";
			$answer = $this->answer(
				[ 'wccom_host_register', [ self::site( $url ), $this->options() ] ],
				[ 'wccom_host_register', [ self::site( $url ), $this->options() ] ],
				[ 'wccom_host_register', [ self::site( "$url/good" ), $this->options() ] ],
				[ 'wccom_host_register', [ self::site( "$url/wrong-key" ), [ 'key' => 'wrong' ] ] ],
				[ 'wccom_host_register', [ [ 'url' => 'none' ], $this->options() ] ],
				[ 'wccom_host_orders', [ [], $this->options() ] ],
				// What it does not give up, the end of the request does.
				[ 'wccom_host_journal_lock', [ 'https://locked.example.com', $this->options() ] ],
			);
			$seen = array_map( fn( ?array $result ) => $result['outcome'] ?? 'done', $answer['results'] );
			self::assertSame( [ 'unknown', 'unknown', 'done', 'refused', 'not_sent', 'done', 'done' ], $seen );
			$after[] = array_intersect_key( $answer, array_flip( [ 'pid', 'files', 'threads', 'rss' ] ) );
		}
		[ $warm, $end ] = [ $after[ $count ], end( $after ) ];
		self::assertSame( [ $warm['pid'], $warm['files'], 1 ], [ $end['pid'], $end['files'], $end['threads'] ] );
		self::assertLessThan( 1024, $end['rss'] - $warm['rss'], 'KiB' );
	}

	/**
	 * @param array<string, string|int> $pool
	 * @param array<string, string>     $global
	 */
	private function start( array $pool, array $global = [], bool $is_preloaded = false ): void {
		$ini = [
			'wccom_host.base_url' => $this->sandbox->base_url(),
			'wccom_host.journal'  => "$this->folder/journal",
			'wccom_host.timeout'  => '30',
		];
		if ( $is_preloaded ) {
			$ini += [
				'zend_extension'       => 'opcache',
				'opcache.enable'       => '1',
				'opcache.preload'      => __DIR__ . '/support/fpm-preload.php',
				'opcache.preload_user' => 0 === posix_geteuid() ? 'root' : '',
			];
		}
		$env       = [
			'PATH'          => (string) getenv( 'PATH' ),
			'KEY_FILE'      => "$this->folder/key",
			'SSL_CERT_FILE' => (string) $this->sandbox->ca_file(),
		];
		$this->fpm = new PhpFpm( $this->folder, $pool + [ 'env[SSL_CERT_FILE]' => $env['SSL_CERT_FILE'] ], $global, array_filter( $ini ), $env );
	}

	/** @return array<string, mixed> */
	private function options(): array {
		return [ 'key_file' => "$this->folder/key" ];
	}

	/** @return array<string, string> */
	private static function site( string $url ): array {
		return [ 'url' => $url, 'wpcom_access_token' => 'token' ];
	}

	/** What one worker says of these calls. */
	private function answer( array ...$calls ): array {
		return json_decode( (string) $this->fpm->request( ...$calls )->output(), true );
	}

	/** What a function gives, with the test's options. */
	private function call( string $name, array $arguments ): mixed {
		return $this->answer( [ $name, [ ...$arguments, $this->options() ] ] )['results'][0];
	}

	/**
	 * Sends a request for each address.
	 *
	 * @return array<string, FastCgiRequest>
	 */
	private function register( string ...$urls ): array {
		$requests = [];
		foreach ( $urls as $url ) {
			$requests[ $url ] = $this->fpm->request( [ 'wccom_host_register', [ self::site( $url ), $this->options() ] ] );
		}
		return $requests;
	}

	/**
	 * Each answer is that of the address that was asked for, and the journal has it.
	 *
	 * @param array<string, FastCgiRequest> $requests
	 * @return list<int> The workers.
	 */
	private function assertOwnAnswers( array $requests ): array {
		$answers = array_map( fn( FastCgiRequest $request ) => json_decode( (string) $request->output(), true ), $requests );
		$orders  = array_column( $this->sandbox->orders(), null, 'url' );
		$sites   = $this->sites();
		$records = [];
		foreach ( (array) glob( "$this->folder/journal/*.json" ) as $file ) {
			$record                    = json_decode( (string) file_get_contents( $file ), true );
			$records[ $record['url'] ] = $record;
		}
		foreach ( $answers as $url => $answer ) {
			$result = $answer['results'][0];
			self::assertArrayHasKey( 'auth', $result, $url . json_encode( $answer ) );
			self::assertSame( $url, $result['auth']['url'] );
			self::assertSame( [ $orders[ $url ]['site_id'], $orders[ $url ]['id'] ], [ $result['auth']['site_id'], $result['registration']['order_id'] ], $url );
			self::assertSame( $url, $sites[ $result['auth']['access_token_secret'] ] );
			self::assertSame( 'received', $records[ $url ]['state'] );
			self::assertSame( $result['auth'], $records[ $url ]['auth'] );
		}
		return array_column( $answers, 'pid' );
	}

	/**
	 * The address of each site, by the secret that it was given.
	 *
	 * @return array<string, string>
	 */
	private function sites(): array {
		$lines = explode( "\n", trim( http( 'GET', $this->sandbox->control_url() . '/sites' )['body'] ) );
		return array_column( array_map( fn( string $line ) => json_decode( $line, true ), array_filter( $lines ) ), 'url', 'access_token_secret' );
	}

	private function assertOrderedOnce( int $sites ): void {
		$count = json_decode( http( 'GET', $this->sandbox->control_url() . '/state/count' )['body'], true );
		self::assertSame( [ $sites, $sites, 1 ], [ $count['orders'], $count['addresses'], $count['most_orders_of_a_site'] ] );
	}
}
