<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Stands for WooCommerce.com on loopback, in a process of its own: counts what is sent, and answers as documented.
 */
final class CountingServer {

	public readonly string $address;

	/** @var resource The server ends with the last process that has it. */
	private $lifeline;

	/** @param string $file Gets one byte for each request. */
	public function __construct( string $file ) {
		touch( $file );
		$listener      = stream_socket_server( 'tcp://127.0.0.1:0' );
		$this->address = 'http://' . stream_socket_get_name( $listener, false );
		$pair          = stream_socket_pair( STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0 );
		if ( 0 === pcntl_fork() ) {
			fclose( $pair[0] );
			$this->serve( $listener, $pair[1], fopen( $file, 'a' ) );
			exit;
		}
		fclose( $listener );
		fclose( $pair[1] );
		$this->lifeline = $pair[0];
	}

	/**
	 * @param resource $listener
	 * @param resource $lifeline
	 * @param resource $requests
	 */
	private function serve( $listener, $lifeline, $requests ): void {
		while ( true ) {
			$readable = [ $listener, $lifeline ];
			$none     = null;
			if ( false === @stream_select( $readable, $none, $none, 60 ) || in_array( $lifeline, $readable, true ) ) {
				return;
			}
			$connection = $readable ? @stream_socket_accept( $listener, 1 ) : false;
			if ( $connection ) {
				stream_set_timeout( $connection, 2 );
				$head = $this->head( $connection );
				if ( ! str_starts_with( $head, 'GET /catch-up' ) ) {
					fwrite( $requests, '.' );
				}
				@fwrite( $connection, $this->answer( $head ) );
				fclose( $connection );
			}
		}
	}

	/** @param resource $connection */
	private function head( $connection ): string {
		$head = '';
		for ( $line = fgets( $connection ); false !== $line && '' !== rtrim( $line ); $line = fgets( $connection ) ) {
			$head .= $line;
		}
		if ( preg_match( '/^content-length: (\d+)/mi', $head, $match ) && $match[1] > 0 ) {
			stream_get_contents( $connection, (int) $match[1] );
		}
		return $head;
	}

	private function answer( string $head ): string {
		$body = match ( preg_match( '~^\w+ /[^ ?]*?/(register|orders|cancel|oauth/me)\b~', $head, $match ) ? $match[1] : '' ) {
			'register' => '{"customer_id":1872797,"order_id":2666930,"access_token":"e95a8cc8","access_token_secret":"f71287fd","site_id":42506}',
			'orders'   => '[{"id":1,"status":"completed","date_created_gmt":"2026-01-02T03:04:05","line_items":[{"name":"a"}]},{"id":2,"status":"completed"}]',
			'cancel'   => '{"order_id":2666930,"status":"cancelled"}',
			'oauth/me' => '{"name":"Ada"}',
			default    => null,
		};
		$status = null === $body ? '403 Forbidden' : '200 OK';
		$body ??= '{"code":"rest_forbidden","message":"No.","data":{"status":403}}';
		return "HTTP/1.1 $status\r\nContent-Type: application/json\r\nX-WP-Total: 2\r\nX-WP-TotalPages: 1\r\nConnection: close\r\nContent-Length: " . strlen( $body ) . "\r\n\r\n$body";
	}
}
