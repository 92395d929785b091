<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

/**
 * Code of the site that is after the partner's key, in everything that WordPress loads by itself, and in the process of our
 * command: what it gets, and what it does not. The README's threat model is what is shown here.
 */
final class HostileNeighbourTest extends SiteTestCase {

	/** Where code of the site looks without knowing us: nothing there may hold the key. */
	private const DEFENDED = [ 'variables', 'globals', 'environ', 'cmdline', 'statics', 'settings', 'files', 'standard input', 'hooks', 'callers', 'traces', 'errors', 'output', 'shutdown', 'database', 'cache', 'wrapper' ];

	/** What nobody can keep from code of the same user. */
	private const OPEN = [ 'memory', 'ffi', 'fork' ];

	/**
	 * @dataProvider sources
	 * @param array<string, string|null> $env
	 */
	#[DataProvider( 'sources' )]
	public function test_the_key_is_nowhere_where_code_of_the_site_looks( string $arguments, string $stdin, array $env ): void {
		$this->add_neighbour();
		file_put_contents( $this->folder() . '/key', Sandbox::KEY . "\n" );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2500 ] );
		$run = $this->site->command( str_replace( '{folder}', $this->folder(), "register $arguments --format=json" ), $stdin, $env );

		self::assertExit( 0, $run );
		self::assertSame( 'registered', $run->json()['status'] );
		$this->assertOrders( 1 );
		$this->assertConnected();
		$loot = $this->loot();
		self::assertSame( "db.php\nobject-cache.php\nmu-plugin.php", $loot['arrival'], 'WP-CLI has WordPress load no advanced-cache.php.' );
		foreach ( self::DEFENDED as $channel ) {
			if ( 'errors' !== $channel ) {
				self::assertArrayHasKey( $channel, $loot, 'It did not look there.' );
			}
			$this->assertWithout( Sandbox::KEY, $loot[ $channel ] ?? '', "$channel: the key" );
		}
		foreach ( [ 'variables', 'globals', 'environ', 'cmdline', 'settings', 'files', 'standard input', 'output', 'database', 'cache', 'traces' ] as $channel ) {
			$this->assertWithout( Site::WPCOM_ACCESS_TOKEN, $loot[ $channel ], "$channel: the token" );
		}
		self::assertMatchesRegularExpression( '/wccom_host_register/', $loot['callers'], 'It looked during the call.' );
		// The threat model says so.
		foreach ( self::OPEN as $channel ) {
			self::assertStringContainsString( Sandbox::KEY, $loot[ $channel ], $channel );
		}
		self::assertSame( str_contains( $arguments, '/key' ), str_contains( $loot['key file'] ?? '', Sandbox::KEY ), 'A file that this user may read.' );
		self::assertStringContainsString( $this->site->auth()['access_token_secret'], $loot['database'], 'The secret is the site\'s own.' );
	}

	/** @return array<string, array{string, string, array<string, string|null>}> */
	public static function sources(): array {
		return [
			'environment'    => [ '', '', [] ],
			'file'           => [ '--key-file={folder}/key', '', [ 'WCCOM_HOST_KEY' => null ] ],
			'standard input' => [ '--key-file=-', Sandbox::KEY . "\n", [ 'WCCOM_HOST_KEY' => null ] ],
		];
	}

	public function test_a_shell_that_was_started_with_the_key_still_shows_it(): void {
		$this->add_neighbour();
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 2500 ] );
		$this->site->under = [ 'sh', '-c', '"$@"; exit $?', 'sh' ];
		self::assertExit( 0, $this->site->command( 'register' ) );
		$loot = $this->loot();
		$this->assertWithout( Sandbox::KEY, $loot['environ'], 'environ: the key' );
		self::assertStringContainsString( Sandbox::KEY, $loot['environ of parents'] );
	}

	public function test_with_connect_the_key_was_never_there(): void {
		$this->add_neighbour();
		$registered = $this->sandbox->register_elsewhere( $this->site->url );
		$auth       = [
			'access_token'        => $registered['access_token'],
			'access_token_secret' => $registered['access_token_secret'],
			'site_id'             => $registered['site_id'],
			'user_id'             => 1,
			'updated'             => time(),
			'url'                 => $this->site->url,
		];
		$this->sandbox->fault( 'me', [ 'kind' => 'delay', 'ms' => 2500 ] );
		file_put_contents( $this->folder() . '/line', json_encode( [ 'url' => $this->site->url, 'status' => 'registered', 'auth' => $auth, 'registration' => array_intersect_key( $registered, [ 'order_id' => 1, 'customer_id' => 1, 'site_id' => 1 ] ) ] ) . "\n" );
		self::assertExit( 0, $this->site->command( "connect --registrations={$this->folder()}/line", '', [ 'WCCOM_HOST_KEY' => null, 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ] ) );
		$this->assertConnected();
		foreach ( $this->loot() as $channel => $text ) {
			$this->assertWithout( Sandbox::KEY, $text, "$channel: the key" );
			$this->assertWithout( Site::WPCOM_ACCESS_TOKEN, $text, "$channel: the token" );
		}
		self::assertSame( '', $this->loot()['memory'] );
	}

	public function test_the_drop_in_of_a_network_does_not_find_it_either(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		$this->add_neighbour( true );
		self::assertExit( 0, $this->site->command( 'register --url=http://shop.example.com/' ) );
		$loot = $this->loot();
		self::assertStringContainsString( 'sunrise.php', $loot['arrival'] );
		foreach ( self::DEFENDED as $channel ) {
			$this->assertWithout( Sandbox::KEY, $loot[ $channel ] ?? '', "$channel: the key" );
		}
	}

	/**
	 * @dataProvider collisions
	 * @param array<string, string> $ini
	 */
	#[DataProvider( 'collisions' )]
	public function test_names_of_ours_that_the_site_has_taken_give_no_wrong_result( int $exit_code, string $words, string $code, array $ini = [] ): void {
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/collision.php' ), "<?php\n$code\n" );
		file_put_contents( $this->folder() . '/key', Sandbox::KEY . "\n" );
		$run = $this->site->command( "register --key-file={$this->folder()}/key", '', [ 'WCCOM_HOST_KEY' => null ], $ini );
		self::assertExit( $exit_code, $run );
		self::assertStringContainsString( $words, $run->stderr );
		self::assertFileDoesNotExist( $this->folder() . '/stolen' );
		if ( 1 === $exit_code ) {
			$this->assertNothingSent();
			$this->assertNotConnected();
		}
	}

	/** @return array<string, array{int, string, string, 3?: array<string, string>}> */
	public static function collisions(): array {
		$register = 'function wccom_host_register( $request, $options = [], &$registration = null ) { file_put_contents( dirname( ABSPATH, 2 ) . "/stolen", json_encode( func_get_args() ) ); $registration = [ "order_id" => 1 ]; return [ "access_token" => "x", "access_token_secret" => "y", "site_id" => 1, "user_id" => 1, "updated" => 1, "url" => "" ]; }';
		$all      = implode( array_map( static fn ( string $name ): string => "function wccom_host_$name() { return true; }", [ 'version', 'check', 'register_many', 'take_key', 'forget_key', 'verify', 'lookup', 'cancel', 'update_url', 'update_connected_site', 'install', 'package', 'product', 'orders', 'order', 'order_connections', 'site', 'totals', 'sign_url', 'same_site', 'journal', 'journal_lock', 'journal_unlock', 'journal_read', 'journal_store', 'journal_close', 'journal_prune' ] ) );
		$late     = 'add_filter( "query", function ( $query ) { static $is_done = false; if ( ! $is_done && str_contains( $query, "wccom_host_pending" ) && preg_match( "/^INSERT/", $query ) ) { $is_done = true; eval( %s ); } return $query; } );';
		return [
			'a function of the extension'              => [ 1, 'Nothing was sent', $register ],
			'all of them, where it is not loaded'      => [ 1, 'is not loaded', $register . $all, [ 'extension' => '' ] ],
			'an exception of the extension'            => [ 1, 'Nothing was sent', 'namespace WccomHost; class ApiException extends \RuntimeException {}' ],
			'a function in our namespace'              => [ 1, 'wccom_host_register() in', 'namespace WccomHost\Cli; ' . $register ],
			'one of PHP\'s in our namespace'           => [ 1, 'WccomHost\Cli\in_array() in', 'namespace WccomHost\Cli; function in_array() { return true; }' ],
			'a class of ours'                          => [ 1, 'WccomHost\Cli\Saver in', 'namespace WccomHost\Cli; class Saver { public static function __callStatic( $name, $arguments ) { return null; } }' ],
			'the class that complains of it'           => [ 1, 'Nothing was sent', 'namespace WccomHost\Cli; class Problem extends \RuntimeException {}' ],
			'a helper of WP-CLI'                       => [ 1, 'Nothing was sent', 'namespace WP_CLI\Utils; function get_flag_value() { return true; }' ],
			'a function in our namespace, in the middle' => [ 5, 'cannot be relied on', sprintf( $late, var_export( 'namespace WccomHost\Cli; function wccom_host_verify() { return []; }', true ) ) ],
			'a class of ours, in the middle'           => [ 5, 'cannot be relied on', sprintf( $late, var_export( 'namespace WccomHost\Cli; class Verification { public static function failure() { return null; } public static function not_checked( $why ) { return new Problem( 0, $why ); } }', true ) ) ],
		];
	}

	/**
	 * @dataProvider ends
	 * @param array<string, string> $env
	 */
	#[DataProvider( 'ends' )]
	public function test_the_key_is_of_no_use_when_the_command_is_over( string $command, int $exit_code, array $env = [] ): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$tries = '$try = function (): void { try { wccom_host_totals(); $got = "totals\n"; } catch ( \WccomHost\Exception $exception ) { $got = $exception->getMessage() . "\n"; } file_put_contents( __DIR__ . "/got", $got, FILE_APPEND ); };';
		$spies = 'register_shutdown_function( $try ); $spy = new class( $try ) { public function __construct( private \Closure $try ) {} public function __destruct() { ( $this->try )(); } };';
		$ends  = '$GLOBALS["wp_filter"]["query"][10][] = [ "accepted_args" => 1, "function" => function ( $query ) { $end = str_contains( $query, "woocommerce_helper_data" ) ? getenv( "END_BY" ) : ""; if ( "throw" === $end ) { throw new Error( "no" ); } if ( "exit" === $end ) { exit( 0 ); } return $query; } ];';
		// The first file of the site: none of its functions comes before.
		$config = $this->site->path( '/wp-config.php' );
		file_put_contents( $config, "<?php $tries $spies $ends ?>" . file_get_contents( $config ) );
		$before = count( $this->sandbox->log() );
		$run    = $this->site->command( $command, '', $env );
		self::assertExit( $exit_code, $run );
		$got = (string) file_get_contents( $this->site->path( '/got' ) );
		self::assertStringContainsString( 'key', $got );
		self::assertStringNotContainsString( 'totals', $got, (string) $run );
		self::assertSame( [], array_filter( array_slice( $this->sandbox->log(), $before ), fn( array $entry ) => str_contains( $entry['path'], 'order' ) ) );
	}

	/** @return array<string, array{string, int, 2?: array<string, string>}> */
	public static function ends(): array {
		return [
			'nothing to do'      => [ 'register', 0 ],
			'status'             => [ 'status', 0 ],
			'status, checked'    => [ 'status --verify', 0 ],
			'doctor'             => [ 'doctor', 0 ],
			'nothing to connect' => [ 'connect', 1 ],
			'wrong input'        => [ 'register --force --user-id=4711', 1 ],
			'the site exits'     => [ 'status', 1, [ 'END_BY' => 'exit' ] ],
			'the site throws'    => [ 'status', 1, [ 'END_BY' => 'throw' ] ],
		];
	}

	/** @dataProvider forks */
	#[DataProvider( 'forks' )]
	public function test_two_processes_where_one_was_started_make_one_order( string $when, bool $is_child_first ): void {
		if ( 'mariadb' === getenv( 'WCCOM_HOST_TEST_DATABASE' ) && ! $is_child_first ) {
			$this->markTestSkipped( 'Two processes at once on one connection to MariaDB garble what is said there, and may wait for ever.' );
		}
		$ended = $this->folder() . '/ended';
		$fork  = sprintf(
			'function fork_here() { $child = pcntl_fork(); if ( 0 === $child ) { register_shutdown_function( fn() => touch( %s ) ); } elseif ( %s ) { pcntl_waitpid( $child, $status ); } }',
			var_export( $ended, true ),
			var_export( $is_child_first, true )
		);
		// Right before the request, when everything has been looked at.
		$late = 'add_filter( "query", function ( $query ) { static $is_written = false; if ( str_contains( $query, "wccom_host_pending" ) ) { if ( $is_written && preg_match( "/^SELECT/", $query ) ) { $is_written = false; fork_here(); } elseif ( preg_match( "/^INSERT/", $query ) ) { $is_written = true; } } return $query; } );';
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/forks.php' ), "<?php $fork " . ( 'early' === $when ? 'fork_here();' : $late ) );
		$process = $this->site->start( 'register' );
		wait_for( fn() => file_exists( $ended ), 'the end of the other process' );
		$run = $this->site->finish( $process );
		$this->assertOrders( 1 );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'pcntl_fork', $run->stderr );
		$this->assertConnected();
	}

	/** @return array<string, array{string, bool}> */
	public static function forks(): array {
		return [
			'before the request, both at once'           => [ 'late', false ],
			'before the request, and the child is first' => [ 'late', true ],
			'at the start, and the child is first'       => [ 'early', true ],
		];
	}

	public function test_a_database_object_that_says_yes_to_everything_is_not_believed(): void {
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/yes.php' ), '<?php class Yes { public function __construct( private object $real ) {} public function __call( $name, $arguments ) { return in_array( $name, [ "update", "insert", "replace" ], true ) ? 1 : $this->real->$name( ...$arguments ); } public function &__get( $name ) { $value = $this->real->$name; return $value; } public function __set( $name, $value ) { $this->real->$name = $value; } public function __isset( $name ) { return isset( $this->real->$name ); } public function query( $statement ) { return preg_match( "/^\s*(INSERT|UPDATE)/i", $statement ) ? 1 : $this->real->query( $statement ); } } $GLOBALS["wpdb"] = new Yes( $GLOBALS["wpdb"] );' );
		$run = $this->site->command( 'register' );
		self::assertNotSame( 0, $run->exit_code, (string) $run );
		$this->assertNotConnected();
		if ( [] !== $this->sandbox->orders() ) {
			self::assertExit( 6, $run );
			self::assertNotSame( [], $this->site->journal(), 'The journal has the connection.' );
		}
	}

	/** Puts it wherever WordPress loads code by itself. */
	private function add_neighbour( bool $is_network = false ): void {
		$content = $this->site->path( '/wp-content' );
		if ( is_file( "$content/db.php" ) ) {
			rename( "$content/db.php", "$content/db-real.php" );
		} else {
			// On MariaDB there is none, and WordPress does this itself.
			file_put_contents( "$content/db-real.php", '<?php $GLOBALS["wpdb"] = new wpdb( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST );' );
		}
		foreach ( [ 'advanced-cache' => '', 'object-cache' => '', 'db' => '', 'sunrise' => '', 'mu-plugin' => '/mu-plugins' ] as $name => $below ) {
			$code = (string) file_get_contents( __DIR__ . "/site-code/hostile-neighbour/$name.php" );
			file_put_contents( "$content$below/$name.php", str_replace( '{folder}', __DIR__ . '/site-code/hostile-neighbour', $code ) );
		}
		$config = (string) file_get_contents( $this->site->path( '/wp-config.php' ) );
		file_put_contents( $this->site->path( '/wp-config.php' ), str_replace( "\n\n\$table_prefix", "\ndefine( 'WP_CACHE', true );" . ( $is_network ? "\ndefine( 'SUNRISE', true );" : '' ) . "\n\n\$table_prefix", $config ) );
	}

	/**
	 * What the neighbour got, by channel.
	 *
	 * @return array<string, string>
	 */
	private function loot(): array {
		$loot = [];
		foreach ( file( $this->folder() . '/loot', FILE_IGNORE_NEW_LINES ) as $line ) {
			[ $channel, $text ] = json_decode( $line, true );
			$loot[ $channel ][] = base64_decode( $text );
		}
		return array_map( static fn ( array $texts ): string => implode( "\n", $texts ), $loot );
	}

	/** Not as it is, nor in a form that it is easily brought back from. */
	private function assertWithout( string $secret, string $text, string $what ): void {
		foreach ( [ $secret, base64_encode( $secret ), bin2hex( $secret ), rawurlencode( $secret ), strrev( $secret ), substr( (string) json_encode( $secret ), 1, -1 ) ] as $form ) {
			$at = strpos( $text, $form );
			self::assertFalse( $at, false === $at ? '' : "$what: " . substr( $text, max( 0, $at - 500 ), 600 ) );
		}
	}
}
