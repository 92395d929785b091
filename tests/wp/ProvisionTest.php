<?php
/**
 * A customer's whole provisioning by one command.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProvisionTest extends ProductTestCase {

	private const USPS     = 'woocommerce-shipping-usps';
	private const BOOKINGS = 'woocommerce-bookings';

	public function test_a_site_is_registered_and_its_products_installed_and_licensed(): void {
		$theme = $this->site->stored( 'stylesheet' );
		$run   = $this->command( 'register --install --activate --format=json' );
		self::assertExit( 0, $run );
		$result = $run->json();
		$this->assertConnected();
		$this->assertOrders( 1 );
		$order = $this->sandbox->orders()[0];
		self::assertSame( [ 'registered', $order['id'], true ], [ $result['status'], $result['order_id'], $result['verified'] ] );
		self::assertSame( [ 'installed' ], array_values( array_unique( array_column( $result['products'], 'status' ) ) ) );
		$rows = array_column( $result['products'], null, 'slug' );
		self::assertCount( 11, $rows );
		$plugins = array_keys( array_filter( $rows, fn( array $row ) => 'plugin' === $row['type'] ) );
		self::assertSame( $plugins, array_keys( array_filter( $rows, fn( array $row ) => $row['active'] ) ) );
		self::assertEqualsCanonicalizing( $plugins, $order['connected'] );
		self::assertEqualsCanonicalizing( [ 'woocommerce/woocommerce.php', ...array_map( fn( string $slug ) => "$slug/$slug.php", $plugins ) ], $this->site->stored( 'active_plugins' ) );
		self::assertSame( $theme, $this->site->stored( 'stylesheet' ), "The customer's theme stays." );
	}

	public function test_nothing_is_installed_before_the_registration_is_finished(): void {
		self::assertExit( 0, $this->command( 'register --install=' . self::USPS . ' --activate' ) );
		$paths = array_map( fn( array $entry ) => "{$entry['method']} " . basename( $entry['path'] ), $this->sandbox->log() );
		self::assertSame( [ 'GET info', 'POST register', 'GET me', 'GET ' . self::USPS . '.zip', 'GET subscriptions', 'POST activate' ], $paths );
	}

	public function test_woocommerces_own_call_after_an_update_of_the_option_is_left_out(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		self::assertExit( 0, $this->command( 'register --force --install=' . self::USPS ) );
		self::assertSame( [], $this->sandbox->log( '/subscriptions' ) );
		self::assertSame( [], $this->sandbox->log( '/subscriptions/' ) );
	}

	public function test_the_same_command_again_does_what_is_left_and_then_nothing(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'status', 'status' => 404, 'body' => 'NoSuchKey' ] );
		$command = 'register --install=' . self::USPS . ',' . self::BOOKINGS . ' --activate --format=json';
		$first   = $this->command( $command );
		self::assertExit( 9, $first );
		self::assertSame( 'registered', $first->json()['status'] );
		self::assertSame( [ 'failed', 'installed' ], array_column( $first->json()['products'], 'status' ) );
		self::assertStringContainsString( 'run the same command again', $first->stderr );
		$this->assertConnected();
		$auth = $this->site->auth();

		$second = $this->command( $command );
		self::assertExit( 0, $second );
		self::assertSame( 'already_connected', $second->json()['status'] );
		self::assertSame( [ 'installed', 'skipped' ], array_column( $second->json()['products'], 'status' ) );

		$requests = count( $this->sandbox->log( '.zip' ) );
		$third    = $this->command( $command );
		self::assertExit( 0, $third );
		self::assertSame( [ 'skipped', 'skipped' ], array_column( $third->json()['products'], 'status' ) );
		self::assertCount( $requests, $this->sandbox->log( '.zip' ) );
		self::assertSame( $auth, $this->site->auth() );
		$this->assertOrders( 1 );
		self::assertEqualsCanonicalizing( [ self::USPS, self::BOOKINGS ], $this->sandbox->orders()[0]['connected'] );
	}

	/** @dataProvider choices */
	#[DataProvider( 'choices' )]
	public function test_which_products_are_installed( string $options, string ...$slugs ): void {
		$run = $this->command( "register $options --format=json" );
		self::assertExit( 0, $run );
		self::assertSame( $slugs, array_column( $run->json()['products'], 'slug' ) );
	}

	/** @return array<string, list<string>> */
	public static function choices(): array {
		return [
			'those named'            => [ '--install=galleria,' . self::USPS, 'galleria', self::USPS ],
			'those of the order'     => [ '--install --products=' . self::USPS . ',dynamic-pricing', self::USPS, 'dynamic-pricing' ],
			'named of those ordered' => [ '--install=' . self::USPS . ' --products=' . self::USPS . ',dynamic-pricing', self::USPS ],
		];
	}

	/** @dataProvider wrong_uses */
	#[DataProvider( 'wrong_uses' )]
	public function test_what_cannot_be_installed_is_not_registered( int $exit_code, string $options, string ...$words ): void {
		$run = $this->command( "register $options" );
		self::assertExit( $exit_code, $run );
		foreach ( $words as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		$this->assertOrders( 0 );
		$this->assertNotConnected();
		$this->assertNoJournal();
		self::assertNull( $this->site->stored( 'wccom_host_pending' ) );
	}

	/** @return array<string, list<int|string>> */
	public static function wrong_uses(): array {
		return [
			'a product that is not there' => [ 1, '--install=' . self::USPS . ',nonsense', 'Not in the package', 'nonsense' ],
			'an ordered one'              => [ 1, '--install --products=nonsense', 'nonsense' ],
			'no slug'                     => [ 1, '--install=a/b', 'not a slug' ],
			'an empty list'               => [ 1, '--install=', 'slug' ],
			'two themes'                  => [ 1, '--install=galleria,artificer --activate', 'one theme' ],
			'without --install'           => [ 1, '--activate', '--install' ],
			'with --no-save'              => [ 1, '--install --no-save --format=json', '--no-save' ],
			'fields'                      => [ 1, '--install --fields=nonsense', 'nonsense' ],
			'two documents of CSV'        => [ 1, '--install --format=csv', '--format=json' ],
		];
	}

	public function test_a_list_of_products_that_is_refused_stops_everything(): void {
		$this->sandbox->fault( 'info', [ 'kind' => 'status', 'status' => 403, 'body' => [ 'code' => 'rest_forbidden', 'message' => 'No.', 'data' => null ] ] );
		self::assertExit( 3, $this->command( 'register --install' ) );
		self::assertSame( [], $this->sandbox->log( '/register' ) );
		$this->assertNotConnected();
	}

	public function test_a_registration_that_ends_unknown_installs_nothing(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->command( 'register --install --activate' ) );
		self::assertExit( 5, $this->command( 'register --install --activate' ) );
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
		$this->assertOrders( 1 );
	}

	public function test_while_another_process_installs_nothing_is_sent(): void {
		$this->site->add_mu_plugin( 'waits-at' );
		$go    = $this->folder() . '/go';
		$first = $this->site->start( 'register --install=' . self::USPS . ' --format=json', [ 'WAIT_AT' => 'upgrader_pre_download', 'WAIT_FOR' => $go ] + $this->live() );
		wait_for( fn() => is_file( "$go.reached" ), 'the first run' );
		$connected = $this->command( 'register --install=' . self::USPS . ' --format=json' );
		self::assertExit( 9, $connected );
		self::assertSame( [ 'already_connected', [] ], [ $connected->json()['status'], $connected->json()['products'] ] );
		self::assertStringContainsString( 'Another process is installing', $connected->stderr );
		foreach ( [ 'register --force --install=' . self::USPS, 'product install ' . self::USPS ] as $command ) {
			$second = $this->command( $command );
			self::assertExit( 4, $second );
			self::assertSame( '', $second->stdout );
			self::assertStringContainsString( 'Another process is installing', $second->stderr );
		}
		touch( $go );
		self::assertExit( 0, $this->site->finish( $first ) );
		$this->assertOrders( 1 );
		self::assertSame( 'already_connected', $this->command( 'register --install=' . self::USPS . ' --format=json' )->json()['status'] );
	}

	public function test_ctrl_c_during_the_installation_leaves_the_result_of_the_registration(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'stall', 'when' => 'body' ] );
		$process = $this->site->start( 'register --install=' . self::USPS . ' --activate --format=json', $this->live() );
		wait_for( fn() => '' !== implode( array_map( 'file_get_contents', glob( $this->folder() . '/tmp/wccom-host-*/*.zip' ) ) ), 'half of the download' );
		$process->signal( SIGTERM );
		$run = $this->site->finish( $process );
		self::assertExit( 9, $run );
		self::assertSame( [ 'registered', 'interrupted' ], [ $run->json()['status'], $run->json()['products'][0]['reason'] ] );
		self::assertStringContainsString( 'run the same command again', $run->stderr );
		$this->assertConnected();
	}

	public function test_a_database_that_refuses_writes_is_found_out_before_anything_is_sent(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$sent = count( $this->sandbox->log() );
		$this->site->refuse_writes( '1' );
		$run = $this->command( 'register --install=' . self::USPS );
		$this->site->allow_writes();
		self::assertExit( 1, $run );
		self::assertCount( $sent, $this->sandbox->log() );
	}

	public function test_a_connection_that_is_not_confirmed_installs_nothing_and_its_order_is_printed(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 401, 'content_type' => 'application/json', 'body' => '{"code":"invalid_token","message":"No."}' ] );
		$run = $this->command( 'register --install --format=json' );
		self::assertExit( 8, $run );
		self::assertSame( [ 'registered', false ], [ $run->json()['status'], $run->json()['verified'] ] );
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
	}

	/** @dataProvider dry_runs */
	#[DataProvider( 'dry_runs' )]
	public function test_a_dry_run_asks_for_the_package_and_nothing_else( int $exit_code, string $install, string $word ): void {
		$run = $this->command( "register $install --dry-run --fields=request" );
		self::assertExit( $exit_code, $run );
		self::assertStringContainsString( $word, $run->stderr );
		self::assertSame( [ 'GET info' ], array_map( fn( array $entry ) => "{$entry['method']} " . basename( $entry['path'] ), $this->sandbox->log() ) );
		$this->assertNotConnected();
	}

	/** @return array<string, array{int, string, string}> */
	public static function dry_runs(): array {
		return [
			'all of it'                   => [ 0, '--install --activate', self::USPS ],
			'one product'                 => [ 0, '--install=galleria', 'galleria' ],
			'a product that is not there' => [ 1, '--install=nonsense', 'Not in the package' ],
			'two themes'                  => [ 1, '--install=galleria,artificer --activate', 'one theme' ],
		];
	}

	public function test_a_dry_run_on_a_connected_site_asks_for_the_package_too(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$run = $this->command( 'register --install=nonsense --dry-run' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'Not in the package', $run->stderr );
		self::assertExit( 0, $this->command( 'register --install=galleria --dry-run' ) );
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
	}

	/** @dataProvider package_faults */
	#[DataProvider( 'package_faults' )]
	public function test_a_received_secret_is_saved_although_the_package_cannot_be_asked_for( array $fault ): void {
		$this->site->refuse_writes( "NEW.option_name = '" . Site::OPTION . "'" );
		$command = 'register --install=' . self::USPS . ' --format=json';
		self::assertExit( 6, $this->command( $command ) );
		$this->site->allow_writes();
		$this->sandbox->fault( 'info', $fault, 50 );
		$run = $this->command( $command, ini: [ 'wccom_host.timeout' => '2' ] );
		self::assertExit( 9, $run );
		$order_id = $this->sandbox->orders()[0]['id'];
		self::assertSame( [ 'recovered', $order_id, true, [] ], [ $run->json()['status'], $run->json()['order_id'], $run->json()['verified'], $run->json()['products'] ] );
		self::assertStringContainsString( "The site is registered (order $order_id) and connected", $run->stderr );
		foreach ( [ 'no order was made', 'Nothing was changed', 'Nothing was sent' ] as $wrong ) {
			self::assertStringNotContainsStringIgnoringCase( $wrong, $run->stderr );
		}
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	/** @return array<string, array{array<string, mixed>}> */
	public static function package_faults(): array {
		return [
			'404' => [ [ 'kind' => 'status', 'status' => 404 ] ],
			'500' => [ [ 'kind' => 'status', 'status' => 500 ] ],
		];
	}

	public function test_what_was_received_is_saved_first_and_then_installed(): void {
		$this->site->refuse_writes( "NEW.option_name = '" . Site::OPTION . "'" );
		self::assertExit( 6, $this->command( 'register --install=' . self::USPS ) );
		$this->site->allow_writes();
		$before = count( $this->sandbox->log() );
		$run    = $this->command( 'register --install=' . self::USPS . ' --format=json --key-file=-', [ 'WCCOM_HOST_KEY' => null ], [], Sandbox::KEY . "\n" );
		self::assertExit( 0, $run );
		self::assertSame( [ 'recovered', 'installed' ], [ $run->json()['status'], $run->json()['products'][0]['status'] ] );
		$paths = array_map( fn( array $entry ) => "{$entry['method']} " . basename( $entry['path'] ), array_slice( $this->sandbox->log(), $before ) );
		self::assertSame( [ 'GET me', 'GET info', 'GET ' . self::USPS . '.zip' ], $paths );
	}

	public function test_a_received_secret_is_saved_although_somebody_else_is_installing(): void {
		$this->site->refuse_writes( "NEW.option_name = '" . Site::OPTION . "'" );
		self::assertExit( 6, $this->command( 'register --install=' . self::USPS ) );
		$this->site->allow_writes();
		$folder = fopen( $this->site->path( '/wp-content/plugins' ), 'r' );
		self::assertTrue( flock( $folder, LOCK_EX ) );
		$run = $this->command( 'register --install=' . self::USPS . ' --format=json' );
		fclose( $folder );
		self::assertExit( 9, $run );
		self::assertSame( 'recovered', $run->json()['status'] );
		self::assertStringContainsString( 'Another process is installing', $run->stderr );
		$this->assertConnected();
	}

	public function test_nothing_is_registered_while_somebody_else_is_installing(): void {
		$folder = fopen( $this->site->path( '/wp-content/plugins' ), 'r' );
		self::assertTrue( flock( $folder, LOCK_EX ) );
		self::assertExit( 4, $this->command( 'register --install' ) );
		fclose( $folder );
		$this->assertNothingSent();
		$this->assertNoJournal();
	}

	public function test_recover_tells_of_the_products_that_it_does_not_install(): void {
		$this->site->refuse_writes( "NEW.option_name = '" . Site::OPTION . "'" );
		self::assertExit( 6, $this->command( 'register --install=' . self::USPS ) );
		$this->site->allow_writes();
		$run = $this->command( 'recover' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( '`register --install`', $run->stderr );
	}

	public function test_a_connected_site_keeps_its_order_in_the_result_if_the_package_cannot_be_asked_for(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$this->sandbox->fault( 'info', [ 'kind' => 'status', 'status' => 404 ] );
		$run = $this->command( 'register --install --format=json' );
		self::assertExit( 9, $run );
		self::assertSame( [ 'already_connected', $this->sandbox->orders()[0]['id'] ], [ $run->json()['status'], $run->json()['order_id'] ] );
		self::assertExit( 1, $this->command( 'register --install=nonsense' ), 'To run the same command again would not help.' );
	}

	public function test_whoever_forces_a_registration_is_not_told_to_force_another_one(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'status', 'status' => 404, 'body' => 'NoSuchKey' ] );
		$run = $this->command( 'register --force --install=' . self::USPS );
		self::assertExit( 9, $run );
		self::assertStringContainsString( 'without --force', $run->stderr );
	}

	public function test_an_answer_without_a_secret_counts_more_than_the_package(): void {
		self::assertExit( 0, $this->command( 'register --skip-verify' ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ] );
		$this->site->store( Site::OPTION, [] );
		$this->site->store( 'wccom_host_order', [] );
		self::assertExit( 7, $this->command( 'register --install' ) );
		$this->sandbox->fault( 'info', [ 'kind' => 'status', 'status' => 404 ] );
		self::assertExit( 7, $this->command( 'register --install' ) );
	}

	public function test_a_key_from_a_pipe_is_enough_for_everything(): void {
		$run = $this->command( 'register --install=' . self::USPS . ' --activate --key-file=- --porcelain', [ 'WCCOM_HOST_KEY' => null ], [], Sandbox::KEY . "\n" );
		self::assertExit( 0, $run );
		self::assertSame( $this->sandbox->orders()[0]['id'] . "\n", $run->stdout );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
	}

	public function test_a_table_for_people_has_the_order_and_the_products(): void {
		$run = $this->command( 'register --install=' . self::USPS );
		self::assertExit( 0, $run );
		self::assertMatchesRegularExpression( '/order_id\s*\|?\s*' . $this->sandbox->orders()[0]['id'] . '\b.*' . self::USPS . '\s*\|?\s*plugin/s', $run->stdout );
	}

	public function test_plugins_that_do_not_work_are_not_in_the_way_and_stay_active(): void {
		foreach ( [ 'dies-at-start', 'exits-at-start', 'sees-secrets' ] as $plugin ) {
			$this->site->add_active_plugin( $plugin );
		}
		self::assertExit( 0, $this->command( 'register --install=' . self::USPS . ' --activate' ) );
		$this->assertConnected();
		self::assertSame( [ 'dies-at-start.php', 'exits-at-start.php', 'sees-secrets.php', self::USPS . '/' . self::USPS . '.php', 'woocommerce/woocommerce.php' ], $this->site->stored( 'active_plugins' ) );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/plugins/seen.txt' ) );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
	}

	public function test_woocommerces_own_filters_are_no_reason_to_warn(): void {
		$run = $this->command( 'register --install=' . self::USPS );
		self::assertExit( 0, $run );
		self::assertStringNotContainsString( 'filters the option', $run->stderr );
		$this->site->add_mu_plugin( 'veto' );
		self::assertStringContainsString( 'filters the option', $this->command( 'register --force --install=' . self::USPS )->stderr );
	}

	public function test_woocommerce_lists_the_subscriptions_with_the_saved_connection(): void {
		self::assertExit( 0, $this->command( 'register --install=' . self::USPS . ',' . self::BOOKINGS . ' --activate' ) );
		$listed = $this->site->evaluate( 'echo json_encode( WC_Helper::get_subscriptions() );' );
		$mine   = array_filter( json_decode( $listed, true ), fn( array $subscription ) => in_array( $this->site->auth()['site_id'], $subscription['connections'], true ) );
		self::assertCount( 2, $mine );
	}

	public function test_on_a_network_the_second_site_is_provisioned(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		self::assertExit( 0, $this->command( 'register --install=' . self::USPS . ' --activate --url=http://shop.example.com/second/' ) );
		$this->assertConnected( 'wp_2_options' );
		self::assertNull( $this->site->auth() );
		self::assertContains( self::USPS . '/' . self::USPS . '.php', $this->site->stored( 'active_plugins', 'wp_2_options' ) );
		self::assertNotContains( self::USPS . '/' . self::USPS . '.php', $this->site->stored( 'active_plugins' ) );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
	}

	public function test_the_manual_has_it(): void {
		$package = dirname( __DIR__, 2 ) . '/php/wccom-host.php';
		$manual  = $this->site->wp( "help wccom-host product install --require=$package" )->stdout;
		foreach ( [ 'NAME', 'DESCRIPTION', 'SYNOPSIS', 'OPTIONS', 'AVAILABLE FIELDS', 'EXAMPLES', 'EXIT CODES' ] as $heading ) {
			self::assertMatchesRegularExpression( "/^$heading\$/m", $manual );
		}
		self::assertStringContainsString( '--install[=<slugs>]', $this->site->wp( "help wccom-host register --require=$package" )->stdout );
	}
}
