<?php
/**
 * Products of the package on a site.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProductInstallTest extends ProductTestCase {

	private const USPS     = 'woocommerce-shipping-usps';
	private const BOOKINGS = 'woocommerce-bookings';

	public function test_products_are_installed_as_any_plugin_and_theme_is(): void {
		$rows = $this->install( self::USPS . ' galleria' );
		self::assertSame(
			[
				self::USPS => [ 'slug' => self::USPS, 'type' => 'plugin', 'version' => '4.4.19', 'status' => 'installed', 'active' => false, 'reason' => null ],
				'galleria' => [ 'slug' => 'galleria', 'type' => 'theme', 'version' => '2.2.17', 'status' => 'installed', 'active' => false, 'reason' => null ],
			],
			$rows
		);
		self::assertCount( 1, $this->sandbox->log( '/info' ), 'WooCommerce.com is asked once for all products.' );
		self::assertSame( '4.4.19', trim( $this->site->wp( 'plugin get ' . self::USPS . ' --field=version' )->stdout ) );
		self::assertSame( '2.2.17', trim( $this->site->wp( 'theme get galleria --field=version' )->stdout ) );
		self::assertNotContains( self::USPS . '/' . self::USPS . '.php', $this->site->stored( 'active_plugins' ) );
	}

	public function test_all_products_of_the_package(): void {
		$rows = $this->install( '--all' );
		self::assertCount( 11, $rows );
		self::assertSame( [ 'installed' ], array_values( array_unique( array_column( $rows, 'status' ) ) ) );
		self::assertSame( [ 'plugin', 'theme' ], array_values( array_unique( array_column( $rows, 'type' ) ) ) );
	}

	public function test_activation_has_woocommerce_connect_the_licence(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		// What WooCommerce remembers of a time before this order.
		$this->site->store( '_transient__woocommerce_helper_subscriptions', [ [ 'product_id' => 1, 'product_key' => 'another', 'expired' => false, 'connections' => [] ] ] );
		$this->site->store( '_transient_timeout__woocommerce_helper_subscriptions', (string) ( time() + 900 ) );

		$rows = $this->install( self::USPS . ' ' . self::BOOKINGS . ' --activate' );
		self::assertSame( [ true, true ], array_column( $rows, 'active' ) );
		self::assertSame( [ null, null ], array_column( $rows, 'reason' ) );

		$requests = $this->sandbox->log( '/activate' );
		self::assertCount( 2, $requests );
		foreach ( $requests as $request ) {
			self::assertSame( 'POST', $request['method'] );
			self::assertSame( 200, $request['status'] );
			self::assertSame( 'ok', $request['authorization'] );
			self::assertNotEmpty( $request['headers']['x-woo-signature'] );
		}
		self::assertEqualsCanonicalizing( [ self::USPS, self::BOOKINGS ], $this->sandbox->orders()[0]['connected'] );
		$connected = $this->site->evaluate( 'echo json_encode( array_column( WC_Helper::get_subscriptions(), "connections", "product_id" ) );' );
		self::assertCount( 2, array_filter( json_decode( $connected, true ), fn( array $sites ) => [ $this->site->auth()['site_id'] ] === $sites ) );
	}

	public function test_a_second_run_does_nothing_and_a_licence_that_was_missed_is_connected_then(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->sandbox->fault( 'activate', [ 'kind' => 'status', 'status' => 503, 'body' => '{}' ], 2 );
		$row = $this->install( self::USPS . ' --activate', 9 )[ self::USPS ];
		self::assertSame( 'failed', $row['status'] );
		self::assertStringContainsString( 'licence is not connected', $row['reason'] );
		self::assertTrue( $row['active'] );

		self::assertSame( 'activated', $this->install( self::USPS . ' --activate' )[ self::USPS ]['status'] );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
		$requests = count( $this->sandbox->log( '/activate' ) );
		self::assertSame( 'skipped', $this->install( self::USPS . ' --activate' )[ self::USPS ]['status'] );
		self::assertCount( $requests, $this->sandbox->log( '/activate' ) );
		self::assertCount( 1, $this->sandbox->log( self::USPS . '.zip' ) );
	}

	public function test_a_list_of_subscriptions_that_does_not_come_is_asked_for_again(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->sandbox->fault( 'subscriptions', [ 'kind' => 'status', 'status' => 502, 'body' => '<html>' ] );
		self::assertSame( 'installed', $this->install( self::USPS . ' --activate' )[ self::USPS ]['status'] );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
	}

	public function test_a_product_that_the_order_does_not_have_gets_no_licence_and_this_is_said(): void {
		self::assertExit( 0, $this->site->command( 'register --products=' . self::USPS ) );
		$rows = $this->install( self::USPS . ' ' . self::BOOKINGS . ' --activate' );
		self::assertNull( $rows[ self::USPS ]['reason'] );
		self::assertStringContainsString( 'no subscription has it', $rows[ self::BOOKINGS ]['reason'] );
		self::assertTrue( $rows[ self::BOOKINGS ]['active'] );
	}

	public function test_a_site_that_is_not_connected_gets_products_without_licences_and_a_warning(): void {
		$run = $this->command( 'product install ' . self::USPS . ' --activate' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'not connected', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/activate' ) );
	}

	/** @dataProvider versions */
	#[DataProvider( 'versions' )]
	public function test_the_installed_version_decides( string $installed, string $option, string $status, string $then, string $words ): void {
		$this->put_plugin( 'sample', self::plugin( 'sample', $installed ) );
		$this->offer_plugin( 'sample', '2.10' );
		$row = $this->install( "sample $option" )['sample'];
		self::assertSame( [ $status, $then ], [ $row['status'], $row['version'] ] );
		self::assertStringContainsString( $words, (string) $row['reason'] );
		self::assertSame( $then, $this->version_on_disk( 'sample' ) );
		self::assertSame( 'skipped' === $status ? 0 : 1, $this->store()->requests( 'sample' ) );
	}

	/** @return array<string, array{string, string, string, string, string}> */
	public static function versions(): array {
		return [
			'older'            => [ '2.9', '', 'updated', '2.10', 'was 2.9' ],
			'the same'         => [ '2.10', '', 'skipped', '2.10', 'already' ],
			'newer'            => [ '3.0', '', 'skipped', '3.0', 'newer than what WooCommerce.com offers, 2.10' ],
			'the same, forced' => [ '2.10', '--force', 'updated', '2.10', 'installed again' ],
			'newer, forced'    => [ '3.0', '--force', 'updated', '2.10', 'was 3.0' ],
		];
	}

	public function test_the_file_is_believed_more_than_the_list(): void {
		$this->put_plugin( 'sample', self::plugin( 'sample', '2.0' ) );
		$this->offer( [ 'slug' => 'sample', 'version' => '9.9', 'download_link' => $this->store()->zip( 'sample', [ 'sample/sample.php' => self::plugin( 'sample', '2.0' ) ] ) ] );
		self::assertSame( 'skipped', $this->install( 'sample' )['sample']['status'] );
	}

	public function test_an_update_leaves_an_active_plugin_active_and_nothing_of_the_old_version(): void {
		$this->put_plugin( 'sample', self::plugin( 'sample', '1.0' ) );
		file_put_contents( $this->site->path( '/wp-content/plugins/sample/old.php' ), '<?php' );
		$this->site->wp( 'plugin activate sample' );
		$this->offer_plugin( 'sample', '2.0', 'register_deactivation_hook( __FILE__, function () { update_option( "sample_deactivated", 1 ); } );' );
		$row = $this->install( 'sample' )['sample'];
		self::assertSame( [ 'updated', true ], [ $row['status'], $row['active'] ] );
		self::assertContains( 'sample/sample.php', $this->site->stored( 'active_plugins' ) );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/plugins/sample/old.php' ) );
		self::assertNull( $this->site->stored( 'sample_deactivated' ) );
	}

	public function test_all_plugins_that_were_active_stay_active_and_none_but_woocommerce_is_loaded(): void {
		foreach ( [ 'sees-secrets', 'dies-at-start', 'exits-at-start' ] as $plugin ) {
			$this->site->add_active_plugin( $plugin );
		}
		$before = $this->site->stored( 'active_plugins' );
		self::assertCount( 4, $before );
		$this->install( self::USPS . ' --activate' );
		self::assertEqualsCanonicalizing( [ ...$before, self::USPS . '/' . self::USPS . '.php' ], $this->site->stored( 'active_plugins' ) );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/plugins/seen.txt' ) );
	}

	public function test_woocommerce_is_found_wherever_it_lies(): void {
		rename( $this->site->path( '/wp-content/plugins/woocommerce' ), $this->site->path( '/wp-content/plugins/woocommerce-beta' ) );
		$this->site->store( 'active_plugins', [ 'woocommerce-beta/woocommerce.php' ] );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->install( self::USPS . ' --activate' );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
	}

	public function test_code_of_a_product_does_not_find_the_key(): void {
		$this->offer_plugin( 'sample', '2.0', 'ob_start(); var_dump( getenv(), $_SERVER, $_ENV, $GLOBALS["argv"] ?? array() ); debug_print_backtrace(); foreach ( get_declared_classes() as $c ) { if ( 0 === strpos( $c, "WccomHost" ) ) { foreach ( ( new ReflectionClass( $c ) )->getStaticProperties() as $p ) { var_dump( $p ); } } } foreach ( debug_backtrace( DEBUG_BACKTRACE_PROVIDE_OBJECT ) as $f ) { var_dump( $f["object"] ?? null, $f["args"] ?? null ); } file_put_contents( __DIR__ . "/seen.txt", ob_get_clean() );' );
		file_put_contents( $this->folder() . '/key', Sandbox::KEY );
		$runs = [
			'environment'    => fn(): Run => $this->command( 'product install sample --activate' ),
			'file'           => fn(): Run => $this->command( "product install sample --activate --force --key-file={$this->folder()}/key", [ 'WCCOM_HOST_KEY' => null ] ),
			'standard input' => fn(): Run => $this->command( 'product install sample --activate --force --key-file=-', [ 'WCCOM_HOST_KEY' => null ], stdin: Sandbox::KEY . "\n" ),
		];
		foreach ( $runs as $source => $run ) {
			$this->site->store( 'active_plugins', [ 'woocommerce/woocommerce.php' ] );
			self::assertExit( 0, $run() );
			$seen = (string) file_get_contents( $this->site->path( '/wp-content/plugins/sample/seen.txt' ) );
			self::assertStringContainsString( 'Product_Installation', $seen );
			self::assertStringNotContainsString( Sandbox::KEY, $seen, $source );
			self::assertStringNotContainsString( Store::SIGNATURE, $seen, $source );
			unlink( $this->site->path( '/wp-content/plugins/sample/seen.txt' ) );
		}
	}

	public function test_when_one_fails_the_others_go_on(): void {
		$this->sandbox->product( [ 'slug' => self::BOOKINGS, 'code' => 'throw new RuntimeException( "broken here" );' ] );
		$this->sandbox->product( [ 'slug' => 'dynamic-pricing', 'code' => 'wp_die( "needs the moon" );' ] );
		$run = $this->command( 'product install ' . self::BOOKINGS . ' dynamic-pricing ' . self::USPS . ' --activate --format=json' );
		self::assertExit( 9, $run );
		$rows = array_column( $run->json(), null, 'slug' );
		self::assertSame( [ 'failed', 'failed', 'installed' ], array_column( $rows, 'status' ) );
		self::assertSame( [ false, false, true ], array_column( $rows, 'active' ) );
		self::assertStringContainsString( 'broken here', $rows[ self::BOOKINGS ]['reason'] );
		self::assertStringContainsString( 'needs the moon', $rows['dynamic-pricing']['reason'] );
		self::assertSame( [ self::USPS . '/' . self::USPS . '.php', 'woocommerce/woocommerce.php' ], $this->site->stored( 'active_plugins' ) );
	}

	public function test_a_product_that_ends_the_process_is_named(): void {
		$this->sandbox->product( [ 'slug' => self::BOOKINGS, 'code' => 'exit( 0 );' ] );
		$run = $this->command( 'product install ' . self::USPS . ' ' . self::BOOKINGS . ' dynamic-pricing --activate --format=json' );
		self::assertExit( 9, $run );
		$rows = array_column( $run->json(), null, 'slug' );
		self::assertSame( [ 'installed', 'failed', 'installed' ], array_column( $rows, 'status' ) );
		self::assertStringContainsString( 'its code ended the command', $rows[ self::BOOKINGS ]['reason'] );
		self::assertSame( 'activated', $this->install( 'dynamic-pricing --activate' )['dynamic-pricing']['status'], 'A second run does what is left.' );
	}

	public function test_what_a_product_prints_does_not_get_into_the_result(): void {
		$this->sandbox->product( [ 'slug' => self::USPS, 'code' => 'echo "Hello!";' ] );
		self::assertTrue( $this->install( self::USPS . ' --activate' )[ self::USPS ]['active'] );
	}

	public function test_rewrite_rules_of_plugins_that_are_not_loaded_are_not_lost(): void {
		$rules = [ 'books/?$' => 'index.php?post_type=book' ];
		$this->site->store( 'permalink_structure', '/%postname%/' );
		$this->site->store( 'rewrite_rules', $rules );
		// As after WooCommerce was activated or updated: it builds them anew as soon as it is loaded.
		$this->site->store( 'woocommerce_queue_flush_rewrite_rules', 'yes' );
		$this->install( self::USPS . ' --activate' );
		self::assertContains( $this->site->stored( 'rewrite_rules' ), [ null, '', $rules ] );
		$this->sandbox->product( [ 'slug' => self::BOOKINGS, 'code' => 'register_activation_hook( __FILE__, function () { update_option( "rewrite_rules", array( "only" => "mine" ) ); } );' ] );
		$this->install( self::BOOKINGS . ' --activate' );
		self::assertContains( $this->site->stored( 'rewrite_rules' ), [ null, '' ], 'WordPress builds them anew, with all plugins, when somebody visits the site.' );
	}

	/** @dataProvider late_changes */
	#[DataProvider( 'late_changes' )]
	public function test_what_a_product_changes_late_is_seen( string $code, int $exit_code ): void {
		$this->put_plugin( 'other', self::plugin( 'Other' ) );
		$this->site->store( 'active_plugins', [ 'other/other.php', 'woocommerce/woocommerce.php' ] );
		$this->site->store( 'permalink_structure', '/%postname%/' );
		$this->site->store( 'rewrite_rules', [ 'books/?$' => 'index.php?post_type=book' ] );
		$change = 'update_option( "rewrite_rules", array( "only" => "mine" ) ); update_option( "active_plugins", array_values( array_diff( get_option( "active_plugins" ), array( "other/other.php" ) ) ) );';
		$this->offer_plugin( 'sample', '2.0', str_replace( 'CHANGE', $change, $code ) );
		$run = $this->command( 'product install sample --activate --format=json' );
		self::assertExit( $exit_code, $run );
		self::assertSame( 'sample', $run->json()[0]['slug'] );
		self::assertContains( $this->site->stored( 'rewrite_rules' ), [ null, '' ] );
		self::assertSame( 1, substr_count( $run->stderr, 'Active before and not any more: other/other.php' ), $run->stderr );
	}

	/** @return array<string, array{string, int}> */
	public static function late_changes(): array {
		return [
			'while it is activated'             => [ 'register_activation_hook( __FILE__, function () { CHANGE } );', 0 ],
			'before it ends the process'        => [ 'register_activation_hook( __FILE__, function () { CHANGE exit( 0 ); } );', 9 ],
			'before a fatal error'              => [ 'register_activation_hook( __FILE__, function () { CHANGE eval( "class WP_Query {}" ); } );', 9 ],
			'when WordPress shuts down'         => [ 'add_action( "shutdown", function () { CHANGE }, PHP_INT_MAX );', 0 ],
			'when PHP shuts down'               => [ 'register_shutdown_function( function () { CHANGE } );', 0 ],
			'at the very end'                   => [ 'register_shutdown_function( function () { register_shutdown_function( function () { CHANGE } ); } );', 0 ],
			'and it ends the process later too' => [ 'register_activation_hook( __FILE__, function () { CHANGE } ); register_shutdown_function( function () { exit( 0 ); } );', 0 ],
		];
	}

	public function test_a_fatal_error_of_a_product_is_told(): void {
		$this->offer_plugin( 'sample', '2.0', 'register_activation_hook( __FILE__, function () { eval( "class WP_Query {}" ); } );' );
		$run = $this->command( 'product install sample --activate --format=json' );
		self::assertExit( 9, $run );
		self::assertMatchesRegularExpression( '/Cannot (re)?declare class WP_Query/', $run->stderr );
		self::assertStringContainsString( 'its code ended the command', $run->json()[0]['reason'] );
	}

	public function test_what_a_product_had_printed_before_it_ended_the_process_is_not_in_the_result(): void {
		$this->offer_plugin( 'sample', '2.0', 'ob_start(); echo "Hello!"; exit( 0 );' );
		$run = $this->command( 'product install sample --activate --format=json' );
		self::assertExit( 9, $run );
		self::assertSame( 'failed', $run->json()[0]['status'] );
	}

	public function test_a_database_that_refuses_writes_changes_nothing(): void {
		$this->offer_plugin( 'sample' );
		$this->site->refuse_writes( '1' );
		$run = $this->command( 'product install sample --activate' );
		$this->site->allow_writes();
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'test write', $run->stderr );
		self::assertSame( [], $this->sandbox->log( '/info' ) );
		self::assertNull( $this->version_on_disk( 'sample' ) );
	}

	public function test_a_database_that_refuses_the_subscriptions_does_not_have_their_keys_shown(): void {
		self::assertExit( 0, $this->command( 'register' ) );
		$this->site->refuse_writes( "NEW.option_name LIKE '%helper%'" );
		$run = $this->command( 'product install ' . self::USPS . ' --activate', [ 'SITE_DEBUG' => '1' ] );
		$this->site->allow_writes();
		$keys = json_decode( $this->site->evaluate( 'echo json_encode( array_column( WC_Helper::get_subscriptions(), "product_key" ) );' ), true );
		self::assertNotEmpty( $keys );
		array_pop( $this->site->runs );
		$seen = $run->output() . $this->site->files();
		self::assertStringNotContainsString( 'product_key', $seen );
		foreach ( $keys as $key ) {
			self::assertStringNotContainsString( $key, $seen );
		}
	}

	public function test_a_theme_is_switched_to_only_if_it_is_named_and_the_only_one(): void {
		$theme = $this->site->stored( 'stylesheet' );
		$run   = $this->command( 'product install --all --activate --format=json' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'galleria: not activated', $run->stderr );
		self::assertSame( $theme, $this->site->stored( 'stylesheet' ) );

		self::assertExit( 1, $this->command( 'product install galleria artificer --activate' ) );
		self::assertSame( $theme, $this->site->stored( 'stylesheet' ) );

		self::assertSame( [ 'activated', true ], array_values( array_intersect_key( $this->install( 'galleria --activate' )['galleria'], [ 'status' => 1, 'active' => 1 ] ) ) );
		self::assertSame( 'galleria', $this->site->stored( 'stylesheet' ) );
		self::assertSame( 'galleria', $this->site->stored( 'template' ) );
	}

	public function test_nothing_is_asked_of_wordpress_org(): void {
		$this->site->add_mu_plugin( 'sees-requests' );
		$this->put_plugin( self::USPS, self::plugin( 'USPS Shipping Method', '1.0' ) );
		$this->site->store( '_site_transient_update_plugins', (object) [ 'last_checked' => time(), 'response' => [] ] );
		$this->install( self::USPS . ' ' . self::BOOKINGS . ' galleria' );
		self::assertStringNotContainsString( 'wordpress.org', (string) @file_get_contents( $this->folder() . '/requests.txt' ) );
		self::assertStringContainsString( '127.0.0.1', (string) file_get_contents( $this->folder() . '/requests.txt' ) );
		self::assertNull( $this->site->stored( '_site_transient_update_plugins' ), 'What WordPress knew of updates is forgotten, so that it looks again.' );
	}

	public function test_no_link_gets_into_the_log_of_a_site_that_logs_everything(): void {
		$this->sandbox->link_lifetime( 0 );
		self::assertExit( 9, $this->site->command( 'product install ' . self::USPS . ' --debug', env: $this->live() + [ 'SITE_DEBUG' => '1' ] ) );
	}

	/** @dataProvider wrong_uses */
	#[DataProvider( 'wrong_uses' )]
	public function test_wrong_use_changes_nothing( string $arguments, string ...$words ): void {
		$run = $this->command( "product install $arguments" );
		self::assertExit( 1, $run );
		foreach ( $words as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
		self::assertSame( '', $run->stdout );
	}

	/** @return array<string, list<string>> */
	public static function wrong_uses(): array {
		return [
			'nothing named'    => [ '', 'Which products?', '--all' ],
			'both'             => [ self::USPS . ' --all', 'Both' ],
			'unknown'          => [ self::USPS . ' woocommerce-shipping-dhl', 'Not in the package', 'woocommerce-shipping-dhl', self::BOOKINGS ],
			'misspelt'         => [ 'woocommerce-booking', 'is it woocommerce-bookings?' ],
			'no slug'          => [ '../../evil', 'not a slug' ],
			'an empty slug'    => [ "''", 'slug' ],
			'capital letters'  => [ 'Galleria', 'not a slug' ],
			'way'              => [ self::USPS . ' --via=pigeon', 'via' ],
			'format'           => [ self::USPS . ' --format=xml', 'format' ],
			'fields'           => [ self::USPS . ' --fields=slug,nonsense', 'nonsense' ],
			'key file'         => [ self::USPS . ' --key-file=/nowhere', '/nowhere' ],
		];
	}

	public function test_a_key_that_is_refused_changes_nothing(): void {
		self::assertExit( 3, $this->command( 'product install --all', [ 'WCCOM_HOST_KEY' => 'wrong' ] ) );
		$this->sandbox->fault( 'info', [ 'kind' => 'body', 'body' => '<html>', 'content_type' => 'text/html' ] );
		self::assertExit( 4, $this->command( 'product install --all' ) );
		self::assertSame( [], $this->sandbox->log( '.zip' ) );
	}

	/** @dataProvider formats */
	#[DataProvider( 'formats' )]
	public function test_formats( string $arguments, string $pattern ): void {
		$run = $this->command( 'product install ' . self::USPS . " $arguments" );
		self::assertExit( 0, $run );
		self::assertMatchesRegularExpression( $pattern, $run->stdout );
	}

	/** @return array<string, array{string, string}> */
	public static function formats(): array {
		return [
			'table'  => [ '', '/woocommerce-shipping-usps\s*\|?\s*plugin\s*\|?\s*4\.4\.19\s*\|?\s*installed\s*\|?\s*false/' ],
			'yaml'   => [ '--format=yaml', '/status: installed/' ],
			'csv'    => [ '--format=csv', '/\Aslug,type,version,status,active,reason\nwoocommerce-shipping-usps,plugin,4\.4\.19,installed,false,\n\z/' ],
			'fields' => [ '--format=csv --fields=slug,status', '/\Aslug,status\nwoocommerce-shipping-usps,installed\n\z/' ],
		];
	}

	public function test_on_a_network_the_plugin_is_activated_on_its_site_alone(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		self::assertExit( 0, $this->site->command( 'register --url=http://shop.example.com/second/' ) );
		$rows = $this->install( self::USPS . ' --activate --url=http://shop.example.com/second/' );
		self::assertTrue( $rows[ self::USPS ]['active'] );
		self::assertContains( self::USPS . '/' . self::USPS . '.php', $this->site->stored( 'active_plugins', 'wp_2_options' ) );
		self::assertNotContains( self::USPS . '/' . self::USPS . '.php', $this->site->stored( 'active_plugins' ) );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );

		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', [ 'sample/sample.php' => self::plugin( 'sample', '2.0', '', " * Network: true\n" ) ] ) ] );
		$row = $this->install( 'sample --activate --url=http://shop.example.com/second/', 9 )['sample'];
		self::assertStringContainsString( '--network', $row['reason'] );
		self::assertFalse( $row['active'] );
	}

	public function test_a_woocommerce_that_is_active_on_the_whole_network_is_loaded_too(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		$this->site->wp( 'plugin deactivate woocommerce --quiet --url=http://shop.example.com/second/' );
		$this->site->wp( 'plugin activate woocommerce --network --quiet' );
		self::assertExit( 0, $this->site->command( 'register --url=http://shop.example.com/second/' ) );
		$before = $this->site->stored( 'active_plugins', 'wp_2_options' );
		$this->install( self::USPS . ' --activate --url=http://shop.example.com/second/' );
		self::assertEqualsCanonicalizing( [ ...$before, self::USPS . '/' . self::USPS . '.php' ], $this->site->stored( 'active_plugins', 'wp_2_options' ) );
		self::assertSame( [ self::USPS ], $this->sandbox->orders()[0]['connected'] );
		self::assertSame( [ 'woocommerce/woocommerce.php' ], array_keys( json_decode( $this->site->wp( 'network meta get 1 active_sitewide_plugins --format=json' )->stdout, true ) ) );
	}
}
