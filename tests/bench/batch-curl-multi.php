<?php
/**
 * What one would write with PHP's curl extension for many sites: one multi handle, whose connection carries all requests at
 * once (HTTP/2), and as many easy handles as are in flight, each used again and again.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';
require __DIR__ . '/sites.php';

$sites = sites( (int) $argv[1] );
$multi = curl_multi_init();
curl_multi_setopt( $multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX );

$options    = [
	CURLOPT_URL            => getenv( 'BENCH_BASE_URL' ) . '/v2.0/register',
	CURLOPT_RETURNTRANSFER => true,
	CURLOPT_CAINFO         => getenv( 'SSL_CERT_FILE' ),
	CURLOPT_HTTP_VERSION   => CURL_HTTP_VERSION_2TLS,
	CURLOPT_PIPEWAIT       => true,
	CURLOPT_HTTPHEADER     => [ 'Authorization: Bearer ' . file_get_contents( getenv( 'BENCH_KEY_FILE' ) ), 'Content-Type: application/json' ],
];
$registered = 0;
$in_flight  = 0;

$send = function ( CurlHandle $handle ) use ( $sites, $multi, &$in_flight ): void {
	if ( ! $sites->valid() ) {
		return;
	}
	curl_setopt( $handle, CURLOPT_POSTFIELDS, json_encode( $sites->current() ) );
	curl_setopt( $handle, CURLOPT_PRIVATE, (string) $sites->key() );
	$sites->next();
	curl_multi_add_handle( $multi, $handle );
	++$in_flight;
};

for ( $i = 0; $i < (int) $argv[2]; ++$i ) {
	$handle = curl_init();
	curl_setopt_array( $handle, $options );
	$send( $handle );
}
while ( $in_flight > 0 ) {
	curl_multi_exec( $multi, $running );
	// phpcs:ignore Generic.CodeAnalysis.AssignmentInCondition.FoundInWhileCondition
	while ( $done = curl_multi_info_read( $multi ) ) {
		$handle = $done['handle'];
		$answer = json_decode( (string) curl_multi_getcontent( $handle ), true );
		if ( CURLE_OK !== $done['result'] || 200 !== curl_getinfo( $handle, CURLINFO_RESPONSE_CODE ) || ! isset( $answer['access_token'], $answer['access_token_secret'], $answer['site_id'] ) ) {
			fwrite( STDERR, 'Site ' . curl_getinfo( $handle, CURLINFO_PRIVATE ) . ' is not registered. ' . curl_error( $handle ) . "\n" );
			exit( 1 );
		}
		++$registered;
		--$in_flight;
		curl_multi_remove_handle( $multi, $handle );
		$send( $handle );
	}
	if ( $in_flight > 0 ) {
		curl_multi_select( $multi );
	}
}
echo json_encode( [ $registered, memory() ] );
