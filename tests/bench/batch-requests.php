<?php
/**
 * A plain loop over the library below wp_remote_post(), with WordPress's way to call it: a request after the other, each on a
 * connection of its own.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';
require __DIR__ . '/sites.php';
require getenv( 'BENCH_WORDPRESS' ) . '/wp-includes/Requests/src/Autoload.php';
WpOrg\Requests\Autoload::register();

$registered = 0;
$headers    = [ 'Authorization' => 'Bearer ' . file_get_contents( getenv( 'BENCH_KEY_FILE' ) ), 'Content-Type' => 'application/json' ];
foreach ( sites( (int) $argv[1] ) as $number => $site ) {
	$answer = WpOrg\Requests\Requests::post( getenv( 'BENCH_BASE_URL' ) . '/v2.0/register', $headers, json_encode( $site ), [ 'verify' => getenv( 'SSL_CERT_FILE' ) ] );
	$auth   = json_decode( $answer->body, true );
	if ( 200 !== $answer->status_code || ! isset( $auth['access_token'], $auth['access_token_secret'], $auth['site_id'] ) ) {
		fwrite( STDERR, "Site $number is not registered.\n" );
		exit( 1 );
	}
	++$registered;
}
echo json_encode( [ $registered, memory() ] );
