<?php
/**
 * What one would write with PHP's curl extension: page after page with one handle, which keeps the connection.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';

$read   = 0;
$soon   = 0;
$page   = 0;
$pages  = 1;
$handle = curl_init();
while ( $page++ < $pages ) {
	curl_setopt_array(
		$handle,
		[
			CURLOPT_URL            => getenv( 'BENCH_BASE_URL' ) . "/v2.0/orders?per_page=100&page=$page",
			CURLOPT_RETURNTRANSFER => true,
			CURLOPT_CAINFO         => getenv( 'SSL_CERT_FILE' ),
			CURLOPT_HTTPHEADER     => [ 'Authorization: Bearer ' . file_get_contents( getenv( 'BENCH_KEY_FILE' ) ) ],
			CURLOPT_HEADERFUNCTION => function ( $handle, string $line ) use ( &$pages ): int {
				if ( 0 === stripos( $line, 'x-wp-totalpages:' ) ) {
					$pages = (int) trim( substr( $line, 16 ) );
				}
				return strlen( $line );
			},
		]
	);
	foreach ( json_decode( (string) curl_exec( $handle ), true ) as $order ) {
		if ( 'completed' === $order['status'] && 1000 === ++$read ) {
			$soon = memory();
		}
	}
}
echo json_encode( [ $read, $soon, memory() ] );
