<?php
/**
 * A proxy for HTTPS on a port of its own: prints the port, and then the head of each request to connect, as a line of JSON.
 *   php connect-proxy.php [<credentials>]    with user:password, it answers 407 to everybody else
 *
 * @package WccomHost
 */

declare(strict_types=1);

const END = "\r\n\r\n";

$credentials = $argv[1] ?? null;
$listener    = stream_socket_server( 'tcp://127.0.0.1:0' );
echo (int) substr( strrchr( stream_socket_get_name( $listener, false ), ':' ), 1 ), "\n";
$heads = [];
$ends  = [];
$other = [];
while ( true ) {
	$readable = [ $listener, STDIN, ...$ends ];
	$none     = null;
	stream_select( $readable, $none, $none, null );
	foreach ( $readable as $stream ) {
		$id = (int) $stream;
		if ( STDIN === $stream ) {
			exit;
		}
		if ( $stream === $listener ) {
			$client                 = stream_socket_accept( $listener );
			$ends[ (int) $client ]  = $client;
			$heads[ (int) $client ] = '';
			continue;
		}
		$bytes = (string) fread( $stream, 65536 );
		if ( '' === $bytes ) {
			// Its end is the end of both.
			foreach ( array_filter( [ $stream, $other[ $id ] ?? null ] ) as $end ) {
				unset( $ends[ (int) $end ], $other[ (int) $end ], $heads[ (int) $end ] );
				fclose( $end );
			}
			continue 2;
		}
		if ( isset( $other[ $id ] ) ) {
			fwrite( $other[ $id ], $bytes );
			continue;
		}
		$heads[ $id ] .= $bytes;
		if ( ! str_ends_with( $heads[ $id ], END ) ) {
			continue;
		}
		echo json_encode( $heads[ $id ] ), "\n";
		if ( null !== $credentials && ! str_contains( $heads[ $id ], 'Basic ' . base64_encode( $credentials ) . "\r\n" ) ) {
			fwrite( $stream, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0" . END );
			$heads[ $id ] = '';
			continue;
		}
		$service                 = stream_socket_client( 'tcp://' . explode( ' ', $heads[ $id ] )[1] );
		$ends[ (int) $service ]  = $service;
		$other[ (int) $service ] = $stream;
		$other[ $id ]            = $service;
		fwrite( $stream, 'HTTP/1.1 200 Connection established' . END );
	}
}
