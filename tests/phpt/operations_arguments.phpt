--TEST--
Wrong arguments of every operation are named, nothing is sent, and no secret is in the exception
--INI--
zend.exception_ignore_args=0
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options();
$by_id   = array( 'wccom_host_cancel', 'wccom_host_order', 'wccom_host_order_connections', 'wccom_host_site' );
foreach ( $by_id as $function ) {
	echo "-- $function\n";
	failing( fn() => $function() );
	failing( fn() => $function( 1.5, $options ) );
	failing( fn() => $function( null, $options ) );
	failing( fn() => $function( array( 1 ), $options ) );
	failing( fn() => $function( 1, 'topsecret' ) );
	failing( fn() => $function( 1, $options, 'topsecret' ) );
	foreach ( array( 0, -1, '', '0', '1x', ' 1', '../1', "1\0", str_repeat( '9', 41 ) ) as $id ) {
		failing( fn() => $function( $id, $options ) );
	}
}
echo "-- requests\n";
$site  = array( 'url' => 'https://example.com' );
$order = array( 'order_id' => 5 ) + $site;
$token = array( 'access_token' => 'topsecret', 'access_token_secret' => 'topsecret' );
failing( fn() => wccom_host_update_url( 'topsecret' ) );
failing( fn() => wccom_host_update_url( array(), $options ) );
failing( fn() => wccom_host_update_url( $site, $options ) );
failing( fn() => wccom_host_update_url( array( 'url' => 'topsecret' ) + $order, $options ) );
failing( fn() => wccom_host_update_url( array( 'order_id' => 'topsecret' ) + $site, $options ) );
failing( fn() => wccom_host_update_url( $order + $token, $options ) );
failing( fn() => wccom_host_update_url( $order, array( 'api_version' => 'v1.0' ) + $options ) );
failing( fn() => wccom_host_update_url( array( 'access_token_secret' => null ) + $site + $token, $options ) );
failing( fn() => wccom_host_update_url( array( 'access_token_secret' => '' ) + $site + $token, $options ) );
failing( fn() => wccom_host_update_url( array( 'access_token_secret' => 'null' ) + $site + $token, $options ) );
failing( fn() => wccom_host_update_url( array( 'access_token' => "topsecret\r\n" ) + $site + $token, $options ) );
failing( fn() => wccom_host_update_connected_site( $site, $options ) );
failing( fn() => wccom_host_update_connected_site( array( 'order' => 5 ) + $site, $options ) );
failing( fn() => wccom_host_install( $order, $options ) );
failing( fn() => wccom_host_install( array( 'product_slug' => '../topsecret' ) + $order, $options ) );
failing( fn() => wccom_host_install( array( 'product_slug' => array( 'a' ) ) + $order, $options ) );
failing( fn() => wccom_host_install( array( 'product_slug' => 'a', 'slug' => 'a' ) + $order, $options ) );
echo "-- the rest\n";
failing( fn() => wccom_host_package( array( 'key' => null ) ) );
failing( fn() => wccom_host_package( array( 'keyfile' => 'topsecret' ) ) );
failing( fn() => wccom_host_totals( array( 'timeout' => 0 ) + $options ) );
failing( fn() => wccom_host_product( 'A', $options ) );
failing( fn() => wccom_host_product( 'a/../../orders', $options ) );
failing( fn() => wccom_host_product( 5, $options ) );
failing( fn() => wccom_host_orders( array( 'per_page' => 5 ), $options ) );
failing( fn() => wccom_host_orders( array( 'after' => '2026-01-31T00:00:00' ), $options ) );
failing( fn() => wccom_host_orders( array(), array( 'key' => 'top secret' ) + $options ) );
failing( fn() => wccom_host_sign_url( 'example.com', 'topsecret' ) );
failing( fn() => wccom_host_sign_url( 'https://example.com', '' ) );
failing( fn() => wccom_host_sign_url( 'https://example.com', "topsecret\n" ) );
failing( fn() => wccom_host_sign_url( 'https://example.com', array( 'topsecret' ) ) );
var_dump( count( $sandbox->log() ) );
?>
--EXPECT--
-- wccom_host_cancel
ArgumentCountError []
TypeError []
TypeError []
TypeError []
TypeError []
ArgumentCountError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
-- wccom_host_order
ArgumentCountError []
TypeError []
TypeError []
TypeError []
TypeError []
ArgumentCountError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
-- wccom_host_order_connections
ArgumentCountError []
TypeError []
TypeError []
TypeError []
TypeError []
ArgumentCountError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
-- wccom_host_site
ArgumentCountError []
TypeError []
TypeError []
TypeError []
TypeError []
ArgumentCountError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"site_id"}
-- requests
TypeError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"url"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"url"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token_secret"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token_secret"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token_secret"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"order"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"product_slug"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"product_slug"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"product_slug"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"slug"}
-- the rest
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"keyfile"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"timeout"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"slug"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"slug"}
TypeError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"per_page"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"after"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"url"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token_secret"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"access_token_secret"}
TypeError []
int(0)
