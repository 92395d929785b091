--TEST--
A list of orders that does not end: a signal ends the reading of wccom_host_lookup(), though every page comes at once
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options( array( 'journal' => folder() . '/journal' ) );
$url     = 'https://shop.example.com';
$sandbox->fault( array( 'kind' => 'reset', 'when' => 'after' ) );
failing( fn() => wccom_host_register( array( 'url' => $url, 'wpcom_access_token' => TOKEN ), $options ) );

// Sends the signal before its twentieth page, and goes on.
$listener = stream_socket_server( 'tcp://127.0.0.1:0' );
$address  = stream_socket_get_name( $listener, false );
$parent   = getmypid();
$child    = pcntl_fork();
if ( 0 === $child ) {
	for ( $page = 1; $page <= 1000; ++$page ) {
		$connection = $connection ?? stream_socket_accept( $listener, 60 );
		while ( '' !== rtrim( (string) fgets( $connection ) ) ) {
			continue;
		}
		if ( feof( $connection ) ) {
			break;
		}
		if ( 20 === $page ) {
			posix_kill( $parent, SIGALRM );
		}
		$body = json_encode( array( array( 'id' => $page, 'status' => 'completed' ) ) );
		file_put_contents( folder() . '/pages', $page );
		fwrite( $connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-WP-Total: 1000000\r\nContent-Length: " . strlen( $body ) . "\r\n\r\n$body" );
	}
	exit( 0 );
}
ini_set( 'zend.exception_ignore_args', '1' ); // The closure here holds the key.
pcntl_async_signals( true );
pcntl_signal( SIGALRM, fn() => throw new DomainException( 'stop' ) );
failing( fn() => wccom_host_lookup( $url, array( 'base_url' => "http://$address/wp-json/wccom/host-plan" ) + $options ) );
pcntl_waitpid( $child, $status );
$pages = (int) file_get_contents( folder() . '/pages' );
var_dump( $pages >= 20 && $pages <= 30 ?: $pages );
?>
--EXPECT--
WccomHost\OutcomeUnknownException {"outcome":"unknown","retryable":false,"httpStatus":0}
DomainException []
bool(true)
