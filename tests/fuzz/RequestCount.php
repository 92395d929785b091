<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What a CountingServer has counted, for any process.
 */
final class RequestCount {

	/** @var resource */
	private $requests;

	public function __construct( public readonly string $address, string $file ) {
		$this->requests = fopen( $file, 'r' );
	}

	/** How many requests have come. */
	public function count(): int {
		return fstat( $this->requests )['size'];
	}

	/** Waits until everything that has connected before is counted. */
	public function catch_up(): void {
		$connection = stream_socket_client( str_replace( 'http:', 'tcp:', $this->address ) );
		fwrite( $connection, "GET /catch-up HTTP/1.1\r\n\r\n" );
		stream_get_contents( $connection );
	}
}
