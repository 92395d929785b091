<?php
/**
 * A persistent object cache, Redis: with old data, without changes, and gone.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ObjectCacheTest extends SiteTestCase {
	private const ANOTHER = 'array( "auth" => array( "access_token" => "stale", "access_token_secret" => "stale", "site_id" => 1 ) )';

	/** What the cache may have wrong, as code that makes it so. */
	private const WRONG = [
		'the autoloaded options have another connection' => 'wp_cache_set( "alloptions", array( "woocommerce_helper_data" => serialize( ' . self::ANOTHER . ' ) ) + wp_load_alloptions(), "options" );',
		'the autoloaded options lack the connection'     => 'wp_cache_set( "alloptions", array_diff_key( wp_load_alloptions(), array( "woocommerce_helper_data" => 1 ) ), "options" );',
		'the option is another connection'               => 'wp_cache_set( "woocommerce_helper_data", serialize( ' . self::ANOTHER . ' ), "options" );',
		'the option is known not to exist'               => 'wp_cache_set( "notoptions", array( "woocommerce_helper_data" => true, "wccom_host_order" => true, "wccom_host_pending" => true ), "options" );',
		'our own options are old'                        => 'wp_cache_set( "wccom_host_order", serialize( array( "order_id" => 1 ) ), "options" ); wp_cache_set( "wccom_host_pending", serialize( array() ), "options" );',
	];

	private RedisServer $redis;

	private string $redis_folder;

	protected function setUp(): void {
		parent::setUp();
		$this->redis_folder = sys_get_temp_dir() . '/wccom-host-redis-' . bin2hex( random_bytes( 6 ) );
		$this->redis        = new RedisServer( $this->redis_folder );
		putenv( "REDIS_SOCKET={$this->redis->socket()}" );
		$this->site->add_drop_in( 'object-cache', 'object-cache' );
	}

	protected function tearDown(): void {
		putenv( 'REDIS_SOCKET' );
		$this->redis->kill();
		remove_folder( $this->redis_folder );
		parent::tearDown();
	}

	/** What WooCommerce has, in another process. */
	private function assertWooCommerceReads(): void {
		self::assertSame( (string) $this->site->auth()['site_id'], $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["site_id"];' ) );
	}

	/** @dataProvider wrong */
	#[DataProvider( 'wrong' )]
	public function test_what_the_cache_has_wrong( string $code ): void {
		$this->site->store( Site::OPTION, [ 'other' => 'data' ] );
		$this->assertRegistersIn( $code );
		self::assertSame( 'data', $this->site->stored( Site::OPTION )['other'], 'What else is in the option was lost.' );
	}

	/** @return array<string, array{string}> */
	public static function wrong(): array {
		return array_map( fn( string $code ) => [ $code ], self::WRONG );
	}

	public function test_a_connection_in_the_cache_that_the_database_does_not_have(): void {
		$this->assertRegistersIn( self::WRONG['the autoloaded options have another connection'] );
	}

	private function assertRegistersIn( string $code ): void {
		$this->site->evaluate( $code );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
		$this->assertWooCommerceReads();
	}

	/** By another request of the shop, into a cache without a copy in each process, such as APCu. */
	public function test_what_is_put_back_into_the_cache_during_the_check_is_not_saved(): void {
		$drop_in = $this->site->path( '/wp-content/object-cache.php' );
		file_put_contents( $drop_in, str_replace( '$force || ! array', '! $this->is_lost || ! array', (string) file_get_contents( $drop_in ), $changes ) );
		self::assertSame( 1, $changes );
		$this->sandbox->fault( 'me', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => null !== $this->site->auth() && [] === $this->site->journal(), 'the connection', 60.0 );
		$process->signal( SIGSTOP );
		$this->site->evaluate( self::WRONG['the autoloaded options have another connection'] );
		$process->signal( SIGCONT );
		self::assertExit( 0, $this->site->finish( $process ) );
		$this->assertConnected();
		$this->assertWooCommerceReads();
		self::assertArrayHasKey( 'auth_user_data', $this->site->stored( Site::OPTION ) );
	}

	public function test_a_connected_site_of_which_the_cache_knows_nothing(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->evaluate( self::WRONG['the autoloaded options lack the connection'] . self::WRONG['the option is known not to exist'] );
		self::assertSame( '', $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["site_id"] ?? "";' ) );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertExit( 0, $this->site->command( 'status' ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
	}

	/** @dataProvider failures_that_are_told */
	#[DataProvider( 'failures_that_are_told' )]
	public function test_a_cache_that_fails_when_the_answer_comes( string $fails, string $end ): void {
		$this->site->evaluate( self::WRONG['the autoloaded options have another connection'] );
		$run = $this->register_while( fn() => $this->redis->$end(), env: [ 'REDIS_FAILS' => $fails ] );
		$this->assertLeftInJournal( $run, 'cache' );
		'kill' === $end ? $this->redis->start() : $this->redis->become_primary();
		$this->assertRecovers();
		$this->assertWooCommerceReads();
	}

	/** @return array<string, array{string, string}> What the drop-in does then, and what happens. */
	public static function failures_that_are_told(): array {
		return [
			'gone, and it throws'                      => [ 'loudly', 'kill' ],
			'gone, and it ends the process'            => [ 'deadly', 'kill' ],
			'read-only, and it throws'                 => [ 'loudly', 'become_replica' ],
			'read-only, and it believes what it reads' => [ 'quietly', 'become_replica' ],
		];
	}

	/** The database has it; what the cache has is not known, and may be old when it is back. */
	public function test_a_cache_that_the_drop_in_is_done_without(): void {
		$this->site->evaluate( self::WRONG['the autoloaded options have another connection'] );
		$run = $this->register_while( fn() => $this->redis->become_replica(), env: [ 'REDIS_FAILS' => 'gracefully' ] );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'wp cache flush', $run->stderr );
		$this->assertConnected();
		$this->redis->become_primary();
		$this->site->wp( 'cache flush' );
		$this->assertWooCommerceReads();
	}

	public function test_a_cache_that_is_not_there(): void {
		$this->redis->kill();
		$run = $this->site->command( 'register', env: [ 'REDIS_FAILS' => 'deadly' ] );
		self::assertExit( 1, $run );
		$this->assertNothingSent();
		self::assertExit( 0, $this->site->command( 'register', env: [ 'REDIS_FAILS' => 'gracefully' ] ) );
		$this->assertConnected();
		$this->redis->start();
	}
}
