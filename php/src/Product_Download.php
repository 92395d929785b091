<?php
/**
 * The file of a product, from the store to this machine.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Fetches it with WordPress's own HTTP. No error of that is shown as it is: it may hold the link.
 */
final class Product_Download {

	/**
	 * Seconds for one attempt, as WordPress has it for its own downloads.
	 */
	private const TIMEOUT = 300;

	/**
	 * A store may send to another of its hosts.
	 */
	private const MAX_REDIRECTS = 3;

	private const REDIRECTS = [ 301, 302, 303, 307, 308 ];

	/**
	 * Fetches the file of a product. A link that has expired is replaced once; whatever else may pass is tried once more.
	 *
	 * @param Product_Package $package Knows the links.
	 * @param string          $slug    The product.
	 * @param string          $file    Where the file is to be.
	 * @throws Product_Failure If it does not arrive whole.
	 */
	public static function fetch( Product_Package $package, string $slug, string $file ): void {
		$status = self::attempt( $package->link( $slug ), $slug, $file, $complaint );
		if ( 403 === $status ) {
			$package->refresh_link( $slug );
		}
		if ( 403 === $status || ( null !== $complaint && ( 0 === $status || $status >= 500 ) ) ) {
			self::attempt( $package->link( $slug ), $slug, $file, $complaint );
		}
		if ( null !== $complaint ) {
			throw new Product_Failure( $complaint );
		}
	}

	/**
	 * Follows a link to its end.
	 *
	 * @param string      $link      The link.
	 * @param string      $slug      The product.
	 * @param string      $file      Where the file is to be.
	 * @param string|null $complaint What was wrong; null if nothing.
	 * @param-out string|null $complaint
	 * @return int The HTTP status; 0 if the file did not arrive whole.
	 */
	private static function attempt( #[\SensitiveParameter] string $link, string $slug, string $file, ?string &$complaint ): int {
		$address   = self::safe_address( $link );
		$redirects = 0;
		while ( true ) {
			$answer    = self::get( $address, $slug, $file );
			$complaint = self::complaint( $answer, $file );
			$status    = (int) wp_remote_retrieve_response_code( $answer );
			$location  = in_array( $status, self::REDIRECTS, true ) ? wp_remote_retrieve_header( $answer, 'location' ) : '';
			if ( ! is_string( $location ) || '' === $location || self::MAX_REDIRECTS === $redirects++ ) {
				return 200 === $status && null !== $complaint ? 0 : $status;
			}
			$address = self::safe_address( \WP_Http::make_absolute_url( $location, $address ) );
		}
	}

	/**
	 * One request.
	 *
	 * @param string $address Where to.
	 * @param string $slug    The product.
	 * @param string $file    Where the body is to be.
	 * @return array<string, mixed>|\WP_Error
	 */
	private static function get( #[\SensitiveParameter] string $address, string $slug, string $file ): array|\WP_Error {
		$arguments = [
			'timeout'     => self::TIMEOUT,
			'redirection' => 0,
			'stream'      => true,
			'filename'    => $file,
			// Otherwise Content-Length would be that of something else.
			'headers'     => [ 'Accept-Encoding' => 'identity' ],
		];
		$ca_file   = (string) ini_get( 'wccom_host.ca_file' );
		if ( '' !== $ca_file ) {
			$arguments['sslcertificates'] = $ca_file;
		}
		// phpcs:ignore Generic.PHP.ForbiddenFunctions -- A file of any size from a store, which is not the API.
		return Download_Progress::shown( $slug, static fn (): array|\WP_Error => Interruptible_Request::during( static fn (): array|\WP_Error => wp_remote_get( $address, $arguments ) ) );
	}

	/**
	 * What is wrong with an answer; null if nothing is.
	 *
	 * @param array<string, mixed>|\WP_Error $answer WordPress's.
	 * @param string                         $file   Where the body is.
	 */
	private static function complaint( array|\WP_Error $answer, string $file ): ?string {
		if ( is_wp_error( $answer ) ) {
			return self::reason( $answer );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( 200 !== $status ) {
			return "the store answered HTTP $status" . ( 403 === $status ? ', also with a new link' : '' );
		}
		$length = wp_remote_retrieve_header( $answer, 'content-length' );
		clearstatcache( true, $file );
		$size = (int) filesize( $file );
		if ( '' === wp_remote_retrieve_header( $answer, 'content-encoding' ) && is_string( $length ) && ctype_digit( $length ) && (int) $length !== $size ) {
			return "the download broke off: $size of $length bytes are here";
		}
		return null;
	}

	/**
	 * Why there was no answer, without WordPress's words, which may hold the link.
	 *
	 * @param \WP_Error $error WordPress's.
	 */
	private static function reason( \WP_Error $error ): string {
		if ( 'http_request_not_executed' === $error->get_error_code() ) {
			return 'this site forbids WordPress requests to the store\'s host (WP_HTTP_BLOCK_EXTERNAL; add the host to WP_ACCESSIBLE_HOSTS)';
		}
		if ( 1 === preg_match( '/^cURL error (\d+)/', $error->get_error_message(), $number ) ) {
			return 'the download failed: ' . ( function_exists( 'curl_strerror' ) ? curl_strerror( (int) $number[1] ) : "curl's error $number[1]" );
		}
		return 'the download failed: no connection to the store, or it broke off';
	}

	/**
	 * An address as it may be asked: links are documented with http, and what runs on a customer's shop must not come that
	 * way. The signature in them does not cover the scheme.
	 *
	 * @param string $address The address.
	 * @throws Product_Failure If it is none.
	 */
	private static function safe_address( #[\SensitiveParameter] string $address ): string {
		$scheme = strtolower( (string) wp_parse_url( $address, PHP_URL_SCHEME ) );
		$host   = (string) wp_parse_url( $address, PHP_URL_HOST );
		if ( '' === $host || ! in_array( $scheme, [ 'http', 'https' ], true ) ) {
			throw new Product_Failure( 'its download link is not a web address' );
		}
		$is_loopback = in_array( $host, [ 'localhost', '[::1]' ], true ) || 1 === preg_match( '/^127(\.\d{1,3}){3}$/', $host );
		return 'https' === $scheme || $is_loopback ? $address : 'https' . substr( $address, strlen( 'http' ) );
	}
}
