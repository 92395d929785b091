<?php
/**
 * The shell's way: the program curl for each page, and json_decode.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';

$read  = 0;
$soon  = 0;
$page  = 0;
$pages = 1;
$curl  = 'curl --silent --fail --include --http1.1 --cacert ' . escapeshellarg( getenv( 'SSL_CERT_FILE' ) ) . ' --header ' . escapeshellarg( 'Authorization: Bearer ' . file_get_contents( getenv( 'BENCH_KEY_FILE' ) ) );
while ( $page++ < $pages ) {
	[ $head, $body ] = explode( "\r\n\r\n", (string) shell_exec( "$curl " . escapeshellarg( getenv( 'BENCH_BASE_URL' ) . "/v2.0/orders?per_page=100&page=$page" ) ), 2 );
	preg_match( '/^x-wp-totalpages: (\d+)/mi', $head, $match );
	$pages = (int) $match[1];
	foreach ( json_decode( $body, true ) as $order ) {
		if ( 'completed' === $order['status'] && 1000 === ++$read ) {
			$soon = memory();
		}
	}
}
echo json_encode( [ $read, $soon, memory() ] );
