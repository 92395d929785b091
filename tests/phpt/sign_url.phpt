--TEST--
The signature of an address is that of hash_hmac() and of openssl, and a name beyond ASCII is signed as it is sent
--SKIPIF--
<?php
if ( '' === (string) shell_exec( 'command -v openssl' ) ) {
	die( 'skip openssl is not there' );
}
?>
--FILE--
<?php
$secret = 'f71287fdce053102c71536b1648f27657e8be912';
foreach ( array( 'https://example.com', 'http://EXAMPLE.com:8080/shop/', 'https://example.com/' ) as $url ) {
	$openssl = shell_exec( 'printf %s ' . escapeshellarg( $url ) . ' | openssl dgst -sha256 -hmac ' . $secret );
	$ours    = wccom_host_sign_url( $url, $secret );
	var_dump( hash_hmac( 'sha256', $url, $secret ) === $ours, str_ends_with( trim( $openssl ), "= $ours" ) );
}
var_dump( wccom_host_sign_url( 'https://bücher.example/x', $secret ) === hash_hmac( 'sha256', 'https://xn--bcher-kva.example/x', $secret ) );
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
