<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A control host without WordPress: lists, results and the journal are in a folder of the test's own. No secret is shown but in
 * the results.
 */
abstract class BatchTestCase extends DeskTestCase {

	/** Every customer's token begins with this. */
	protected const TOKEN = 'wpcom-token-of-';

	/** Set by a test that has the results on standard output. */
	protected bool $prints_results = false;

	private string $work;

	protected function setUp(): void {
		parent::setUp();
		$this->work = sys_get_temp_dir() . '/wccom-host-batch-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->work, 0700 );
		mkdir( $this->path( 'tmp' ), 0700 );
	}

	protected function tearDown(): void {
		parent::tearDown();
		remove_folder( $this->work );
	}

	protected function assertPostConditions(): void {
		parent::assertPostConditions();
		foreach ( $this->desk->runs as $run ) {
			$printed = $run->stderr . ( $this->prints_results ? '' : $run->stdout );
			self::assertStringNotContainsString( self::TOKEN, $run->output(), 'Printed: a customer\'s token' );
			self::assertDoesNotMatchRegularExpression( '/\b[0-9a-f]{40}\b/', $printed, 'Printed: something that looks like a secret' );
		}
	}

	/** A path in the test's folder. */
	protected function path( string $name ): string {
		return "$this->work/$name";
	}

	/** Writes a list that nobody else can read, and gives its path. */
	protected function list( string $text, string $name = 'list' ): string {
		file_put_contents( $this->path( $name ), $text );
		chmod( $this->path( $name ), 0600 );
		return $this->path( $name );
	}

	/** The address of a site. */
	protected static function url( int $number ): string {
		return "https://shop-$number.example.com";
	}

	/** A CSV file of sites with these numbers; the first one is in line 2. */
	protected static function csv( int ...$numbers ): string {
		$lines = array_map( fn( int $number ) => self::url( $number ) . ',' . self::TOKEN . "$number,customer-$number@example.com\n", $numbers );
		return "url,wpcom_access_token,metadata.customer_email\n" . implode( '', $lines );
	}

	/** Runs `register-many` with the test's journal. */
	protected function register( string $arguments, string $stdin = '', array $env = [], array $ini = [] ): Run {
		return $this->desk->command( "register-many $arguments", $stdin, $env + $this->env(), $ini );
	}

	/** @return array<string, string> */
	protected function env(): array {
		return [
			'XDG_STATE_HOME' => $this->path( 'state' ),
			'TMPDIR'         => $this->path( 'tmp' ),
		];
	}

	/**
	 * Results, by line of the list.
	 *
	 * @return array<int, array<string, mixed>>
	 */
	protected function results( string $text ): array {
		$lines = array_map( fn( string $line ) => json_decode( $line, true, 16, JSON_THROW_ON_ERROR ), array_filter( explode( "\n", $text ) ) );
		$lines = array_column( $lines, null, 'line' );
		ksort( $lines );
		return $lines;
	}

	/** The same of a file. */
	protected function results_in( string $name ): array {
		return $this->results( (string) file_get_contents( $this->path( $name ) ) );
	}

	/** Every order is of a site of its own. */
	protected function assertOrderedOnce( int $count ): void {
		$urls = array_column( $this->sandbox->orders(), 'url' );
		self::assertCount( $count, $urls );
		self::assertSame( $urls, array_unique( $urls ) );
	}

	/** The requests that came. */
	protected function sent(): int {
		return count( $this->sandbox->log( '/register' ) );
	}

	/** The summary's numbers that are not 0, but for the time. */
	protected static function assertCounts( array $counts, Run $run ): void {
		$summary = array_diff_key( $run->json(), [ 'seconds' => 0, 'per_second' => 0 ] );
		self::assertSame( $counts, array_filter( $summary ) );
	}
}
