--TEST--
Pruning a batch's journal: secrets go and sites stay known; only what is named is forgotten, and can be ordered again
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$journal = folder() . '/journal';
$options = $sandbox->options( array( 'journal' => $journal ) );
$only    = array( 'journal' => $journal, 'timeout' => 0.2 );
failing( fn() => wccom_host_journal_prune( array(), $only ) );

$requests = array();
foreach ( array( 'refused', 'unknown', 'received', 'other' ) as $name ) {
	$requests[ $name ] = request( array( 'url' => "https://$name.example.com" ) );
}
$sandbox->fault( array( 'kind' => 'status', 'status' => 400, 'body' => '{"code":"rest_no","message":"No.","data":null}', 'content_type' => 'application/json' ) );
$sandbox->fault( array( 'kind' => 'reset', 'when' => 'after' ) );
$run = function () use ( $requests, $options ) {
	$results = array();
	wccom_host_register_many(
		$requests,
		$options + array( 'concurrency' => 1 ),
		function ( $key, $result ) use ( &$results ) {
			$results[ $key ] = is_array( $result ) ? 'ok' : substr( get_class( $result ), 10 );
		}
	);
	ksort( $results );
	echo json_encode( $results ), "\n";
};
$states = function () use ( $only ) {
	$states = array();
	foreach ( wccom_host_journal( array(), $only ) as $home_url => $record ) {
		$states[ $home_url ] = $record['state'];
	}
	ksort( $states );
	echo json_encode( $states, JSON_UNESCAPED_SLASHES ), "\n";
};
$run();
$states();
var_dump( count( $sandbox->orders() ) );

echo "-- one site, then the default\n";
var_dump( wccom_host_journal_prune( array( 'site' => 'https://received.example.com/' ), $only ) );
$states();
var_dump( wccom_host_journal_prune( array( 'older_than' => 3600 ), $only ), wccom_host_journal_prune( array(), $only ), wccom_host_journal_prune( array(), $only ) );
$states();
var_dump( str_contains( file_get_contents( "$journal/batch.jsonl" ), 'access_token_secret' ) );
$run();
var_dump( count( $sandbox->orders() ) );
failing( fn() => wccom_host_register( $requests['unknown'], $options ) );
var_dump( failing( fn() => wccom_host_register( $requests['received'], $options ) ) instanceof WccomHost\SecretUnavailableException, count( $sandbox->orders() ) );

echo "-- forget\n";
failing( fn() => wccom_host_journal_prune( array( 'state' => 'sent' ), $only ) );
failing( fn() => wccom_host_journal_prune( array( 'forget' => true ), $only ) );
failing( fn() => wccom_host_journal_prune( array( 'with_secrets' => true ), $only ) );
var_dump( wccom_host_journal_prune( array( 'state' => array( 'sent', 'closed' ), 'forget' => true, 'site' => array( 'https://unknown.example.com' ) ), $only ) );
$states();
$run();
var_dump( count( $sandbox->orders() ) );
?>
--EXPECTF--
WccomHost\Exception {"outcome":"not_sent","retryable":false}
{"other":"ok","received":"ok","refused":"ApiException","unknown":"OutcomeUnknownException"}
{"https://other.example.com":"received","https://received.example.com":"received","https://refused.example.com":"refused","https://unknown.example.com":"sent"}
int(3)
-- one site, then the default
int(1)
{"https://other.example.com":"received","https://received.example.com":"closed","https://refused.example.com":"refused","https://unknown.example.com":"sent"}
int(0)
int(2)
int(0)
{"https://other.example.com":"closed","https://received.example.com":"closed","https://unknown.example.com":"sent"}
bool(false)
{"other":"%sException","received":"%sException","refused":"ok","unknown":"OutcomeUnknownException"}
int(4)
WccomHost\OutcomeUnknownException {"outcome":"unknown","retryable":false,"httpStatus":0}
WccomHost\%s
bool(true)
int(4)
-- forget
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"state"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"forget"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"with_secrets"}
int(1)
{"https://other.example.com":"closed","https://received.example.com":"closed","https://refused.example.com":"received"}
{"other":"%sException","received":"%sException","refused":"ok","unknown":"%sException"}
int(5)
