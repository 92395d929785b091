<?php
/**
 * The orders of sites whose outcome is unknown are looked for, and only a site that surely has none is sent again.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class OrderLookupTest extends BatchTestCase {

	private const LOST     = [ 'kind' => 'reset', 'when' => 'after' ];
	private const NOT_MADE = [ 'kind' => 'reset', 'when' => 'before' ];

	/** Registers sites one after the other, the first ones with faults; whatever has a fault is unknown. */
	private function run_batch( string $csv, array ...$faults ): void {
		foreach ( $faults as $fault ) {
			$this->sandbox->fault( 'register', $fault );
		}
		$run = $this->register( "{$this->list( $csv )} --concurrency=1 --output={$this->path( 'out' )} --format=json" );
		self::assertSame( count( $faults ), $run->json()['unknown'], (string) $run );
	}

	private function lookup( string $arguments = '', string $stdin = '' ): Run {
		return $this->desk->command( "journal lookup $arguments", $stdin, $this->env() );
	}

	/** Lets the records be older than the orders can be late. */
	private function age( int $seconds = 1000 ): void {
		$file = $this->path( 'state/wccom-host/batch.jsonl' );
		// A line without its checksum is one of an earlier release.
		$log = (string) preg_replace( '/,"crc32":"[0-9a-f]{8}"/', '', (string) file_get_contents( $file ) );
		file_put_contents( $file, preg_replace_callback( '/"started":(\d+)/', fn( array $found ) => '"started":' . ( $found[1] - $seconds ), $log ) );
	}

	/** What was found, by site. */
	private static function found( Run $run ): array {
		return array_column( $run->json(), 'found_by', 'url' );
	}

	private function order_of( int $site ): int {
		return array_column( $this->sandbox->orders(), 'id', 'url' )[ self::url( $site ) ];
	}

	public function test_an_order_is_found_by_the_customer(): void {
		$this->run_batch( self::csv( 1, 2, 3 ), self::LOST, self::LOST );
		$run = $this->lookup( '--format=json' );
		self::assertExit( 0, $run );
		self::assertSame( [ 'url', 'order_id', 'found_by', 'started' ], array_keys( $run->json()[0] ) );
		self::assertSame( [ self::url( 1 ) => $this->order_of( 1 ), self::url( 2 ) => $this->order_of( 2 ) ], array_column( $run->json(), 'order_id', 'url' ) );
		self::assertSame( [ 'email', 'email' ], array_values( self::found( $run ) ) );
		self::assertStringContainsString( 'reset these connections', $run->stderr );
	}

	public function test_an_order_is_found_where_it_is_in_use(): void {
		$csv = "url,wpcom_access_token\n" . self::url( 1 ) . ',' . self::TOKEN . "1\n" . self::url( 2 ) . ',' . self::TOKEN . "2\n";
		$this->run_batch( $csv, self::NOT_MADE );
		$this->sandbox->add_orders(
			[
				[ 'id' => 3000001, 'url' => self::url( 1 ) . '/', 'products' => [ 'galleria', 'artificer' ], 'connected' => true ],
				[ 'id' => 3000002, 'url' => 'https://another.example.com', 'products' => [ 'galleria' ], 'connected' => true ],
			]
		);
		$run = $this->lookup( '--format=json' );
		self::assertExit( 0, $run );
		self::assertSame( [ [ self::url( 1 ), 3000001, 'connection' ] ], array_map( fn( array $row ) => [ $row['url'], $row['order_id'], $row['found_by'] ], $run->json() ) );
	}

	public function test_an_order_is_not_taken_for_missing_because_the_clock_was_wrong(): void {
		$day  = 86400;
		$disk = new FailingDisk( $this->path( 'tmp' ) );
		$this->sandbox->fault( 'register', self::LOST );
		$list = $this->list( self::csv( 1, 2 ) );
		self::assertExit( 5, $this->register( "$list --concurrency=1 --output={$this->path( 'out' )}", env: $disk->wrong_clock( $day ) ) );

		// The clock was put right; two days have passed.
		$run = $this->desk->command( 'journal lookup --forget-missing --yes', '', $this->env() + $disk->wrong_clock( 2 * $day ) );
		self::assertExit( 5, $run );
		self::assertStringContainsString( 'clock', $run->stderr );
		self::assertStringContainsString( (string) $this->order_of( 2 ), $run->stderr );
		$this->register( "$list --output={$this->path( 'out' )}" );
		$this->assertOrderedOnce( 2 );
	}

	public function test_a_site_without_an_order_is_sent_again_once_it_is_forgotten(): void {
		$this->run_batch( self::csv( 1, 2, 3 ), self::NOT_MADE, self::LOST );
		$run = $this->lookup( '--format=json' );
		self::assertExit( 5, $run );
		self::assertSame( [ self::url( 1 ) => 'none', self::url( 2 ) => 'email' ], self::found( $run ) );
		self::assertStringContainsString( '--forget-missing', $run->stderr );

		self::assertExit( 5, $this->lookup( '--forget-missing --yes' ), 'The order may not be listed yet.' );
		$this->age();
		self::assertExit( 1, $this->lookup( '--forget-missing', "n\n" ) );
		self::assertExit( 0, $this->lookup( '--forget-missing', "y\n" ) );
		self::assertSame( [ self::url( 2 ) => 'email' ], self::found( $this->lookup( '--format=json' ) ) );

		$again = $this->register( "{$this->list( self::csv( 1, 2, 3 ) )} --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 5, $again );
		self::assertCounts( [ 'total' => 3, 'registered' => 1, 'from_journal' => 1, 'unknown' => 1 ], $again );
		$this->assertOrderedOnce( 3 );
	}

	public function test_an_order_that_may_be_anybodys_keeps_every_site_from_being_sent_again(): void {
		$csv = "url,wpcom_access_token\n" . implode( '', array_map( fn( int $site ) => self::url( $site ) . ',' . self::TOKEN . "$site\n", [ 1, 2, 3 ] ) );
		$this->run_batch( $csv, self::LOST, self::NOT_MADE );
		$this->age();
		$run = $this->lookup( '--format=json --forget-missing --yes' );
		self::assertExit( 5, $run );
		self::assertSame( [ self::url( 1 ) => 'undecided', self::url( 2 ) => 'undecided' ], self::found( $run ) );
		self::assertStringContainsString( (string) $this->order_of( 1 ), $run->stderr );
		self::assertSame( 2, $this->register( "{$this->list( $csv )} --output={$this->path( 'out' )} --format=json" )->json()['unknown'] );
		$this->assertOrderedOnce( 2 );
	}

	public function test_a_customer_of_two_sites_tells_nothing(): void {
		$csv = "url,wpcom_access_token,metadata.customer_email\n" . implode( '', array_map( fn( int $site ) => self::url( $site ) . ',' . self::TOKEN . "$site,ada@example.com\n", [ 1, 2 ] ) );
		$this->run_batch( $csv, self::LOST, self::NOT_MADE );
		$run = $this->lookup( '--format=json' );
		self::assertExit( 5, $run );
		self::assertSame( [ 'undecided', 'undecided' ], array_values( self::found( $run ) ) );
	}

	public function test_an_older_order_is_nobodys(): void {
		$this->sandbox->add_orders( [ [ 'date_created_gmt' => gmdate( 'Y-m-d\TH:i:s', time() - 8000 ) ] ] );
		$this->run_batch( self::csv( 1 ), self::NOT_MADE );
		self::assertSame( [ 'none' ], array_values( self::found( $this->lookup( '--format=json' ) ) ) );
		$this->sandbox->add_orders( [ [ 'date_created_gmt' => gmdate( 'Y-m-d\TH:i:s', time() - 3600 ), 'status' => 'cancelled' ] ] );
		self::assertSame( [ 'undecided' ], array_values( self::found( $this->lookup( '--format=json' ) ) ), 'The clocks may differ.' );
	}

	public function test_an_answer_that_was_not_understood_is_not_forgotten(): void {
		$this->run_batch( self::csv( 1 ), [ 'kind' => 'truncate', 'bytes' => 40 ] );
		$this->age();
		mkdir( $this->path( 'empty' ) );
		$empty = new Sandbox( $this->path( 'empty' ) );
		$run   = $this->desk->command( 'journal lookup --format=json --forget-missing --yes', env: $this->env(), ini: [ 'wccom_host.base_url' => $empty->base_url() ] );
		$empty->stop();
		self::assertExit( 5, $run );
		self::assertSame( [ 'undecided' ], array_values( self::found( $run ) ), 'Not even if no order is listed.' );
		self::assertStringContainsString( 'may hold the secret', $run->stderr );
		self::assertSame( 1, $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )} --format=json" )->json()['unknown'] );
	}

	public function test_a_damaged_record_is_named_with_what_forgets_it(): void {
		$this->run_batch( self::csv( 1 ), self::NOT_MADE );
		$file = $this->path( 'state/wccom-host/batch.jsonl' );
		file_put_contents( $file, 'garbage{"site":"' . self::url( 2 ) . '","home_url":"' . self::url( 2 ) . "\"\n", FILE_APPEND );
		$this->age();
		$run = $this->lookup( '--format=json --forget-missing --yes' );
		self::assertExit( 5, $run );
		self::assertSame( [ 'none', 'undecided' ], array_values( self::found( $run ) ) );
		self::assertSame( [ null, null ], [ $run->json()[1]['order_id'], $run->json()[1]['started'] ] );
		$command = 'journal prune <url> --state=damaged --forget';
		foreach ( [ self::url( 2 ), $file, "wp wccom-host $command --journal=" . dirname( $file ) ] as $named ) {
			self::assertStringContainsString( $named, $run->stderr );
		}

		$alone = $this->desk->command( 'journal lookup --format=json', env: [ 'WCCOM_HOST_KEY' => null ] + $this->env() );
		self::assertExit( 5, $alone );
		self::assertSame( [ 'undecided' ], array_values( self::found( $alone ) ), 'Nothing is asked for it.' );
		self::assertExit( 0, $this->desk->command( strtr( $command, [ '<url>' => self::url( 2 ) ] ) . ' --yes', env: $this->env() ) );
		self::assertExit( 0, $this->lookup() );
	}

	public function test_a_damaged_file_of_one_site_is_named(): void {
		$this->run_batch( self::csv( 1 ) );
		$file = $this->path( 'state/wccom-host/shop-2.example.com-0123456789abcdef.json' );
		file_put_contents( $file, 'garbage' );
		$run = $this->lookup();
		self::assertExit( 5, $run );
		self::assertStringContainsString( "mv $file $file.forgotten", $run->stderr );
		rename( $file, "$file.forgotten" );
		self::assertExit( 0, $this->lookup() );
	}

	public function test_many_orders_that_may_be_anybodys_are_not_all_named(): void {
		$this->run_batch( 'url,wpcom_access_token' . "\n" . self::url( 1 ) . ',' . self::TOKEN . "1\n", self::NOT_MADE );
		$this->sandbox->add_orders( array_fill( 0, 13, [ 'date_created_gmt' => gmdate( 'Y-m-d\TH:i:s' ) ] ) );
		$ids = array_column( $this->sandbox->orders(), 'id' );
		$run = $this->lookup();
		self::assertExit( 5, $run );
		self::assertSame( 1, preg_match( '/not in use anywhere: ([0-9, ]+), \.\.\. and 3 more\./', $run->stderr, $named ), $run->stderr );
		self::assertCount( 10, array_intersect( explode( ', ', $named[1] ), array_map( 'strval', $ids ) ) );
	}

	public function test_a_wait_for_the_journal_is_announced(): void {
		$this->run_batch( self::csv( 1 ), self::NOT_MADE );
		$this->age();
		$journal = fopen( $this->path( 'state/wccom-host' ), 'r' );
		flock( $journal, LOCK_SH );
		$run = $this->desk->command( 'journal lookup --forget-missing --yes', env: $this->env(), ini: [ 'wccom_host.timeout' => '0.2' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Waiting for another run that has the journal', $run->stderr );
		flock( $journal, LOCK_UN );
		$free = $this->lookup( '--forget-missing --yes' );
		self::assertExit( 0, $free );
		self::assertStringNotContainsString( 'Waiting', $free->stderr );
	}

	public function test_nothing_unknown_needs_no_key(): void {
		$this->run_batch( self::csv( 1 ) );
		$run = $this->desk->command( 'journal lookup --format=json', env: [ 'WCCOM_HOST_KEY' => null ] + $this->env() );
		self::assertExit( 0, $run );
		self::assertSame( "[]\n", $run->stdout );
		self::assertSame( [], $this->sandbox->log( '/orders' ) );
	}

	/** @dataProvider failures */
	#[DataProvider( 'failures' )]
	public function test_orders_that_cannot_be_read_decide_nothing( int $exit_code, string $operation, array $fault ): void {
		$this->run_batch( self::csv( 1 ), self::LOST );
		$this->age();
		$this->sandbox->fault( $operation, $fault, 1000 );
		$run = $this->desk->command( 'journal lookup --forget-missing --yes', env: $this->env(), ini: [ 'wccom_host.timeout' => '1' ] );
		self::assertExit( $exit_code, $run );
		self::assertSame( '', $run->stdout );
		self::assertSame( "1\n", $this->desk->command( 'journal list --state=sent --format=count', env: $this->env() )->stdout );
	}

	/** @return array<string, array{int, string, array<string, mixed>}> */
	public static function failures(): array {
		return [
			'wrong key'           => [ 3, 'orders', [ 'kind' => 'status', 'status' => 401 ] ],
			'orders: 500'         => [ 4, 'orders', [ 'kind' => 'status', 'status' => 500 ] ],
			'connections: reset'  => [ 4, 'connections', [ 'kind' => 'reset', 'when' => 'before' ] ],
			'connections: no map' => [ 4, 'connections', [ 'kind' => 'body', 'body' => '<html>' ] ],
		];
	}
}
