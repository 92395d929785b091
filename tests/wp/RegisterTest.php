<?php
/**
 * What register does when all goes well.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class RegisterTest extends SiteTestCase {

	public function test_a_site_is_connected_by_one_request_and_one_order(): void {
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );

		$this->assertConnected();
		$auth = $this->site->auth();
		self::assertSame( 1, $auth['user_id'] );
		self::assertSame( 'http://shop.example.com', $auth['url'] );
		self::assertEqualsWithDelta( time(), $auth['updated'], 60 );

		$this->assertOrders( 1 );
		$requests = $this->sandbox->log( '/register' );
		self::assertCount( 1, $requests );
		self::assertSame( 'v2.0', $requests[0]['version'] );
		self::assertSame( 'ok', $requests[0]['authorization'] );
		self::assertSame(
			[
				'url'                => 'http://shop.example.com',
				'wpcom_access_token' => Site::WPCOM_ACCESS_TOKEN,
			],
			json_decode( $requests[0]['body'], true )
		);
	}

	public function test_woocommerce_itself_finds_the_site_connected(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertSame( (string) $this->sandbox->orders()[0]['site_id'], $this->site->evaluate( 'echo WC_Helper_Options::get( "auth" )["site_id"];' ) );
	}

	public function test_the_order_is_kept_in_an_option_that_is_not_autoloaded(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$order  = $this->sandbox->orders()[0];
		$record = $this->site->stored( 'wccom_host_order' );
		self::assertSame( $order['id'], $record['order_id'] );
		self::assertSame( $order['customer_id'], $record['customer_id'] );
		self::assertSame( $order['site_id'], $record['site_id'] );
		self::assertSame( 'http://shop.example.com', $record['url'] );
		self::assertArrayHasKey( 'time', $record );
		self::assertArrayHasKey( 'version', $record );
		self::assertContains( $this->site->database()->query( "SELECT autoload FROM wp_options WHERE option_name = 'wccom_host_order'" )->fetchColumn(), [ 'no', 'off' ] );
	}

	public function test_every_documented_field_is_sent(): void {
		$run = $this->site->command( "register --site-url=https://temporary.example.net/ --email=jane@example.com --first-name=Jane --last-name='Dœ Smith' --products=woocommerce-shipping-usps,woocommerce-product-addons --metadata=plan=gold" );
		self::assertExit( 0, $run );
		self::assertSame(
			[
				'url'                => 'https://temporary.example.net/',
				'wpcom_access_token' => Site::WPCOM_ACCESS_TOKEN,
				'products'           => [ 'woocommerce-shipping-usps', 'woocommerce-product-addons' ],
				'metadata'           => [
					'plan'                => 'gold',
					'customer_email'      => 'jane@example.com',
					'customer_first_name' => 'Jane',
					'customer_last_name'  => 'Dœ Smith',
				],
			],
			json_decode( $this->sandbox->log( '/register' )[0]['body'], true )
		);
		self::assertSame( 'http://shop.example.com', $this->site->auth()['url'], 'WooCommerce compares the stored address with home_url().' );
	}

	public function test_metadata_as_json_may_hold_commas(): void {
		self::assertExit( 0, $this->site->command( "register --metadata='{\"plan\":\"gold, large\"}'" ) );
		self::assertSame( [ 'plan' => 'gold, large' ], json_decode( $this->sandbox->log( '/register' )[0]['body'], true )['metadata'] );
	}

	public function test_version_1_sends_a_customer(): void {
		$run = $this->site->command( 'register --api-version=v1.0 --email=jane@example.com --first-name=Jane --last-name=Doe --wpcom-user-id=12345' );
		self::assertExit( 0, $run );
		$request = $this->sandbox->log( '/register' )[0];
		self::assertSame( 'v1.0', $request['version'] );
		self::assertEquals(
			[
				'url'      => 'http://shop.example.com',
				'customer' => [
					'email'              => 'jane@example.com',
					'first_name'         => 'Jane',
					'last_name'          => 'Doe',
					'wpcom_user_id'      => 12345,
					'wpcom_access_token' => Site::WPCOM_ACCESS_TOKEN,
				],
			],
			json_decode( $request['body'], true )
		);
		$this->assertConnected();
	}

	public function test_key_and_token_come_from_files_and_only_one_line_end_is_dropped(): void {
		file_put_contents( $this->folder() . '/key', Sandbox::KEY . "\n" );
		file_put_contents( $this->folder() . '/token', "  spaces stay  \r\n" );
		$without = [
			'WCCOM_HOST_KEY'                => null,
			'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null,
		];
		self::assertExit( 0, $this->site->command( "register --key-file={$this->folder()}/key --wpcom-access-token-file={$this->folder()}/token", env: $without ) );
		self::assertSame( '  spaces stay  ', json_decode( $this->sandbox->log( '/register' )[0]['body'], true )['wpcom_access_token'] );
	}

	/** @dataProvider standard_input */
	#[DataProvider( 'standard_input' )]
	public function test_key_or_token_come_from_standard_input( string $arguments, string $stdin, string $variable ): void {
		self::assertExit( 0, $this->site->command( "register $arguments", $stdin, env: [ $variable => null ] ) );
		self::assertSame( Site::WPCOM_ACCESS_TOKEN, json_decode( $this->sandbox->log( '/register' )[0]['body'], true )['wpcom_access_token'] );
	}

	/** @return array<string, array{string, string, string}> */
	public static function standard_input(): array {
		return [
			'key'   => [ '--key-file=-', Sandbox::KEY . "\n", 'WCCOM_HOST_KEY' ],
			'token' => [ '--wpcom-access-token-file=-', Site::WPCOM_ACCESS_TOKEN . "\n", 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' ],
		];
	}

	public function test_a_second_command_of_a_process_is_told_that_the_first_has_used_up_key_and_token(): void {
		$file = $this->folder() . '/key';
		file_put_contents( $file, Sandbox::KEY );
		self::assertExit( 0, $this->site->call( "totals --key-file=$file", "order list --key-file=$file" ) );
		$commands = [
			'order list' => 'key-file',
			"register --force --key-file=$file" => 'wpcom-access-token-file',
			"register --force --key-file=$file --api-version=v1.0 --email=jane@example.com" => 'wpcom-access-token-file',
		];
		foreach ( $commands as $command => $option ) {
			$run = $this->site->call( $command, $command );
			self::assertExit( 1, $run );
			self::assertStringContainsString( 'was used up by an earlier command of this process', $run->stderr );
			self::assertStringContainsString( "--$option=<file>", $run->stderr );
			self::assertStringNotContainsString( 'environment', $run->stderr );
		}
		$this->assertOrders( 2 );
	}

	public function test_code_of_the_site_does_not_find_the_key_in_its_environment(): void {
		$this->site->add_mu_plugin( 'sees-secrets' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$seen = (string) file_get_contents( $this->site->path( '/wp-content/mu-plugins/seen.txt' ) );
		self::assertStringNotContainsString( Sandbox::KEY, $seen );
		self::assertStringNotContainsString( Site::WPCOM_ACCESS_TOKEN, $seen );
	}

	public function test_a_connected_site_is_left_alone(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$before   = $this->site->auth();
		$requests = count( $this->sandbox->log() );
		$run      = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertSame( $before, $this->site->auth() );
		self::assertCount( $requests, $this->sandbox->log(), 'Something was sent.' );
	}

	public function test_a_connected_site_whose_order_is_not_known_prints_no_number(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->database()->exec( "DELETE FROM wp_options WHERE option_name = 'wccom_host_order'" );
		$run = $this->site->command( 'register --porcelain' );
		self::assertExit( 0, $run );
		self::assertSame( '', $run->stdout, 'An empty line is no number.' );
		self::assertStringContainsString( 'The number of its order is not known here.', $run->stderr );
	}

	public function test_options_of_a_registration_that_is_not_made_are_not_dropped_silently(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$same = $this->site->command( 'register --user-id=1 --site-url=http://SHOP.example.com/' );
		self::assertStringNotContainsString( 'Warning', $same->stderr, 'It is so already.' );
		$run = $this->site->command( 'register --user-id=7 --site-url=http://other.example.com' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Warning: --user-id=7 has no effect', $run->stderr );
		self::assertStringContainsString( 'Warning: --site-url=http://other.example.com has no effect', $run->stderr );
		self::assertSame( 1, $this->site->auth()['user_id'] );
	}

	public function test_options_that_an_earlier_answer_overrules_are_not_dropped_silently(): void {
		$this->prints_registration = true;
		$user                      = trim( $this->site->wp( 'user create boss boss@example.com --role=administrator --porcelain' )->stdout );
		self::assertExit( 0, $this->site->command( 'register --no-save' ) );
		foreach ( [ '--no-save', '' ] as $how ) {
			$run = $this->site->command( "register $how --user-id=$user --site-url=http://other.example.com" );
			self::assertExit( 0, $run );
			self::assertStringContainsString( "Warning: --user-id=$user has no effect", $run->stderr );
			self::assertStringContainsString( 'Warning: --site-url=http://other.example.com has no effect', $run->stderr );
		}
		self::assertSame( 1, $this->site->auth()['user_id'] );
	}

	public function test_force_registers_a_connected_site_again_and_keeps_the_secret(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$before = $this->site->auth();
		self::assertExit( 0, $this->site->command( 'register --force' ) );
		$this->assertConnected();
		self::assertSame( $before['access_token_secret'], $this->site->auth()['access_token_secret'] );
		$this->assertOrders( 2 );
		self::assertSame( [], $this->sandbox->log( '/subscriptions' ), "WooCommerce's own call was set off." );
	}

	/** @dataProvider functions */
	#[DataProvider( 'functions' )]
	public function test_a_php_without_some_functions_that_servers_disable( string $names ): void {
		$ini = [ 'disable_functions' => $names ];
		// In a terminal, where there is also somebody to be told that it takes long.
		self::assertExit( 0, $this->site->finish( $this->site->start( 'register', ini: $ini, in_terminal: true ) ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
		self::assertExit( 0, $this->site->finish( $this->site->start( 'totals', ini: $ini, in_terminal: true ) ) );
		self::assertExit( 0, $this->site->command( 'order list', ini: $ini ) );
	}

	/** @return array<string, array{string}> */
	public static function functions(): array {
		return [
			'pcntl_signal'             => [ 'pcntl_signal' ],
			'pcntl_signal_get_handler' => [ 'pcntl_signal_get_handler' ],
			'pcntl_async_signals'      => [ 'pcntl_async_signals' ],
			'pcntl_alarm'              => [ 'pcntl_alarm' ],
			'pcntl_sigprocmask'        => [ 'pcntl_sigprocmask' ],
			'pcntl_sigtimedwait'       => [ 'pcntl_sigtimedwait' ],
			'posix_geteuid'            => [ 'posix_geteuid' ],
			'posix_getpwuid'           => [ 'posix_getpwuid' ],
			'a shared host\'s list'    => [ 'exec,passthru,shell_exec,system,proc_open,popen,symlink,link,readlink,chown,disk_free_space,posix_kill,posix_getpwuid,posix_geteuid,pcntl_alarm,pcntl_fork,pcntl_signal,pcntl_signal_dispatch,pcntl_sigprocmask,pcntl_exec,dl,show_source' ],
		];
	}

	public function test_a_broken_connection_without_a_secret_is_replaced_if_that_is_meant(): void {
		$this->site->store( Site::OPTION, [ 'auth' => [ 'access_token' => 'from another provider', 'access_token_secret' => null, 'site_id' => 1 ], 'kept' => 'other data' ] );
		self::assertExit( 7, $this->site->command( 'register' ) );
		$this->assertNothingSent();
		self::assertExit( 0, $this->site->command( 'register --force' ) );
		$this->assertConnected();
		self::assertSame( 'other data', $this->site->stored( Site::OPTION )['kept'] );
	}

	public function test_what_woocommerce_remembers_of_the_time_before_is_forgotten(): void {
		$transients = [ '_woocommerce_helper_subscriptions', '_woocommerce_helper_updates', '_woocommerce_helper_updates_count' ];
		foreach ( $transients as $transient ) {
			$this->site->store( "_transient_$transient", 'stale' );
		}
		self::assertExit( 0, $this->site->command( 'register' ) );
		foreach ( $transients as $transient ) {
			self::assertNull( $this->site->stored( "_transient_$transient" ), $transient );
		}
	}

	public function test_no_plugin_is_loaded_unless_asked(): void {
		$this->site->add_active_plugin( 'sees-secrets' );
		$seen = $this->site->path( '/wp-content/plugins/seen.txt' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertFileDoesNotExist( $seen );
		self::assertExit( 0, $this->site->command( 'register --load-plugins' ) );
		self::assertFileExists( $seen );
		self::assertStringNotContainsString( Sandbox::KEY, (string) file_get_contents( $seen ) );
		self::assertContains( 'sees-secrets.php', $this->site->stored( 'active_plugins' ), 'The plugins stay active.' );
	}

	/** @dataProvider formats */
	#[DataProvider( 'formats' )]
	public function test_formats( string $arguments, string $pattern ): void {
		$run = $this->site->command( "register $arguments" );
		self::assertExit( 0, $run );
		self::assertMatchesRegularExpression( str_replace( 'ORDER', (string) $this->sandbox->orders()[0]['id'], $pattern ), $run->stdout );
	}

	/** @return array<string, array{string, string}> */
	public static function formats(): array {
		return [
			'table'     => [ '', '/order_id\s*\|?\s*ORDER/' ],
			'json'      => [ '--format=json', '/\A\{.*"order_id":ORDER,.*\}\n?\z/' ],
			'yaml'      => [ '--format=yaml', '/^order_id: ORDER$/m' ],
			'csv'       => [ '--format=csv', '/^order_id,ORDER$/m' ],
			'fields'    => [ '--format=json --fields=order_id', '/\A\{"order_id":ORDER\}\n?\z/' ],
			'porcelain' => [ '--porcelain', '/\AORDER\n\z/' ],
		];
	}

	public function test_words_go_to_standard_error_and_quiet_drops_them(): void {
		$run = $this->site->command( 'register --porcelain --quiet' );
		self::assertExit( 0, $run );
		self::assertSame( '', $run->stderr );
	}

	public function test_the_journal_is_private_and_by_default_below_the_home_folder(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => null ] ) );
		$folder = $this->folder() . '/home/.local/state/wccom-host';
		self::assertSame( 0700, fileperms( $folder ) & 0777 );
		$files = glob( "$folder/*" );
		self::assertNotEmpty( $files );
		foreach ( $files as $file ) {
			self::assertSame( 0600, fileperms( $file ) & 0777, $file );
		}
	}

	public function test_a_home_address_with_a_path_and_a_port_is_stored_as_it_is(): void {
		$this->restart( 'http://shop.example.com:8080/store' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertSame( 'http://shop.example.com:8080/store', $this->site->auth()['url'] );
		self::assertSame( 'http://shop.example.com:8080/store', $this->sandbox->orders()[0]['url'] );
	}

	public function test_an_international_address_is_sent_as_punycode_and_stored_as_it_is(): void {
		$this->restart( 'http://bücher.example.com' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertSame( 'http://bücher.example.com', $this->site->auth()['url'] );
		self::assertSame( 'http://xn--bcher-kva.example.com', $this->sandbox->orders()[0]['url'] );
	}

	public function test_an_address_that_woocommerce_com_cannot_reach_is_sent_with_a_warning(): void {
		$this->restart( 'http://localhost:8080' );
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Warning', $run->stderr );
		$this->assertOrders( 1 );
	}

	public function test_the_debug_output_of_wp_cli_shows_no_secret(): void {
		$run = $this->site->command( 'register --debug' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Debug', $run->stderr );
	}

	public function test_the_manual_reads_like_others_of_wp_cli(): void {
		$package = dirname( __DIR__, 2 ) . '/php/wccom-host.php';
		foreach ( [ 'register', 'connect', 'recover', 'status', 'doctor', 'cancel', 'update-url', 'update-connected-site' ] as $command ) {
			$manual = $this->site->wp( "help wccom-host $command --require=$package" )->stdout;
			foreach ( [ 'NAME', 'DESCRIPTION', 'SYNOPSIS', 'OPTIONS', 'EXAMPLES', 'EXIT CODES' ] as $heading ) {
				self::assertMatchesRegularExpression( "/^$heading\$/m", $manual, "$command: $heading" );
			}
			self::assertStringContainsString( "\$ wp wccom-host $command", $manual );
		}
	}
}
