--TEST--
wccom_host_register() gives the auth array, and the rest in its third parameter
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$before  = time();
$auth    = wccom_host_register( request( array( 'metadata' => array( 'customer_email' => 'ada@example.com' ) ) ), $sandbox->options( array( 'user_id' => '5' ) ), $registration );
foreach ( $auth as $key => $value ) {
	echo $key, ' ', get_debug_type( $value ), "\n";
}
var_dump( strlen( $auth['access_token_secret'] ), $auth['user_id'], $auth['url'], $auth['updated'] >= $before && $auth['updated'] <= time() );
var_dump( $registration );
var_dump( $registration['order_id'] === $sandbox->orders()[0]['id'] );
var_dump( json_decode( $sandbox->log()[0]['body'], true )['wpcom_access_token'] === TOKEN );

echo "-- v1.0, outside of WordPress\n";
$customer = array( 'email' => 'ada@example.com', 'wpcom_user_id' => '7' );
$v1       = wccom_host_register( array( 'url' => 'https://v1.example.com/', 'customer' => $customer ), $sandbox->options(), $registration );
var_dump( $v1['user_id'], $v1['url'], $registration['api_version'], $sandbox->log()[1]['version'] );

echo "-- verify\n";
var_dump( wccom_host_verify( $auth, $sandbox->options( array( 'key' => null ) ) )['email'] );
failing( fn() => wccom_host_verify( array( 'access_token_secret' => 'wrong-topsecret' ) + $auth, $sandbox->options() ) );
failing( fn() => wccom_host_verify( array( 'access_token_secret' => '' ) + $auth, $sandbox->options() ) );
?>
--EXPECTF--
access_token string
access_token_secret string
site_id int
user_id int
updated int
url string
int(40)
int(5)
string(19) "https://example.com"
bool(true)
array(9) {
  ["customer_id"]=>
  int(%d)
  ["order_id"]=>
  int(%d)
  ["site_id"]=>
  int(%d)
  ["secret_kept"]=>
  bool(false)
  ["api_version"]=>
  string(4) "v2.0"
  ["url"]=>
  string(19) "https://example.com"
  ["from_journal"]=>
  bool(false)
  ["journaled"]=>
  bool(false)
  ["warnings"]=>
  array(0) {
  }
}
bool(true)
bool(true)
-- v1.0, outside of WordPress
int(0)
string(23) "https://v1.example.com/"
string(4) "v1.0"
string(4) "v1.0"
-- verify
string(15) "ada@example.com"
WccomHost\ApiException {"outcome":"refused","retryable":false,"httpStatus":401,"apiCode":"%s","apiParams":[],"retryAfter":null}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"auth.access_token_secret"}
