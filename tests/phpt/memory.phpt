--TEST--
Calls leave no memory behind, neither in PHP nor outside of it
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options( array( 'current_auth' => array( 'access_token' => 'a', 'access_token_secret' => 'b' ) ) );
function resident(): int {
	preg_match( '/^VmRSS:\s+(\d+)/m', file_get_contents( '/proc/self/status' ), $match );
	return (int) $match[1];
}
function calls( int $count ): void {
	global $options;
	for ( $i = 0; $i < $count; $i++ ) {
		try {
			wccom_host_register( request( array( 'url' => 'https://example.com/' . $i % 2 ) ), $options, $registration );
		} catch ( WccomHost\SecretUnavailableException $e ) {
			$e = null;
		}
		try {
			wccom_host_register( request( array( 'products' => 'none' ) ), $options );
		} catch ( WccomHost\InvalidRequestException $e ) {
			$e = null;
		}
	}
}
calls( 200 );
$rust = resident();
$php  = memory_get_usage();
calls( 600 );
var_dump( memory_get_usage() - $php, resident() - $rust < 2048 );

echo "-- an answer of 100 MiB is not read to its end\n";
$sandbox->fault( array( 'kind' => 'oversize', 'bytes' => 104857600 ) );
failing( fn() => wccom_host_register( request( array( 'url' => 'https://new.example.com' ) ), $options ) );
var_dump( resident() - $rust < 8192 );
?>
--EXPECT--
int(0)
bool(true)
-- an answer of 100 MiB is not read to its end
WccomHost\UnexpectedResponseException {"outcome":"unknown","retryable":false,"httpStatus":200,"field":""}
bool(true)
