--TEST--
The journal: received registrations are returned again, unknown ones block, stored ones are read, closed ones are gone
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$home    = 'https://example.com';
$options = $sandbox->options( array( 'journal' => folder() . '/journal' ) );

var_dump( wccom_host_journal_read( $home, $options ) );
$auth   = wccom_host_register( request(), $options, $registration );
$record = wccom_host_journal_read( $home . '/', $options );
var_dump( $record['state'], $record['auth'] === $auth, $record['registration']['order_id'] === $registration['order_id'] );
var_dump( wccom_host_register( request(), $options, $again ) === $auth, $again['from_journal'], count( $sandbox->orders() ) );
printf( "%o %o\n", fileperms( folder() . '/journal' ) & 0777, fileperms( $record['journal_file'] ) & 0777 );
var_dump( wccom_host_journal_close( $home, $options ), wccom_host_journal_close( $home, $options ), wccom_host_journal_read( $home, $options ) );
var_dump( str_contains( (string) shell_exec( 'cat ' . folder() . '/journal/*' ), $auth['access_token_secret'] ) );

echo "-- unknown\n";
$sandbox->fault( array( 'kind' => 'reset', 'when' => 'after' ) );
$e = failing( fn() => wccom_host_register( request( array( 'url' => 'https://two.example.com' ) ), $options ) );
var_dump( is_file( $e->journalFile ) );
failing( fn() => wccom_host_register( request( array( 'url' => 'https://two.example.com' ) ), $options ) );
$found = wccom_host_lookup( 'https://two.example.com', $options );
var_dump( count( $sandbox->orders() ), count( $found ), array_diff( array_column( $sandbox->orders(), 'id' ), array_column( $found, 'id' ) ) === array() );
var_dump( wccom_host_journal_read( 'https://two.example.com', $options )['state'] );

echo "-- stored\n";
$auth['url'] = 'https://three.example.com';
wccom_host_journal_store( $auth, $registration, $options );
var_dump( wccom_host_journal_read( 'https://three.example.com', $options )['auth'] === $auth );
failing( fn() => wccom_host_journal_store( array( 'access_token_secret' => null ) + $auth, array(), $options ) );
failing( fn() => wccom_host_journal_store( array( 'site_id' => 'x' ) + $auth, array(), $options ) );
failing( fn() => wccom_host_journal_read( $home ) );
?>
--EXPECT--
NULL
string(8) "received"
bool(true)
bool(true)
bool(true)
bool(true)
int(1)
700 600
bool(true)
bool(false)
NULL
bool(false)
-- unknown
WccomHost\OutcomeUnknownException {"outcome":"unknown","retryable":false,"httpStatus":0}
bool(true)
WccomHost\OutcomeUnknownException {"outcome":"unknown","retryable":false,"httpStatus":0}
int(2)
int(2)
bool(true)
string(4) "sent"
-- stored
bool(true)
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"auth.access_token_secret"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"auth.site_id"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"journal"}
