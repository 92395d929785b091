<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * One request to a php-fpm, as a web server makes it (FastCGI 1.0, a connection for each request).
 */
final class FastCgiRequest {
	private const BEGIN  = 1;
	private const END    = 3;
	private const PARAMS = 4;
	private const STDIN  = 5;
	private const STDOUT = 6;

	/** @var resource */
	private $connection;

	/**
	 * Sends it, and does not wait for the answer.
	 *
	 * @param array<string, string> $params What the script finds in $_SERVER.
	 */
	public function __construct( string $socket, string $script, array $params = [] ) {
		$connection = stream_socket_client( "unix://$socket", $code, $problem, 20 );
		if ( false === $connection ) {
			throw new \RuntimeException( "Cannot connect to $socket: $problem" );
		}
		$this->connection = $connection;
		$params          += [
			'REQUEST_METHOD'  => 'GET',
			'SCRIPT_FILENAME' => $script,
			'SCRIPT_NAME'     => '/',
			'REQUEST_URI'     => '/',
		];
		$pairs            = '';
		foreach ( $params as $name => $value ) {
			$pairs .= pack( 'NN', strlen( $name ) | 0x80000000, strlen( $value ) | 0x80000000 ) . $name . $value;
		}
		// Role 1 is the responder; the connection ends with the request.
		fwrite( $connection, self::record( self::BEGIN, pack( 'nCx5', 1, 0 ) ) . self::record( self::PARAMS, $pairs ) . self::record( self::PARAMS, '' ) . self::record( self::STDIN, '' ) );
	}

	/** What the script has printed, or null if the connection ended before the request did. To be asked for once. */
	public function output( float $seconds = 60.0 ): ?string {
		$deadline = microtime( true ) + $seconds;
		$output   = '';
		for ( ;; ) {
			$head = $this->read( 8, $deadline );
			if ( null === $head ) {
				return null;
			}
			[ 'type' => $type, 'length' => $length, 'padding' => $padding ] = unpack( 'Cversion/Ctype/nid/nlength/Cpadding', $head );

			$content = $this->read( $length + $padding, $deadline );
			if ( null === $content ) {
				return null;
			}
			if ( self::STDOUT === $type ) {
				$output .= substr( $content, 0, $length );
			} elseif ( self::END === $type ) {
				// The worker waits for that.
				fclose( $this->connection );
				// Behind the headers.
				return explode( "\r\n\r\n", $output, 2 )[1] ?? null;
			}
		}
	}

	private static function record( int $type, string $content ): string {
		return pack( 'CCnnCx', 1, $type, 1, strlen( $content ), 0 ) . $content;
	}

	private function read( int $length, float $deadline ): ?string {
		$bytes = '';
		while ( strlen( $bytes ) < $length ) {
			$left = $deadline - microtime( true );
			stream_set_timeout( $this->connection, (int) max( 1, $left ) );
			$more = fread( $this->connection, $length - strlen( $bytes ) );
			if ( '' === $more || false === $more ) {
				if ( ! feof( $this->connection ) ) {
					throw new \RuntimeException( 'php-fpm did not answer in time.' );
				}
				return null;
			}
			$bytes .= $more;
		}
		return $bytes;
	}
}
