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
