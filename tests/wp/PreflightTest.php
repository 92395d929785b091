<?php
/**
 * What register refuses before it sends anything.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class PreflightTest extends SiteTestCase {

	/** The command stopped, said why, and the world is as before. */
	private function assertRefused( Run $run, string ...$words ): void {
		self::assertExit( 1, $run );
		foreach ( $words as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		$this->assertNothingSent();
		$this->assertNoJournal();
	}

	public function test_without_the_extension_it_says_how_to_get_it(): void {
		$this->assertRefused( $this->site->command( 'register', ini: [ 'extension' => '' ] ), 'extension', 'build.sh install' );
	}

	public function test_an_extension_for_another_php(): void {
		preg_match( '/^PHP Extension => (\d+)$/m', (string) shell_exec( escapeshellarg( PHP_BINARY ) . ' -n -i' ), $api );
		$other = $this->folder() . '/other.so';
		$bytes = str_replace( pack( 'V', $api[1] ), pack( 'V', 20210902 ), (string) file_get_contents( (string) getenv( 'WCCOM_HOST_EXTENSION' ) ), $changes );
		self::assertGreaterThan( 0, $changes );
		file_put_contents( $other, $bytes );
		$run = $this->site->command( 'register', ini: [ 'extension' => $other ] );
		self::assertStringContainsString( 'module API=20210902', $run->output() );
		$this->assertRefused( $run, 'wccom_host is not loaded', 'build.sh install' );
	}

	public function test_without_woocommerce(): void {
		unlink( $this->site->path( '/wp-content/plugins/woocommerce' ) );
		$this->site->store( 'active_plugins', [] );
		$this->assertRefused( $this->site->command( 'register' ), 'WooCommerce is not installed', 'wp plugin install woocommerce' );
	}

	public function test_with_woocommerce_whose_files_are_gone(): void {
		unlink( $this->site->path( '/wp-content/plugins/woocommerce' ) );
		$this->assertRefused( $this->site->command( 'register' ), 'WooCommerce', 'wp plugin install woocommerce' );
	}

	public function test_with_inactive_woocommerce(): void {
		$this->site->store( 'active_plugins', [] );
		$this->assertRefused( $this->site->command( 'register' ), 'not active', 'wp plugin activate woocommerce' );
	}

	public function test_woocommerce_is_found_in_a_folder_of_another_name(): void {
		rename( $this->site->path( '/wp-content/plugins/woocommerce' ), $this->site->path( '/wp-content/plugins/woo-nightly' ) );
		$this->site->store( 'active_plugins', [ 'woo-nightly/woocommerce.php' ] );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	public function test_user_that_does_not_exist(): void {
		$this->assertRefused( $this->site->command( 'register --user-id=4711' ), '4711' );
	}

	public function test_user_without_the_capabilities(): void {
		$user = trim( $this->site->wp( 'user create sub sub@example.com --role=subscriber --porcelain' )->stdout );
		$this->assertRefused( $this->site->command( "register --user-id=$user" ), 'install_plugins' );
	}

	public function test_site_without_any_administrator(): void {
		$this->site->wp( 'user set-role admin subscriber' );
		$this->assertRefused( $this->site->command( 'register' ), 'administrator' );
	}

	public function test_default_user_is_the_administrator_with_the_lowest_id(): void {
		$this->site->wp( 'user set-role admin editor' );
		$second = trim( $this->site->wp( 'user create second second@example.com --role=administrator --porcelain' )->stdout );
		$this->site->wp( 'user create third third@example.com --role=administrator' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertSame( (int) $second, $this->site->auth()['user_id'] );
	}

	/** @dataProvider broken_plugins */
	#[DataProvider( 'broken_plugins' )]
	public function test_a_plugin_that_dies_at_start_hinders_nobody( string $plugin ): void {
		$this->site->add_active_plugin( $plugin );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	/** @return array<string, array{string}> */
	public static function broken_plugins(): array {
		return [
			'throws' => [ 'dies-at-start' ],
			'exits'  => [ 'exits-at-start' ],
		];
	}

	public function test_plugins_are_loaded_if_asked_and_then_one_that_ends_the_process_is_no_success(): void {
		$this->site->add_active_plugin( 'exits-at-start' );
		$run = $this->site->command( 'register --load-plugins' );
		self::assertNotSame( 0, $run->exit_code, (string) $run );
		$this->assertNothingSent();
	}

	public function test_the_option_is_a_string(): void {
		$this->site->store( Site::OPTION, 'not an array' );
		$this->assertRefused( $this->site->command( 'register' ), Site::OPTION );
		self::assertSame( 'not an array', $this->site->stored( Site::OPTION ) );
	}

	public function test_a_database_that_refuses_writes(): void {
		$this->site->refuse_writes( '1' );
		$this->assertRefused( $this->site->command( 'register' ), 'write' );
	}

	public function test_a_database_that_somebody_holds_locked(): void {
		$this->site->add_mu_plugin( 'short-lock-wait' );
		$holder = $this->site->lock_database();
		$run    = $this->site->command( 'register' );
		$holder->exec( 'ROLLBACK' );
		$this->assertRefused( $run, 'write' );
	}

	/** @dataProvider wrong_input */
	#[DataProvider( 'wrong_input' )]
	public function test_wrong_input( string $arguments, array $env, string $named ): void {
		$this->assertRefused( $this->site->command( $arguments, env: $env ), $named );
	}

	/** @return array<string, array{string, array<string, string|null>, string}> */
	public static function wrong_input(): array {
		return [
			'no key'                => [ 'register', [ 'WCCOM_HOST_KEY' => null ], '--key-file' ],
			'empty key'             => [ 'register', [ 'WCCOM_HOST_KEY' => '' ], 'key' ],
			'key with a line break' => [ 'register', [ 'WCCOM_HOST_KEY' => "a\r\nb" ], 'WCCOM_HOST_KEY' ],
			'no token'              => [ 'register', [ 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ], '--wpcom-access-token-file' ],
			'empty token'           => [ 'register', [ 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => '' ], 'token' ],
			'token of 64 KiB'       => [ 'register', [ 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => str_repeat( 'x', 65536 ) ], 'token' ],
			'key file is not there' => [ 'register --key-file=/nowhere/key', [], '/nowhere/key' ],
			'relative address'      => [ 'register --site-url=shop', [], '--site-url' ],
			'address with a query'  => [ 'register --site-url=http://shop.example.com/?a=1', [], 'url' ],
			'e-mail'                => [ 'register --email=jane', [], 'email' ],
			'products'              => [ "register --products='a b'", [], 'products' ],
			'metadata'              => [ 'register --metadata=nothing', [], 'metadata' ],
			'metadata with a list'  => [ 'register --metadata=\'["a"]\'', [], 'metadata' ],
			'API version'           => [ 'register --api-version=v3.0', [], 'api-version' ],
			'user'                  => [ 'register --user-id=admin', [], 'user-id' ],
			'unknown option'        => [ 'register --produkts=a', [], 'produkts' ],
		];
	}

	/** @dataProvider wrong_files */
	#[DataProvider( 'wrong_files' )]
	public function test_wrong_files( string $option, string $content, string $named ): void {
		file_put_contents( $this->folder() . '/file', $content );
		$this->assertRefused( $this->site->command( "register --$option={$this->folder()}/file" ), $named );
	}

	/** @return array<string, array{string, string, string}> */
	public static function wrong_files(): array {
		return [
			'empty key'               => [ 'key-file', '', 'key' ],
			'key of two lines'        => [ 'key-file', "one\ntwo\n", 'key' ],
			'key with NUL'            => [ 'key-file', "one\0two", 'key' ],
			'empty token'             => [ 'wpcom-access-token-file', "\n", 'wpcom_access_token' ],
			'token of two lines'      => [ 'wpcom-access-token-file', "one\ntwo", 'wpcom_access_token' ],
			'token with two line ends' => [ 'wpcom-access-token-file', "one\n\n", 'wpcom_access_token' ],
			'token with NUL'          => [ 'wpcom-access-token-file', "one\0two", 'wpcom_access_token' ],
		];
	}

	/** @dataProvider configured_wishes */
	#[DataProvider( 'configured_wishes' )]
	public function test_what_cannot_be_undone_is_not_asked_for_by_a_file_in_the_folder( string $command, string $name ): void {
		file_put_contents( $this->site->path( '/wp-cli.yml' ), "wccom-host $command:\n  $name: true\n" );
		$this->assertRefused( $this->site->command( $command ), 'wp-cli.yml', "--$name" );
		$this->assertRefused( $this->site->call( $command ), 'wp-cli.yml', "--$name" );
	}

	/** @return array<string, array{string, string}> */
	public static function configured_wishes(): array {
		return [
			'another order'                  => [ 'register', 'force' ],
			'to forget a registration'       => [ 'recover', 'forget' ],
			'another connection'             => [ 'connect', 'force' ],
			'to cancel without a question'   => [ 'cancel', 'yes' ],
			'to move without a question'     => [ 'update-url', 'yes' ],
			'to move the plan'               => [ 'update-connected-site', 'force' ],
			'another plugin\'s folder'       => [ 'product install', 'force' ],
			'to forget, in three words'      => [ 'journal lookup', 'forget-missing' ],
			'to forget what was sent'        => [ 'journal prune', 'forget' ],
		];
	}

	public function test_a_file_in_the_folder_may_say_no_and_so_may_whoever_types_the_command(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		foreach ( [ 'false' => '', 'true' => '--no-force' ] as $force => $typed ) {
			file_put_contents( $this->site->path( '/wp-cli.yml' ), "wccom-host register:\n  force: $force\n" );
			foreach ( [ 'command', 'call' ] as $run ) {
				self::assertStringContainsString( 'already_connected', $this->site->$run( "register $typed" )->stdout );
			}
		}
		$this->assertOrders( 1 );
	}

	public function test_other_defaults_of_a_file_in_the_folder_count(): void {
		file_put_contents( $this->site->path( '/wp-cli.yml' ), "wccom-host register:\n  email: jane@example.com\n  format: json\n" );
		$run = $this->site->command( 'register' );
		self::assertExit( 0, $run );
		self::assertSame( 'registered', $run->json()['status'] );
		self::assertStringContainsString( 'jane@example.com', $this->sandbox->log( '/register' )[0]['body'] );
	}

	/** @dataProvider functions */
	#[DataProvider( 'functions' )]
	public function test_a_php_that_lacks_what_is_needed( string $name ): void {
		foreach ( [ 'register', 'status', 'totals' ] as $command ) {
			$run = $this->site->command( $command, ini: [ 'disable_functions' => $name ] );
			$this->assertRefused( $run, "$name()", 'Nothing was sent', 'disable_functions' );
			self::assertDoesNotMatchRegularExpression( '/Fatal|Stack trace|must-use|undefined/', $run->output() );
		}
	}

	/** @return array<string, array{string}> */
	public static function functions(): array {
		return [
			'putenv'                     => [ 'putenv' ],
			'gethostname'                => [ 'gethostname' ],
			'random_bytes'               => [ 'random_bytes' ],
			'flock'                      => [ 'flock' ],
			'getmypid'                   => [ 'getmypid' ],
			'register_shutdown_function' => [ 'register_shutdown_function' ],
			'set_error_handler'          => [ 'set_error_handler' ],
			'error_clear_last'           => [ 'error_clear_last' ],
			'error_get_last'             => [ 'error_get_last' ],
			'ob_start'                   => [ 'ob_start' ],
			'stream_isatty'              => [ 'stream_isatty' ],
			'fileperms'                  => [ 'fileperms' ],
		];
	}

	/** A server disables none of those that only compute. */
	public function test_whatever_a_server_may_have_disabled_is_asked_for(): void {
		$family   = '/^(chmod|clearstatcache|closedir|copy|debug_|disk_|error_|escapeshell|exec|f(close|eof|flush|gets|lock|open|passthru|put|read|scanf|seek|stat|sync|tell|truncate|write)|file|get(cwd|env|hostname|my)|glob$|ini_|is_(dir|executable|file|link|readable|writable)|link|lstat|mkdir|ob_|opendir|parse_ini|pcntl_|php_|popen|posix_|proc_|putenv|random_|readdir|readlink|realpath|register_|rename|restore_|rewind|rmdir|scandir|set_|shell_|sleep|stat$|stream_|symlink|sys_|system|temp|tmpfile|touch|umask|unlink|usleep)/';
		$source   = dirname( __DIR__, 2 ) . '/php/src';
		$literals = static fn( array $tokens ): array => array_map( static fn( \PhpToken $token ) => trim( $token->text, "'" ), array_filter( $tokens, static fn( \PhpToken $token ) => $token->is( T_CONSTANT_ENCAPSED_STRING ) ) );
		$tokens   = static fn( string $file ): array => array_values( array_filter( \PhpToken::tokenize( (string) file_get_contents( $file ) ), static fn( \PhpToken $token ) => ! $token->isIgnorable() ) );
		$needed   = $literals( $tokens( "$source/Php_Functions.php" ) );
		$unasked  = [];
		foreach ( glob( "$source/*.php" ) as $file ) {
			$all   = $tokens( $file );
			$asked = [ ...$needed, ...$literals( $all ) ];
			foreach ( $all as $place => $token ) {
				$is_call = $token->is( [ T_STRING, T_NAME_FULLY_QUALIFIED ] ) && '(' === $all[ $place + 1 ]->text && ! $all[ $place - 1 ]->is( [ T_OBJECT_OPERATOR, T_NULLSAFE_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_NEW ] );
				if ( $is_call && function_exists( $token->text ) && 1 === preg_match( $family, ltrim( $token->text, '\\' ) ) && ! in_array( ltrim( $token->text, '\\' ), $asked, true ) ) {
					$unasked[] = basename( $file ) . ": $token->text()";
				}
			}
		}
		self::assertSame( [], array_values( array_unique( $unasked ) ), 'Neither in Php_Functions::NEEDED nor asked for where they are called.' );
	}

	public function test_the_journal_never_lies_below_the_web_root(): void {
		$this->assertRefused( $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->site->path( '/wp-content' ) ] ), 'web root' );
		self::assertDirectoryDoesNotExist( $this->site->path( '/wp-content/wccom-host' ) );
	}

	public function test_a_journal_that_others_can_read_is_refused(): void {
		mkdir( $this->site->journal_folder(), 0755, true );
		$this->assertRefused( $this->site->command( 'register' ), 'chmod 700' );
	}

	public function test_a_journal_of_another_user_is_left_alone(): void {
		if ( 0 !== posix_geteuid() ) {
			self::markTestSkipped( 'Only root can make a folder of another user.' );
		}
		mkdir( $this->site->journal_folder(), 0700, true );
		chown( $this->site->journal_folder(), 'nobody' );
		$words = [ "The journal's folder {$this->site->journal_folder()} is another user's: it belongs to user nobody.", "If this site is that user's, run the same command as that user." ];
		foreach ( [ 'register', 'register --dry-run', 'register --no-save --format=json', 'recover', 'status' ] as $command ) {
			$run = $this->site->command( $command );
			$this->assertRefused( $run, ...$words );
			self::assertStringNotContainsString( 'another folder', $run->stderr );
		}
		$run = $this->site->command( 'doctor --format=json' );
		self::assertExit( 1, $run );
		$row = array_column( $run->json(), null, 'check' )['journal'];
		self::assertSame( 'error', $row['status'] );
		foreach ( $words as $word ) {
			self::assertStringContainsString( $word, $row['message'] );
		}
		self::assertSame( [ '.', '..' ], scandir( $this->site->journal_folder() ) );
	}

	public function test_nobody_is_told_to_exchange_a_journal_that_is_there(): void {
		mkdir( $this->site->path( '/wp-content/wccom-host' ), 0700 );
		$run = $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->site->path( '/wp-content' ) ] );
		$this->assertRefused( $run, 'web root', 'move it with everything in it. Only if none was in use, set another folder' );
	}

	public function test_nobody_is_told_to_exchange_a_journal_whose_disk_is_not_there(): void {
		$folder = $this->folder() . '/link';
		symlink( $this->folder() . '/not-mounted', $folder );
		$run = $this->site->command( 'register', ini: [ 'wccom_host.journal' => $folder ] );
		$this->assertRefused( $run, 'cannot be made, or looked into (File exists)', 'mount its disk', 'Only if none was in use, set another folder' );
	}

	public function test_nobody_is_told_to_become_a_user_of_whom_the_site_s_code_has_a_link(): void {
		if ( 0 !== posix_geteuid() ) {
			self::markTestSkipped( 'Only root can make a folder of another user.' );
		}
		mkdir( $this->folder() . '/theirs' );
		chown( $this->folder() . '/theirs', 'games' );
		$link = $this->folder() . '/link';
		symlink( $this->folder() . '/theirs', $link );
		$run = $this->site->command( 'register', ini: [ 'wccom_host.journal' => $link ] );
		$this->assertRefused( $run, "The journal's folder $link ({$this->folder()}/theirs) is another user's: it belongs to user games.", "If this site is that user's" );
		self::assertStringNotContainsString( 'sudo -', $run->stderr );
		self::assertStringNotContainsString( 'chown', $run->stderr );
	}

	public function test_a_dry_run_checks_everything_and_sends_nothing(): void {
		$run = $this->site->command( 'register --dry-run --products=woocommerce-bookings' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'http://shop.example.com', $run->output() );
		$this->assertNothingSent();
		$this->assertNotConnected();
		$this->assertNoJournal();

		$this->assertRefused( $this->site->command( 'register --dry-run --site-url=shop' ), '--site-url' );
		$this->assertRefused( $this->site->command( 'register --dry-run', env: [ 'WCCOM_HOST_KEY' => "a\r\nb" ] ), 'WCCOM_HOST_KEY' );
		$this->site->store( 'active_plugins', [] );
		$this->assertRefused( $this->site->command( 'register --dry-run' ), 'not active' );
	}
}
