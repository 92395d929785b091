<?php
/**
 * The page Tools, Site Health, in the PHP of the web, and the must-use plugin behind it.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class SiteHealthTest extends SiteTestCase {

	private const FILE = '/wp-content/mu-plugins/wccom-host-site-health.php';

	/** The least complaint of PHP is an error. */
	private const STRICT = 'set_error_handler( function ( $level, $message, $file, $line ) { throw new ErrorException( $message, 0, $level, $file, $line ); } );';

	private ?WebServer $web = null;

	protected function tearDown(): void {
		$this->web?->stop();
		$this->web = null;
		parent::tearDown();
	}

	public function test_a_connected_site_is_green_on_the_page(): void {
		$this->connect();
		$this->install();
		self::assertFalse( extension_loaded( 'wccom_host' ), 'The web of this test is to have no extension.' );
		$this->serve();

		$test = $this->status_tab();
		self::assertSame( 'good', $test['status'] );
		$time = gmdate( 'Y-m-d H:i:s', $this->site->stored( 'wccom_host_check' )['time'] ) . ' UTC';
		self::assertStringContainsString( "WooCommerce.com has confirmed the connection at $time", $test['description'] );

		$order = $this->sandbox->orders()[0];
		$rows  = $this->info_tab( $copied );
		self::assertSame( 'Yes', $rows['Connected'] );
		self::assertSame( (string) $order['site_id'], $rows['Site ID at WooCommerce.com'] );
		self::assertSame( (string) $order['id'], $rows['Order number'] );
		self::assertSame( 'Made at ' . gmdate( 'Y-m-d H:i:s', $this->site->auth()['updated'] ) . ' UTC', $rows['Order'] );
		self::assertSame( 'http://shop.example.com', $rows['Registered address'] );
		self::assertSame( 'http://shop.example.com', $rows['Address in the connection'] );
		self::assertSame( 'http://shop.example.com', $rows['Address of this site'] );
		self::assertSame( 'Yes', $rows['Are these addresses of one site'] );
		self::assertSame( 'admin (ID 1)', $rows['User of the connection'] );
		self::assertSame( 'Yes', $rows['May that user install plugins'] );
		self::assertStringContainsString( "has confirmed the connection at $time", $rows['Last check'] );

		self::assertStringContainsString( 'connected: Yes', $copied );
		self::assertStringContainsString( 'has confirmed', $copied );
		foreach ( [ (string) $order['site_id'], (string) $order['id'], 'admin (ID 1)', 'http://shop.example.com' ] as $private ) {
			self::assertStringNotContainsString( $private, $copied, 'People paste this into forums.' );
		}
	}

	/**
	 * @dataProvider ailments
	 * @param callable(Site): void       $cause
	 * @param list<string>               $told  In the description of the test.
	 * @param array<string, string|null> $rows  On the tab Info.
	 */
	#[DataProvider( 'ailments' )]
	public function test_a_connection_that_does_not_work_is_red_on_the_page( callable $cause, array $told, array $rows ): void {
		$this->connect();
		$this->install();
		$this->site->wp( 'user create other other@example.com --role=administrator' );
		$this->serve( 2 );
		self::assertSame( 'good', $this->status_tab()['status'] );

		$cause( $this->site );
		$test = $this->status_tab();
		self::assertSame( 'critical', $test['status'] );
		foreach ( $told as $words ) {
			self::assertStringContainsString( $words, $test['description'] );
		}
		$found = $this->info_tab();
		foreach ( $rows as $label => $value ) {
			self::assertSame( $value, $found[ $label ] ?? null, $label );
		}
	}

	/** @return array<string, array<mixed>> */
	public static function ailments(): array {
		$lost     = [ '<code>wp wccom-host recover</code>', '<code>wp wccom-host register --force</code>', 'forged' ];
		$stand_in = [ '<code>wp option patch update woocommerce_helper_data auth user_id 2 --format=json</code>' ];
		return [
			'secret null'     => [ fn( Site $site ) => self::alter( $site, [ 'access_token_secret' => null ] ), $lost, [ 'Connected' => 'No: the secret is missing' ] ],
			'secret empty'    => [ fn( Site $site ) => self::alter( $site, [ 'access_token_secret' => '' ] ), $lost, [ 'Connected' => 'No: the secret is missing' ] ],
			'another address' => [
				fn( Site $site ) => self::alter( $site, [ 'url' => 'http://former.example.com' ] ),
				[ 'http://former.example.com', 'http://shop.example.com', '<code>wp wccom-host update-url --yes</code>', '<code>wp wccom-host register --force</code>' ],
				[ 'Connected' => 'Yes', 'Are these addresses of one site' => 'No', 'Address in the connection' => 'http://former.example.com', 'Address of this site' => 'http://shop.example.com' ],
			],
			'user gone'       => [
				fn( Site $site ) => $site->wp( 'user delete 1 --reassign=2' ),
				[ 'user 1, who does not exist', ...$stand_in ],
				[ 'Connected' => 'Yes', 'User of the connection' => 'ID 1', 'May that user install plugins' => 'There is no such user' ],
			],
			'user demoted'    => [
				fn( Site $site ) => $site->wp( 'user set-role 1 editor' ),
				[ 'user 1, who may not install', ...$stand_in ],
				[ 'User of the connection' => 'admin (ID 1)', 'May that user install plugins' => 'No' ],
			],
		];
	}

	public function test_what_the_page_says_to_type_helps(): void {
		$this->connect();
		$this->install();
		$this->site->wp( 'user create other other@example.com --role=administrator' );
		$this->site->wp( 'user delete 1 --reassign=2' );
		preg_match( '#<code>wp (option patch .*?)</code>#', $this->health()['test']['description'], $command );
		$this->site->wp( $command[1] );
		self::assertSame( 'good', $this->health()['test']['status'] );
		self::assertSame( 2, $this->site->auth()['user_id'] );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
	}

	public function test_what_it_says_to_type_for_a_site_that_has_moved_helps(): void {
		$this->connect();
		$this->install();
		$this->site->store( 'home', 'http://moved.example.com' );
		preg_match( '#<code>wp wccom-host (update-url.*?)</code>#', $this->health()['test']['description'], $command );
		self::assertExit( 0, $this->site->command( $command[1] ) );
		self::assertSame( 'good', $this->health()['test']['status'] );
	}

	public function test_without_another_administrator_it_says_how_to_make_one(): void {
		$this->connect();
		$this->install();
		$this->site->wp( 'user set-role 1 editor' );
		self::assertStringContainsString( '--role=administrator</code>', htmlspecialchars_decode( $this->health()['test']['description'] ) );
	}

	public function test_which_addresses_are_of_one_site(): void {
		$this->connect();
		$this->install();
		$addresses = [
			'http://shop.example.com/'     => 'good',
			'http://shop.example.com///'   => 'good',
			'HTTP://Shop.Example.COM'      => 'good',
			'http://shop.example.com:80'   => 'good',
			'https://shop.example.com'     => 'critical',
			'http://shop.example.com:8080' => 'critical',
			'http://www.shop.example.com'  => 'critical',
			'http://shop.example.com/shop' => 'critical',
			'shop.example.com'             => 'critical',
			'://'                          => 'critical',
			''                             => 'recommended',
		];
		$options   = fn( string $url ) => [ Site::OPTION => [ 'auth' => [ 'url' => $url ] + $this->site->auth() ] ];
		self::assertSame( $addresses, $this->statuses( array_map( $options, array_combine( array_keys( $addresses ), array_keys( $addresses ) ) ) ) );

		$below = fn( string $url ) => $options( $url ) + [ 'home' => 'http://shop.example.com/Shop' ];
		$paths = [
			'the same path' => 'http://shop.example.com/Shop/',
			'in other case' => 'http://shop.example.com/shop',
			'a longer one'  => 'http://shop.example.com/Shop/two',
		];
		self::assertSame( [ 'good', 'critical', 'critical' ], array_values( $this->statuses( array_map( $below, $paths ) ) ) );
	}

	public function test_a_dashboard_with_tls_is_no_other_address(): void {
		$this->connect();
		$this->install();
		// On the web home_url() takes the scheme of the request; WP-CLI has a filter against that.
		$web = 'remove_all_filters( "home_url" ); $_SERVER["HTTPS"] = "on";';
		self::assertSame( 'https://shop.example.com', $this->site->evaluate( "$web echo home_url();" ) );
		self::assertSame( 'good', $this->health( $web )['test']['status'] );
	}

	public function test_a_site_without_a_connection(): void {
		$this->install();
		$health = $this->health();
		self::assertSame( 'recommended', $health['test']['status'] );
		self::assertStringContainsString( '<code>wp wccom-host register</code>', $health['test']['description'] );
		self::assertSame( 'No', $health['rows']['Connected'] );
		self::assertSame( 'None on record', $health['rows']['Order'] );
	}

	public function test_a_registration_that_is_not_finished(): void {
		$this->install();
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$test = $this->health()['test'];
		self::assertSame( 'recommended', $test['status'] );
		self::assertStringContainsString( '<code>wp wccom-host recover</code>', $test['description'] );
		self::assertStringNotContainsString( 'wp wccom-host register', $test['description'] );
	}

	public function test_a_connection_that_was_refused_at_the_last_check(): void {
		$this->connect();
		$this->install();
		$this->refuse_next_check();
		$this->site->command( 'status --verify' );
		$health = $this->health();
		self::assertSame( 'recommended', $health['test']['status'] );
		self::assertStringContainsString( '<code>wp wccom-host status --verify</code>', $health['test']['description'] );
		self::assertStringContainsString( 'has refused the connection', $health['rows']['Last check'] );

		self::assertExit( 0, $this->site->command( 'status --verify' ) );
		self::assertSame( 'good', $this->health()['test']['status'] );
	}

	public function test_a_cancelled_order(): void {
		$this->connect();
		$this->install();
		self::assertExit( 0, $this->site->command( 'cancel --yes' ) );
		$this->site->store( 'wccom_host_order', [ 'cancelled' => 1795300000 ] + $this->site->stored( 'wccom_host_order' ) );
		$health = $this->health();
		self::assertSame( 'recommended', $health['test']['status'] );
		self::assertStringContainsString( 'was cancelled', $health['test']['label'] );
		self::assertSame( 'Cancelled at 2026-11-21 22:26:40 UTC', $health['rows']['Order'] );

		// The shop has connected itself since, with an account of its own.
		self::alter( $this->site, [ 'site_id' => 7 ] );
		$health = $this->health();
		self::assertSame( 'good', $health['test']['status'] );
		self::assertSame( 'Cancelled at 2026-11-21 22:26:40 UTC, for another connection', $health['rows']['Order'] );
	}

	public function test_the_worst_gives_the_colour_and_everything_is_told(): void {
		$this->connect();
		$this->install();
		$this->site->store( 'wccom_host_order', [ 'cancelled' => 1795300000 ] + $this->site->stored( 'wccom_host_order' ) );
		$this->refuse_next_check();
		$this->site->command( 'status --verify' );
		self::alter( $this->site, [ 'url' => 'http://former.example.com' ] );
		$test = $this->health()['test'];
		self::assertSame( 'critical', $test['status'] );
		foreach ( [ 'former.example.com', 'has refused', 'has cancelled' ] as $words ) {
			self::assertStringContainsString( $words, $test['description'] );
		}
	}

	public function test_without_woocommerce_it_is_calm(): void {
		$this->install();
		$active = $this->site->stored( 'active_plugins' );
		$this->site->store( 'active_plugins', [] );
		$health = $this->health();
		self::assertSame( 'good', $health['test']['status'] );
		self::assertStringContainsString( 'WooCommerce is not active', $health['test']['description'] );
		self::assertSame( 'Not active on this site', $health['rows']['WooCommerce'] );

		$this->site->store( 'active_plugins', $active );
		$this->connect();
		self::alter( $this->site, [ 'access_token_secret' => '' ] );
		$this->site->store( 'active_plugins', [] );
		unlink( $this->site->path( '/wp-content/plugins/woocommerce' ) );
		$this->serve();
		self::assertSame( 'recommended', $this->status_tab()['status'] );
		self::assertSame( 'No: the secret is missing', $this->info_tab()['Connected'] );
	}

	public function test_whatever_lies_in_the_database_the_page_stands(): void {
		$this->install();
		$auth  = fn( array $auth ) => [ Site::OPTION => [ 'auth' => $auth ] ];
		$good  = [
			'access_token'        => 'access-token-of-this-test',
			'access_token_secret' => 'access-token-secret-of-this-test',
			'site_id'             => 1,
			'user_id'             => 1,
			'url'                 => 'http://shop.example.com',
		];
		$cases = [
			'a string'           => [ [ Site::OPTION => 'not an array' ], 'critical' ],
			'a number'           => [ [ Site::OPTION => '0' ], 'critical' ],
			'auth is a string'   => [ [ Site::OPTION => [ 'auth' => 'x' ] ], 'recommended' ],
			'auth is empty'      => [ $auth( [] ), 'recommended' ],
			'as it should be'    => [ $auth( $good ), 'good' ],
			'lists in it'        => [ $auth( array_map( fn() => [ 'x' ], $good ) ), 'critical' ],
			'no site_id'         => [ $auth( [ 'site_id' => null ] + $good ), 'critical' ],
			'no user_id'         => [ $auth( array_diff_key( $good, [ 'user_id' => 1 ] ) ), 'critical' ],
			'digits'             => [ $auth( [ 'site_id' => '42', 'user_id' => '1' ] + $good ), 'good' ],
			'url is a list'      => [ $auth( [ 'url' => [ 'x' ] ] + $good ), 'recommended' ],
			'records of strings' => [ $auth( $good ) + [ 'wccom_host_order' => 'x', 'wccom_host_check' => 'x', 'wccom_host_pending' => 'x' ], 'good' ],
			'records of lists'   => [
				$auth( $good ) + [
					'wccom_host_order' => [ 'order_id' => [ 1 ], 'time' => 'x', 'url' => [] ],
					'wccom_host_check' => [ 'site_id' => 1, 'result' => [ 'x' ], 'time' => 'x' ],
				],
				'good',
			],
		];
		self::assertSame( array_map( fn( array $case ) => $case[1], $cases ), $this->statuses( array_map( fn( array $case ) => $case[0], $cases ) ) );
	}

	public function test_what_lies_in_the_database_is_escaped(): void {
		$this->connect();
		$this->install();
		self::alter( $this->site, [ 'url' => 'http://<script>alert(1)</script>' ] );
		$this->serve();
		self::assertStringNotContainsString( '<script>', $this->status_tab()['description'] );
		self::assertSame( 'http://<script>alert(1)</script>', $this->info_tab()['Address in the connection'] );
	}

	public function test_it_shows_what_woocommerce_reads_through_the_object_cache(): void {
		$this->connect();
		$this->install();
		$this->site->add_mu_plugin( 'stuck-cache' );
		self::assertSame( 'critical', $this->health()['test']['status'] );
	}

	public function test_each_site_of_a_network_shows_its_own(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		self::assertExit( 0, $this->site->command( 'register --url=http://shop.example.com/second/' ) );
		$this->install();
		$main   = $this->health();
		$second = $this->health( '', '--url=http://shop.example.com/second/' );
		self::assertSame( 'recommended', $main['test']['status'] );
		self::assertStringContainsString( 'wp wccom-host register --url=http://shop.example.com</code>', $main['test']['description'] );
		self::assertSame( 'good', $second['test']['status'] );
		self::assertSame( (string) $this->sandbox->orders()[0]['id'], $second['rows']['Order number'] );

		$this->site->wp( 'super-admin remove admin' );
		$second = $this->health( '', '--url=http://shop.example.com/second/' );
		self::assertSame( 'critical', $second['test']['status'] );
		self::assertStringContainsString( 'wp super-admin add', $second['test']['description'] );
	}

	public function test_the_check_is_recorded_without_a_secret(): void {
		$this->connect();
		$record = $this->site->stored( 'wccom_host_check' );
		$auth   = $this->site->auth();
		self::assertSame( [ 'site_id' => $auth['site_id'], 'updated' => $auth['updated'] ], array_intersect_key( $record, [ 'site_id' => 1, 'updated' => 1 ] ) );
		self::assertSame( 'confirmed', $record['result'] );
		self::assertEqualsWithDelta( time(), $record['time'], 60 );
		self::assertSame( [ 'site_id', 'updated', 'time', 'result' ], array_keys( $record ) );
		self::assertContains( $this->site->database()->query( "SELECT autoload FROM wp_options WHERE option_name = 'wccom_host_check'" )->fetchColumn(), [ 'no', 'off' ] );

		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 404, 'body' => '<html>', 'content_type' => 'text/html' ] );
		$run = $this->site->command( 'status --verify --format=json' );
		self::assertSame( 'failed', $run->json()['last_result'], (string) $run );
		$this->refuse_next_check();
		self::assertSame( 'refused', $this->site->command( 'status --verify --format=json' )->json()['last_result'] );
		$status = $this->site->command( 'status --format=json' )->json();
		self::assertSame( 'refused', $status['last_result'] );
		self::assertEqualsWithDelta( time(), strtotime( $status['last_check'] ), 60 );
	}

	public function test_the_record_is_of_the_connection_that_is_stored(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertNull( $this->site->command( 'status --format=json' )->json()['last_result'] );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );

		// Refused while the site keeps the connection that it has.
		$other = [
			'auth'         => [ 'access_token' => 'another-token', 'site_id' => 7 ] + $this->site->auth(),
			'registration' => [ 'url' => 'http://shop.example.com' ],
		];
		$this->refuse_next_check();
		self::assertExit( 3, $this->site->command( 'connect --force', (string) json_encode( $other ) ) );
		self::assertSame( 'confirmed', $this->site->command( 'status --format=json' )->json()['last_result'] );

		// Connected anew, and not asked about.
		self::alter( $this->site, [ 'updated' => $this->site->auth()['updated'] + 100 ] );
		self::assertNull( $this->site->command( 'status --format=json' )->json()['last_result'] );
		$this->install();
		self::assertStringContainsString( 'not been checked', $this->health()['rows']['Last check'] );
	}

	public function test_a_database_that_takes_no_record_changes_nothing(): void {
		$this->site->refuse_writes( "NEW.option_name = 'wccom_host_check'" );
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertStringNotContainsString( 'wccom_host_check', $run->output() );
		$this->assertConnected();
	}

	public function test_install_and_remove_can_be_repeated(): void {
		$file = $this->site->path( self::FILE );
		$run  = $this->site->command( 'site-health install --format=json', ini: [ 'extension' => '' ] );
		self::assertExit( 0, $run );
		self::assertSame( [ 'status' => 'installed', 'file' => $file ], $run->json() );
		self::assertSame( 0644, fileperms( $file ) & 07777 );
		self::assertFileEquals( dirname( __DIR__, 2 ) . '/php/mu-plugin/wccom-host-site-health.php', $file );
		$files = scandir( dirname( $file ) );

		self::assertSame( 'unchanged', $this->site->command( 'site-health install --format=json' )->json()['status'] );
		file_put_contents( $file, "<?php\n/**\n * Plugin Name: wccom-host Site Health\n */\n// Of an earlier version.\n" );
		self::assertSame( 'updated', $this->site->command( 'site-health install --format=json' )->json()['status'] );
		self::assertFileEquals( dirname( __DIR__, 2 ) . '/php/mu-plugin/wccom-host-site-health.php', $file );
		self::assertSame( $files, scandir( dirname( $file ) ), 'Nothing is left beside it.' );

		$removed = $this->site->command( 'site-health remove --format=json' );
		self::assertSame( 'removed', $removed->json()['status'] );
		self::assertFileDoesNotExist( $file );
		$absent = $this->site->command( 'site-health remove --format=json' );
		self::assertExit( 0, $absent );
		self::assertSame( 'absent', $absent->json()['status'] );
	}

	public function test_the_folder_is_made(): void {
		remove_folder( $this->site->path( '/wp-content/mu-plugins' ) );
		self::assertExit( 0, $this->site->command( 'site-health install' ) );
		self::assertFileExists( $this->site->path( self::FILE ) );
	}

	/**
	 * @dataProvider others
	 * @param callable(string): void $put Puts something where the file belongs.
	 */
	#[DataProvider( 'others' )]
	public function test_what_is_not_ours_is_left_alone( callable $put ): void {
		$file = $this->site->path( self::FILE );
		$put( $file );
		$before = $this->listing();
		foreach ( [ 'install', 'remove' ] as $command ) {
			$run = $this->site->command( "site-health $command" );
			self::assertExit( 1, $run );
			self::assertStringContainsString( 'Nothing was changed', $run->stderr );
			self::assertStringContainsString( $file, $run->stderr );
			self::assertSame( $before, $this->listing() );
		}
	}

	/** @return array<string, array{callable(string): void}> */
	public static function others(): array {
		return [
			'a plugin of others' => [ fn( string $file ) => file_put_contents( $file, "<?php\n// Plugin Name: wccom-host Site Health of somebody else\n" ) ],
			'an empty file'      => [ fn( string $file ) => file_put_contents( $file, '' ) ],
			'a folder'           => [ fn( string $file ) => mkdir( $file ) ],
			'a link to nowhere'  => [ fn( string $file ) => symlink( '/nowhere', $file ) ],
		];
	}

	public function test_a_folder_that_cannot_be_made(): void {
		$folder = $this->site->path( '/wp-content/mu-plugins' );
		remove_folder( $folder );
		file_put_contents( $folder, '' );
		$run = $this->site->command( 'site-health install' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'cannot be written', $run->stderr );
		self::assertExit( 0, $this->site->command( 'site-health remove' ) );
	}

	public function test_a_disk_that_is_full_leaves_the_old_one(): void {
		$old = "<?php\n/**\n * Plugin Name: wccom-host Site Health\n */\n";
		file_put_contents( $this->site->path( self::FILE ), $old );
		$this->site->add_mu_plugin( 'full-disk' );
		$before = $this->listing();
		$run    = $this->site->command( 'site-health install' );
		self::assertExit( 1, $run );
		self::assertSame( $before, $this->listing() );
		self::assertStringEqualsFile( $this->site->path( self::FILE ), $old );
	}

	public function test_a_second_copy_does_not_end_the_site(): void {
		$this->install();
		copy( $this->site->path( self::FILE ), $this->site->path( '/wp-content/mu-plugins/wccom-host-site-health (copy).php' ) );
		self::assertSame( 'recommended', $this->health()['test']['status'] );
	}

	/** Connects the site, with a signed check. */
	private function connect(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
	}

	private function install(): void {
		self::assertExit( 0, $this->site->command( 'site-health install' ) );
	}

	private function serve( int $user = 1 ): void {
		// The setup of a new shop, which WooCommerce begins on its first page, is not what is looked at.
		$this->site->store( 'woocommerce_newly_installed', 'no' );
		$this->web = new WebServer( $this->site, $user );
	}

	private function refuse_next_check(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 401, 'content_type' => 'application/json', 'body' => '{"code":"invalid_token","message":"No."}' ] );
	}

	/**
	 * Changes the stored connection.
	 *
	 * @param array<string, mixed> $changes
	 */
	private static function alter( Site $site, array $changes ): void {
		$option         = $site->stored( Site::OPTION );
		$option['auth'] = array_merge( $option['auth'], $changes );
		$site->store( Site::OPTION, $option );
	}

	/** What lies beside the must-use plugins: names, and texts of files. */
	private function listing(): string {
		$listing = '';
		foreach ( new \FilesystemIterator( $this->site->path( '/wp-content/mu-plugins' ) ) as $entry ) {
			$listing .= $entry->getFilename() . ' ' . $entry->getType() . ' ' . ( 'file' === $entry->getType() ? file_get_contents( $entry->getPathname() ) : '' ) . "\n";
		}
		return $listing;
	}

	/**
	 * A page of the dashboard, which never shows a secret.
	 */
	private function page( string $path ): string {
		$page = $this->web->page( $path );
		foreach ( [ 'access_token', 'access_token_secret' ] as $key ) {
			if ( ! empty( $this->site->auth()[ $key ] ) ) {
				self::assertStringNotContainsString( $this->site->auth()[ $key ], $page );
			}
		}
		self::assertStringNotContainsString( 'wccom-host-site-health.php', $page, 'PHP complains of the file.' );
		return $page;
	}

	/**
	 * The result of our test, as the page has it for its script.
	 *
	 * @return array<string, mixed>
	 */
	private function status_tab(): array {
		$page = $this->page( '/wp-admin/site-health.php' );
		self::assertSame( 1, preg_match( '/var SiteHealth = (\{.*\});$/m', $page, $found ), $page );
		return array_column( json_decode( $found[1], true )['site_status']['direct'], null, 'test' )['wccom_host_connection'];
	}

	/**
	 * The rows of our section.
	 *
	 * @param string|null $copied The part of "Copy site info to clipboard" that is ours.
	 * @param-out string $copied
	 * @return array<string, string>
	 */
	private function info_tab( ?string &$copied = null ): array {
		$page = new \DOMDocument();
		@$page->loadHTML( $this->page( '/wp-admin/site-health.php?tab=debug' ) );
		$path = new \DOMXPath( $page );
		$all  = $path->evaluate( 'string( //@data-clipboard-text[ contains( ., "### " ) ] )' );
		preg_match( '/^### wccom-host ###$(.*?)(^### |\z)/ms', $all, $section );
		$copied = $section[1] ?? '';
		$rows   = [];
		foreach ( $path->query( '//*[ @id = "health-check-accordion-block-wccom-host" ]//tr' ) as $row ) {
			$rows[ $path->evaluate( 'string( th )', $row ) ] = $path->evaluate( 'string( td )', $row );
		}
		return $rows;
	}

	/**
	 * The status of the test for each of several states of the options, as WordPress gives them.
	 *
	 * @param array<string, array<string, mixed>> $cases Options by name.
	 * @return array<string, string>
	 */
	private function statuses( array $cases ): array {
		$code = self::STRICT . '
			$test = apply_filters( "site_status_tests", [] )["direct"]["wccom_host_connection"]["test"];
			foreach ( ' . var_export( $cases, true ) . ' as $case => $options ) {
				foreach ( $options as $name => $value ) {
					add_filter( "pre_option_$name", $filters[ $name ] = fn() => $value );
				}
				$status[ $case ] = $test()["status"];
				foreach ( $filters as $name => $filter ) {
					remove_filter( "pre_option_$name", $filter );
				}
			}
			echo json_encode( $status );';
		return json_decode( $this->site->evaluate( $code ), true );
	}

	/**
	 * Test and rows without a web server: quicker.
	 *
	 * @return array{test: array<string, mixed>, rows: array<string, string>}
	 */
	private function health( string $before = '', string ...$options ): array {
		$code = self::STRICT . $before
			. '$tests = apply_filters( "site_status_tests", [] ); $info = apply_filters( "debug_information", [] )["wccom-host"]["fields"];
			echo json_encode( [ "test" => call_user_func( $tests["direct"]["wccom_host_connection"]["test"] ), "rows" => array_column( $info, "value", "label" ) ] );';
		return json_decode( $this->site->evaluate( $code, ...$options ), true );
	}
}
