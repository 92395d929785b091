<?php
/**
 * Proxies, as the shop's owner (wp-config.php) and the host (environment, php.ini) name them.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class ProxyTest extends SiteTestCase {
	private const USER     = 'ada@example.com';
	private const PASSWORD = 'pass:wörd/50%';

	private ConnectProxy $proxy;

	protected function setUp(): void {
		$this->start( 'http://shop.example.com', 'single', '--tls' );
		$this->proxy = new ConnectProxy( self::USER . ':' . self::PASSWORD );
	}

	protected function tearDown(): void {
		$this->proxy->stop();
		parent::tearDown();
	}

	protected function assertPostConditions(): void {
		parent::assertPostConditions();
		$shown = implode( "\n", array_map( fn( Run $run ) => $run->output(), $this->site->runs ) ) . $this->site->files();
		foreach ( [ self::PASSWORD, rawurlencode( self::PASSWORD ), base64_encode( self::USER . ':' . self::PASSWORD ) ] as $secret ) {
			self::assertStringNotContainsString( $secret, $shown, 'Printed, logged or written: the password of the proxy' );
		}
	}

	/** @param array<string, string> $constants For wp-config.php. */
	private function configure( array $constants ): void {
		$file = $this->site->path( '/wp-config.php' );
		$code = '<?php';
		foreach ( $constants as $name => $value ) {
			$code .= "\ndefine( '$name', " . var_export( $value, true ) . ' );';
		}
		file_put_contents( $file, $code . substr( (string) file_get_contents( $file ), strlen( '<?php' ) ) );
	}

	/** @return array<string, string> */
	private function of_wordpress(): array {
		return [
			'WP_PROXY_HOST'     => '127.0.0.1',
			'WP_PROXY_PORT'     => (string) $this->proxy->port,
			'WP_PROXY_USERNAME' => self::USER,
			'WP_PROXY_PASSWORD' => self::PASSWORD,
		];
	}

	private function in_url(): string {
		return 'http://' . rawurlencode( self::USER ) . ':' . rawurlencode( self::PASSWORD ) . '@127.0.0.1:' . $this->proxy->port;
	}

	/**
	 * @param array<string, string> $env
	 * @param array<string, string> $ini
	 */
	private function run_command( string $command, array $env = [], array $ini = [] ): Run {
		return $this->site->command( $command, '', $env, $ini + [ 'wccom_host.ca_file' => (string) $this->sandbox->ca_file() ] );
	}

	private function assertThroughProxy( int $at_least = 1 ): void {
		$heads = $this->proxy->heads();
		self::assertGreaterThanOrEqual( $at_least, count( $heads ) );
		$service = (string) preg_replace( '#^https://([^/]+)/.*#', '$1', $this->sandbox->base_url() );
		foreach ( $heads as $head ) {
			self::assertStringStartsWith( "CONNECT $service HTTP/1.1\r\n", $head );
			self::assertStringNotContainsString( Sandbox::KEY, $head );
		}
		self::assertStringNotContainsStringIgnoringCase( 'proxy-', (string) json_encode( $this->sandbox->log() ) );
	}

	public function test_the_proxy_of_wp_config_is_used_with_its_password(): void {
		$this->configure( $this->of_wordpress() );
		self::assertExit( 0, $this->run_command( 'register' ) );
		$this->assertConnected();
		$this->assertThroughProxy( 2 );
		self::assertExit( 0, $this->run_command( 'status --verify' ) );
		self::assertExit( 0, $this->run_command( 'order list' ) );
		self::assertExit( 0, $this->run_command( 'doctor' ) );
	}

	public function test_a_proxy_of_wp_config_with_its_scheme_as_wordpress_takes_it(): void {
		$this->configure( [ 'WP_PROXY_HOST' => 'http://127.0.0.1' ] + $this->of_wordpress() );
		self::assertExit( 0, $this->run_command( 'register' ) );
		$this->assertThroughProxy();
	}

	public function test_hosts_that_wp_config_excepts_are_reached_directly(): void {
		foreach ( [ '127.0.0.1', 'example.com, 127.0.0.1', '127.0.*, *.example.com' ] as $number => $hosts ) {
			if ( $number > 0 ) {
				$this->tearDown();
				$this->setUp();
			}
			$this->configure( [ 'WP_PROXY_BYPASS_HOSTS' => $hosts ] + $this->of_wordpress() );
			self::assertExit( 0, $this->run_command( 'register' ) );
			self::assertSame( [], $this->proxy->heads(), $hosts );
		}
	}

	public function test_a_wrong_password_is_tried_once_and_named_as_such(): void {
		$this->configure( [ 'WP_PROXY_PASSWORD' => 'another' ] + $this->of_wordpress() );
		$run = $this->run_command( 'register' );
		self::assertExit( 4, $run );
		self::assertStringContainsString( "through the proxy 127.0.0.1:{$this->proxy->port}: the proxy wants a user name and password, or other ones (HTTP 407)", $run->stderr );
		self::assertStringNotContainsString( 'another', $run->output() );
		self::assertCount( 1, $this->proxy->heads() );
		$this->assertNothingSent();
		$this->assertNotConnected();
		$this->assertNoJournal();
	}

	public function test_the_environment_names_the_proxy_where_nobody_else_does(): void {
		self::assertExit( 0, $this->run_command( 'register', [ 'https_proxy' => $this->in_url() ] ) );
		$this->assertThroughProxy( 2 );
	}

	public function test_no_proxy_of_the_environment(): void {
		self::assertExit(
			0,
			$this->run_command(
				'register',
				[
					'HTTPS_PROXY' => $this->in_url(),
					'NO_PROXY'    => 'example.com,127.0.0.0/8',
				]
			)
		);
		self::assertSame( [], $this->proxy->heads() );
	}

	public function test_the_header_proxy_of_a_visitor_is_no_proxy(): void {
		self::assertExit(
			0,
			$this->run_command(
				'register',
				[
					'HTTP_PROXY'     => 'http://127.0.0.1:' . $this->proxy->port,
					'REQUEST_METHOD' => 'GET',
				]
			)
		);
		self::assertSame( [], $this->proxy->heads() );
	}

	public function test_php_ini_wins_over_wp_config_and_that_over_the_environment(): void {
		$nowhere = [ 'https_proxy' => 'http://127.0.0.1:1' ];
		$this->configure( $this->of_wordpress() );
		self::assertExit( 0, $this->run_command( 'register', $nowhere ) );
		$this->assertThroughProxy( 2 );
		$before = count( $this->proxy->heads() );
		$run    = $this->run_command( 'status --verify', [], [ 'wccom_host.proxy' => 'http://127.0.0.1:1', 'wccom_host.timeout' => '1' ] );
		self::assertStringContainsString( 'through the proxy 127.0.0.1:1', $run->output() );
		self::assertCount( $before, $this->proxy->heads() );
	}

	public function test_an_address_in_the_environment_that_is_none_is_said_and_not_passed_over(): void {
		$run = $this->run_command( 'register', [ 'HTTPS_PROXY' => 'socks5://' . rawurlencode( self::USER ) . ':' . rawurlencode( self::PASSWORD ) . '@127.0.0.1:1080' ] );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'HTTPS_PROXY in the environment must be an address such as http://proxy.example.com:3128', $run->stderr );
		$this->assertNothingSent();
		$this->assertNoJournal();
	}
}
