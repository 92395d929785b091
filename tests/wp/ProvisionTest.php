<?php
/**
 * A customer's whole provisioning by one command.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

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
	public function test_which_products_are_installed( string $options, string ...$slugs ): void {
		$run = $this->command( "register $options --format=json" );
		self::assertExit( 0, $run );
		self::assertSame( $slugs, array_column( $run->json()['products'], 'slug' ) );
	}

	/** @return array<string, list<string>> */
	public function choices(): array {
		return [
			'those named'            => [ '--install=galleria,' . self::USPS, 'galleria', self::USPS ],
			'those of the order'     => [ '--install --products=' . self::USPS . ',dynamic-pricing', self::USPS, 'dynamic-pricing' ],
			'named of those ordered' => [ '--install=' . self::USPS . ' --products=' . self::USPS . ',dynamic-pricing', self::USPS ],
		];
	}

	/** @dataProvider wrong_uses */
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
	public function wrong_uses(): array {
		return [
			'a product that is not there' => [ 1, '--install=' . self::USPS . ',nonsense', 'Not in the package', 'nonsense' ],
			'an ordered one'              => [ 1, '--install --products=nonsense', 'nonsense' ],
			'no slug'                     => [ 1, '--install=a/b', 'not a slug' ],
			'an empty list'               => [ 1, '--install=', 'slug' ],
			'two themes'                  => [ 1, '--install=galleria,artificer --activate', 'one theme' ],
			'without --install'           => [ 1, '--activate', '--install' ],
			'with --no-save'              => [ 1, '--install --no-save --format=json', '--no-save' ],
			'fields'                      => [ 1, '--install --fields=nonsense', 'nonsense' ],
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

	public function test_a_connection_that_is_not_confirmed_installs_nothing_and_its_order_is_printed(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 401, 'content_type' => 'application/json', 'body' => '{"code":"invalid_token","message":"No."}' ] );
		$run = $this->command( 'register --install --format=json' );
		self::assertExit( 8, $run );
		self::assertSame( [ 'registered', false ], [ $run->json()['status'], $run->json()['verified'] ] );
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
	}

	public function test_a_dry_run_sends_nothing(): void {
		self::assertExit( 0, $this->command( 'register --install --activate --dry-run' ) );
		$this->assertNothingSent();
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
