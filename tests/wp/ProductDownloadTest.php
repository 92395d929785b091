<?php
/**
 * The way of a file from the store to the site.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProductDownloadTest extends ProductTestCase {

	private const SLUG = 'woocommerce-shipping-usps';

	public function test_a_link_that_has_expired_is_replaced_once(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'status', 'status' => 403, 'body' => '<Error><Code>AccessDenied</Code></Error>' ] );
		self::assertSame( 'installed', $this->install( self::SLUG )[ self::SLUG ]['status'] );
		self::assertCount( 1, $this->sandbox->log( '/info' ) );
		self::assertCount( 1, $this->sandbox->log( '/info/' . self::SLUG . '.json' ) );
		self::assertCount( 2, $this->sandbox->log( self::SLUG . '.zip' ) );
	}

	public function test_a_link_that_has_expired_again_is_given_up(): void {
		$this->sandbox->link_lifetime( 0 );
		$row = $this->install( self::SLUG, 9 )[ self::SLUG ];
		self::assertSame( 'failed', $row['status'] );
		self::assertStringContainsString( 'HTTP 403', $row['reason'] );
		self::assertCount( 2, $this->sandbox->log( self::SLUG . '.zip' ) );
		self::assertNull( $this->version_on_disk( self::SLUG ) );
	}

	public function test_no_new_link_to_be_had(): void {
		$this->sandbox->link_lifetime( 0 );
		$this->sandbox->fault( 'product', [ 'kind' => 'status', 'status' => 404, 'body' => [ 'code' => 'rest_no_route', 'message' => 'No.', 'data' => null ] ] );
		self::assertStringContainsString( 'has expired, and a new one could not be had', $this->install( self::SLUG, 9 )[ self::SLUG ]['reason'] );
		self::assertCount( 1, $this->sandbox->log( self::SLUG . '.zip' ) );
	}

	public function test_the_key_and_the_connection_are_not_sent_to_the_store(): void {
		$this->install( self::SLUG );
		$request = $this->sandbox->log( self::SLUG . '.zip' )[0];
		self::assertSame( 'missing', $request['authorization'] );
		self::assertStringNotContainsString( Sandbox::KEY, (string) json_encode( $request ) );
	}

	/**
	 * @dataProvider broken_downloads
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'broken_downloads' )]
	public function test_a_download_that_goes_wrong_is_tried_once_more_and_then_given_up( array $fault, string $words ): void {
		$this->sandbox->fault( 'download', $fault );
		self::assertSame( 'installed', $this->install( self::SLUG )[ self::SLUG ]['status'] );

		$this->put_plugin( 'woocommerce-bookings', self::plugin( 'WooCommerce Bookings', '1.0' ) );
		$this->sandbox->fault( 'download', $fault, 2 );
		$rows = $this->install( 'woocommerce-bookings woocommerce-product-addons', 9 );
		self::assertSame( [ 'failed', 'installed' ], array_column( $rows, 'status' ) );
		self::assertStringContainsString( $words, $rows['woocommerce-bookings']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'woocommerce-bookings' ) );
	}

	/** @return array<string, array{array<string, mixed>, string}> */
	public static function broken_downloads(): array {
		return [
			'cut off'            => [ [ 'kind' => 'truncate', 'bytes' => 300 ], 'the download failed' ],
			'a reset'            => [ [ 'kind' => 'reset', 'when' => 'before' ], 'the download failed' ],
			'the store is ill'   => [ [ 'kind' => 'status', 'status' => 503, 'body' => 'Slow down' ], 'HTTP 503' ],
		];
	}

	public function test_what_will_not_pass_is_asked_once(): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'status', 'status' => 404, 'body' => 'NoSuchKey' ] );
		self::assertStringContainsString( 'HTTP 404', $this->install( self::SLUG, 9 )[ self::SLUG ]['reason'] );
		self::assertCount( 1, $this->sandbox->log( self::SLUG . '.zip' ) );
	}

	public function test_a_file_of_another_size_than_announced_is_refused(): void {
		$this->site->add_mu_plugin( 'short-write' );
		$this->offer_plugin( 'sample' );
		$row = $this->install( 'sample', 9, [ 'SHORT_WRITE' => '1' ] )['sample'];
		self::assertStringContainsString( 'the download broke off', $row['reason'] );
		self::assertNull( $this->version_on_disk( 'sample' ) );
	}

	public function test_http_links_are_asked_over_https(): void {
		$this->site->add_mu_plugin( 'sees-downloads' );
		$this->offer( [ 'slug' => 'sample', 'download_link' => 'http://woothemes-products.s3.amazonaws.com/plugin-packages/sample/sample.zip?AWSAccessKeyId=AKIA&Signature=' . Store::SIGNATURE ] );
		$row = $this->install( 'sample', 9 )['sample'];
		self::assertStringContainsString( 'WP_ACCESSIBLE_HOSTS', $row['reason'] );
		self::assertSame( [ 'https://woothemes-products.s3.amazonaws.com' ], array_values( array_unique( file( $this->folder() . '/downloads.txt', FILE_IGNORE_NEW_LINES ) ) ) );
	}

	/** @dataProvider addresses */
	#[DataProvider( 'addresses' )]
	public function test_a_link_that_is_none_is_not_followed( string $link ): void {
		$this->offer( [ 'slug' => 'sample', 'download_link' => $link ] );
		self::assertStringContainsString( 'not a web address', $this->install( 'sample', 9 )['sample']['reason'] );
	}

	/** @return array<string, array{string}> */
	public static function addresses(): array {
		return [
			'a file'    => [ 'file:///etc/passwd' ],
			'ftp'       => [ 'ftp://example.com/sample.zip' ],
			'nonsense'  => [ 'sample.zip' ],
		];
	}

	public function test_no_link_at_all(): void {
		$this->offer( [ 'slug' => 'sample', 'download_link' => null ] );
		self::assertStringContainsString( 'no download link', $this->install( 'sample', 9 )['sample']['reason'] );
	}

	public function test_a_redirect_is_followed_with_the_same_care(): void {
		$location = $this->store()->zip( 'sample', [ 'sample/sample.php' => self::plugin( 'sample' ) ] );
		$this->sandbox->fault( 'download', [ 'kind' => 'redirect', 'status' => 307, 'location' => $location ] );
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->sandbox_link() ] );
		self::assertSame( 'installed', $this->install( 'sample' )['sample']['status'] );

		$this->site->add_mu_plugin( 'sees-downloads' );
		$this->sandbox->fault( 'download', [ 'kind' => 'redirect', 'status' => 307, 'location' => 'http://example.com/evil.zip' ], 2 );
		$this->install( 'sample --force', 9 );
		self::assertStringEndsWith( "https://example.com\n", (string) file_get_contents( $this->folder() . '/downloads.txt' ) );
		self::assertSame( '2.0', $this->version_on_disk( 'sample' ) );
	}

	public function test_a_loop_of_redirects_ends(): void {
		$link = $this->sandbox_link();
		$this->offer( [ 'slug' => 'sample', 'download_link' => $link ] );
		$this->sandbox->fault( 'download', [ 'kind' => 'redirect', 'status' => 302, 'location' => $link ], 50 );
		self::assertStringContainsString( 'HTTP 302', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertCount( 4, array_filter( $this->sandbox->log(), fn( array $entry ) => 302 === $entry['status'] ) );
	}

	public function test_over_tls_only_the_given_authority_is_trusted(): void {
		$this->restart( 'http://shop.example.com', 'single', '--tls' );
		$own = [ 'wccom_host.ca_file' => (string) $this->sandbox->ca_file() ];
		self::assertSame( 'installed', $this->install( self::SLUG, ini: $own )[ self::SLUG ]['status'] );
		self::assertStringStartsWith( 'https://', $this->sandbox->base_url() );
	}

	public function test_over_tls_an_unknown_authority_gets_nothing(): void {
		mkdir( $this->folder() . '/other' );
		$other = new Sandbox( $this->folder() . '/other', '--tls' );
		$this->offer( [ 'slug' => 'sample', 'download_link' => preg_replace( '~/wp-json.*~', '/plugin-packages/sample/sample.zip?Signature=' . Store::SIGNATURE, $other->base_url() ) ] );
		self::assertStringContainsString( 'certificate', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertSame( [], $other->log() );
		$other->stop();
	}

	public function test_a_terminal_shows_how_far_it_is(): void {
		$this->sandbox->product( [ 'slug' => self::SLUG, 'file_size' => 3000000 ] );
		$this->site->add_mu_plugin( 'slow-download' );
		$process = $this->site->start( 'product install ' . self::SLUG, $this->live(), in_terminal: true );
		$run     = $this->site->finish( $process );
		self::assertExit( 0, $run );
		self::assertMatchesRegularExpression( '/' . self::SLUG . ' .*\d+ ?%/', $run->stdout );
		self::assertStringNotContainsString( '%', $this->command( 'product install --force ' . self::SLUG )->output() );
	}

	/** A link to the sandbox's own store, as it gives one. */
	private function sandbox_link(): string {
		$answer = http( 'GET', $this->sandbox->base_url() . '/v1.0/info/' . self::SLUG . '.json', [ 'Authorization: Bearer ' . Sandbox::KEY ] );
		return json_decode( $answer['body'], true )['download_link'];
	}
}
