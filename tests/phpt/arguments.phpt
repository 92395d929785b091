--TEST--
Wrong arguments are named, nothing is sent, and no secret is in the exception
--INI--
zend.exception_ignore_args=0
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options();
$call    = fn( array $request, array $more = array() ) => failing( fn() => wccom_host_register( $request, array_merge( $options, $more ) ) );

failing( fn() => wccom_host_register( 'https://example.com/topsecret' ) );
failing( fn() => wccom_host_register( request(), 'topsecret' ) );
failing( fn() => wccom_host_register( request(), $options, $r, 'topsecret' ) );
failing( fn() => wccom_host_register() );
failing( fn() => wccom_host_same_site( array(), '' ) );
$call( array( 'https://example.com', TOKEN ) );
$call( request( array( 'url' => new stdClass() ) ) );
$call( request( array( 'wpcom_access_token' => "topsecret\r\nX-Evil: 1" ) ) );
$call( request( array( 'wpcom_access_token' => "topsecret\0" ) ) );
$call( request( array( 'wpcom_access_token' => str_repeat( 'topsecret', 8000 ) ) ) );
$call( request( array( 'wpcom_access_token' => "topsecret\xff" ) ) );
$call( request( array( 'metadata' => array( 'a' => 1.5 ) ) ) );
$call( request( array( 'metadata' => array( "\xff" => 'topsecret' ) ) ) );
$call( request( array( "\xff" => 'topsecret' ) ) );
$call( request( array( "prod\0ucts" => array() ) ) );
$call( request( array( 'products' => array( 'a', 'b' => 'c' ) ) ) );
$call( request(), array( 'key' => "topsecret\n" ) );
$call( request(), array( 'key' => '' ) );
$call( request(), array( 'key' => null ) );
$call( request(), array( 'key' => array( 'topsecret' ) ) );
$call( request(), array( 'key_file' => '/topsecret-file' ) );
$call( request(), array( 'timeout' => INF ) );
$call( request(), array( 'timeout' => true ) );
$call( request(), array( 'user_id' => '5x' ) );
$call( request(), array( 'current_auth' => 'topsecret' ) );
$call( request(), array( 'base_url' => 'http://topsecret.example' ) );
$call( request(), array( 'keyfile' => '/etc/key' ) );
$deep  = array();
$deep['a'] = &$deep;
$call( request( array( 'metadata' => $deep ) ) );
unset( $deep );
gc_collect_cycles(); // At its end PHP leaves it as it is, and valgrind calls that a leak.
failing( fn() => wccom_host_check( request( array( 'products' => 'topsecret' ) ), $options ) );
failing( fn() => wccom_host_check( request(), array( 'key' => 'top secret' ) + $options ) );
var_dump( count( wccom_host_check( request(), $options ) ), count( wccom_host_check( request( array( 'url' => 'http://10.0.0.1' ) ), $options ) ) );
var_dump( count( $sandbox->log() ) );

// References, and numbers as text, are as good as values.
$url  = 'https://example.com';
$auth = wccom_host_register( array( 'url' => &$url, 'wpcom_access_token' => TOKEN ), array( 'timeout' => '5', 'user_id' => 3.0 === 3.0 ? 3 : 0 ) + $options );
var_dump( $auth['url'], $url, count( $sandbox->log() ) );
?>
--EXPECTF--
TypeError []
TypeError []
ArgumentCountError []
ArgumentCountError []
TypeError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"0"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"url"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"wpcom_access_token"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"wpcom_access_token"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"wpcom_access_token"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"wpcom_access_token"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"metadata.a"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"metadata"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"the array"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"products"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"products"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key_file"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"timeout"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"timeout"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"user_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"current_auth"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"base_url"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"keyfile"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"metadata.a%s"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"products"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
int(0)
int(1)
int(0)
string(19) "https://example.com"
string(19) "https://example.com"
int(1)
