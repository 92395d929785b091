<?php
/**
 * What a provisioning script does with PHP's curl extension.
 *
 * @package WccomHost
 */

$request = curl_init( getenv( 'BENCH_BASE_URL' ) . '/v2.0/register' );
curl_setopt_array(
	$request,
	[
		CURLOPT_RETURNTRANSFER => true,
		CURLOPT_CAINFO         => getenv( 'SSL_CERT_FILE' ),
		CURLOPT_HTTPHEADER     => [ 'Authorization: Bearer ' . file_get_contents( getenv( 'BENCH_KEY_FILE' ) ), 'Content-Type: application/json' ],
		CURLOPT_POSTFIELDS     => json_encode( [ 'url' => 'http://shop.example.com', 'wpcom_access_token' => 'token' ] ),
	]
);
$answer = json_decode( (string) curl_exec( $request ), true );
exit( isset( $answer['access_token_secret'] ) ? 0 : 1 );
