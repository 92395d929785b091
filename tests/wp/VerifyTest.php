<?php
/**
 * The saved connection is the one that WooCommerce uses: its signatures, in both directions.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class VerifyTest extends SiteTestCase {

	public function test_the_check_is_signed_byte_for_byte_as_woocommerce_signs_it(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$answer = $this->site->evaluate( 'echo wp_remote_retrieve_response_code( WC_Helper_API::get( "oauth/me", array( "authenticated" => true ) ) );' );
		self::assertSame( '200', $answer );

		[ $ours, $woocommerce ] = $this->sandbox->log( '/oauth/me' );
		self::assertSame( 200, $ours['status'] );
		self::assertSame( 200, $woocommerce['status'] );
		self::assertNotEmpty( $ours['headers']['x-woo-signature'] );
		self::assertSame( $woocommerce['headers']['x-woo-signature'], $ours['headers']['x-woo-signature'] );
		self::assertSame( $woocommerce['method'], $ours['method'] );
		self::assertSame( $woocommerce['path'], $ours['path'] );
		self::assertSame( $woocommerce['query'], $ours['query'] );
		self::assertSame( $woocommerce['headers']['host'], $ours['headers']['host'] );
		self::assertSame( 'ok', $ours['authorization'] );
	}

	public function test_the_connection_stays_when_the_check_fails(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 401, 'content_type' => 'application/json', 'body' => '{"code":"invalid_token","message":"No."}' ] );
		$run = $this->site->command( 'register' );
		self::assertExit( 8, $run );
		self::assertStringContainsString( 'WooCommerce.com refuses it', $run->stderr );
		$this->assertConnected();

		$this->sandbox->fault( 'me', [ 'kind' => 'status', 'status' => 502, 'body' => '<html>', 'content_type' => 'text/html' ], 6 );
		$unchecked = $this->site->command( 'status --verify' );
		self::assertExit( 8, $unchecked );
		self::assertStringContainsString( 'could not be checked', $unchecked->stderr );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_the_account_that_the_check_tells_of_is_kept_for_woocommerce(): void {
		$this->site->store( Site::OPTION, [ 'auth_user_data' => [ 'name' => 'the one before', 'email' => 'before@example.com' ], 'other' => 'data' ] );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		self::assertSame( 'data', $this->site->stored( Site::OPTION )['other'], 'What else is in the option was lost.' );
		$account = json_decode( $this->site->evaluate( 'echo wp_json_encode( array( WC_Helper_Options::get( "auth_user_data" ), json_decode( wp_remote_retrieve_body( WC_Helper_API::get( "oauth/me", array( "authenticated" => true ) ) ), true ) ) );' ), true );
		self::assertSame( [ 'name' => $account[1]['name'], 'email' => $account[1]['email'] ], $account[0] );
	}

	public function test_a_connection_that_others_store_during_the_check_stays(): void {
		$this->sandbox->fault( 'me', [ 'kind' => 'delay', 'ms' => 2000, 'when' => 'after' ] );
		$process = $this->site->start( 'register' );
		wait_for( fn() => null !== $this->site->auth() && [] === $this->site->journal(), 'the connection', 60.0 );
		$process->signal( SIGSTOP );
		$other = [ 'auth' => [ 'access_token' => 'another', 'access_token_secret' => 'another', 'site_id' => 1, 'user_id' => 1, 'updated' => time(), 'url' => $this->site->url ] ];
		$this->site->store( Site::OPTION, $other );
		$process->signal( SIGCONT );
		self::assertExit( 0, $this->site->finish( $process ) );
		self::assertSame( $other, $this->site->stored( Site::OPTION ) );
	}

	/** The connection is saved by then, and the journal closed: it does not matter. */
	public function test_an_account_that_cannot_be_kept_is_no_failure(): void {
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/throws.php' ), '<?php add_filter( "query", function ( $query ) { if ( str_contains( $query, "auth_user_data" ) ) { touch( ABSPATH . "thrown" ); throw new \RuntimeException( "no" ); } return $query; } );' );
		$run = $this->site->command( 'register --porcelain' );
		self::assertExit( 0, $run );
		self::assertSame( $this->sandbox->orders()[0]['id'] . "\n", $run->stdout );
		self::assertFileExists( $this->site->path( '/thrown' ), 'It was not tried.' );
		$this->assertConnected();

		$this->prints_registration = true;
		$registration              = $this->site->command( 'register --no-save --force' )->stdout;
		mkdir( $this->folder() . '/tmp' );
		unlink( $this->site->path( '/thrown' ) );
		self::assertExit( 0, $this->site->command( 'connect --force', $registration, [ 'TMPDIR' => $this->folder() . '/tmp' ] ) );
		self::assertFileExists( $this->site->path( '/thrown' ), 'It was not tried.' );
		self::assertSame( [], glob( $this->folder() . '/tmp/*' ), 'A copy of the secret is left.' );
	}

	public function test_the_check_can_be_left_out(): void {
		self::assertExit( 0, $this->site->command( 'register --skip-verify' ) );
		self::assertSame( [], $this->sandbox->log( '/oauth/me' ) );
		$this->assertConnected();
	}

	public function test_woocommerce_accepts_a_request_that_is_signed_with_the_saved_connection(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$auth   = $this->site->auth();
		$server = new Process( [ PHP_BINARY, '-S', '127.0.0.1:0', '-t', $this->site->path() ], $this->site->environment(), $this->site->path() );
		wait_for( fn() => str_contains( $server->complained(), 'started' ), 'the web server' );
		preg_match( '#http://127\.0\.0\.1:\d+#', $server->complained(), $address );

		// WooCommerce 8.7 and later tell their state; older ones have nothing to read, but an installation to reset.
		$is_new = ! str_contains( http( 'GET', "$address[0]/index.php?rest_route=/wccom-site/v3/status", [ 'Host: shop.example.com' ] )['body'], 'rest_no_route' );
		$send   = fn( string $token, string $secret ): array => $is_new
			? $this->request( $address[0], 'GET', '/wccom-site/v3/status', $token, $secret )
			: $this->request( $address[0], 'DELETE', '/wccom-site/v1/installer', $token, $secret );

		$accepted = $send( $auth['access_token'], $auth['access_token_secret'] );
		self::assertContains( $accepted['status'], [ 200, 204 ], $accepted['body'] );
		self::assertStringContainsString( 'request_verification_failed', $send( $auth['access_token'], 'another secret' )['body'] );
		self::assertStringContainsString( 'invalid_token', $send( 'another token', $auth['access_token_secret'] )['body'] );

		$server->signal( SIGTERM );
		$server->finish( 10.0 );
	}

	/**
	 * A request as WooCommerce.com makes it.
	 *
	 * @return array{status: int, body: string}
	 */
	private function request( string $server, string $method, string $route, string $token, string $secret ): array {
		$uri       = "/index.php?rest_route=$route";
		$signed    = json_encode(
			[
				'host'        => 'shop.example.com',
				'request_uri' => $uri,
				'method'      => $method,
			]
		);
		$signature = hash_hmac( 'sha256', (string) $signed, $secret );
		return http( $method, $server . $uri, [ 'Host: shop.example.com', "Authorization: Bearer $token", "X-Woo-Signature: $signature" ] );
	}
}
