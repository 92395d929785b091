--TEST--
The list of a journal: the last record of each site, of batches and of single sites, with secrets only where asked
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$journal = folder() . '/journal';
$options = $sandbox->options( array( 'journal' => $journal ) );
$only    = array( 'journal' => $journal );

failing( fn() => wccom_host_journal( array(), $only ) );
var_dump( file_exists( $journal ) );

$requests = array();
foreach ( array( 'one', 'two', 'three', 'four' ) as $name ) {
	$requests[ $name ] = request( array( 'url' => "https://$name.example.com" ) );
}
$auths = array();
$sandbox->fault( array( 'kind' => 'status', 'status' => 400, 'body' => '{"code":"rest_no","message":"No.","data":null}', 'content_type' => 'application/json' ) );
wccom_host_register_many(
	$requests,
	$options + array( 'concurrency' => 1 ),
	function ( $key, $result ) use ( &$auths ) {
		$auths[ $key ] = $result;
	}
);
$single = wccom_host_register( request( array( 'url' => 'https://five.example.com/' ) ), $options, $registration );
var_dump( wccom_host_journal_close( 'https://two.example.com', $only ), wccom_host_journal_close( 'https://two.example.com', $only ) );

$records = iterator_to_array( wccom_host_journal( array(), $only ) );
ksort( $records );
foreach ( $records as $home_url => $record ) {
	echo $home_url, ' ', $record['state'], ' ', json_encode( $record['auth'] ), ' ', json_encode( $record['has_secret'] ), ' ', basename( $record['journal_file'] ), "\n";
	var_dump( $record['home_url'] === $home_url );
}
echo str_contains( serialize( $records ), $single['access_token_secret'] ) ? "A SECRET IS IN THE LIST\n" : '';
echo implode( ' ', array_keys( $records['https://three.example.com'] ) ), "\n";
var_dump( str_contains( (string) $records['https://one.example.com']['reason'], 'No.' ) );

echo "-- with secrets, and the rest of the record as it is read\n";
$records = iterator_to_array( wccom_host_journal( array( 'with_secrets' => true, 'state' => 'received' ), $only ) );
var_dump( count( $records ), $records['https://five.example.com/']['auth'] === $single, $records['https://three.example.com']['auth'] === $auths['three'] );
$read = wccom_host_journal_read( 'https://three.example.com', $only );
var_dump( array_diff_key( $records['https://three.example.com'], array( 'has_secret' => 1 ) ) === $read );

echo "-- filters\n";
$states = fn( array $filters ) => implode( ' ', array_column( iterator_to_array( wccom_host_journal( $filters, $only ) ), 'state' ) );
var_dump( $states( array( 'state' => array( 'closed', 'refused' ) ) ), $states( array( 'older_than' => 3600 ) ), $states( array( 'state' => 'received', 'older_than' => 0 ) ) );
failing( fn() => wccom_host_journal( array( 'state' => 'unknown' ), $only ) );
failing( fn() => wccom_host_journal( array( 'stat' => 'sent' ), $only ) );
failing( fn() => wccom_host_journal() );

echo "-- an iterator\n";
$list = wccom_host_journal( array( 'state' => 'closed' ), $only );
var_dump( $list instanceof Iterator, $list->key(), $list->current()['registration']['order_id'] > 0, $list->valid() );
$list->next();
var_dump( $list->valid(), $list->key(), $list->current() );
$list->next();
wccom_host_journal_close( 'https://three.example.com', $only );
foreach ( $list as $home_url => $record ) {
	echo $home_url, "\n";
}
failing( fn() => new WccomHost\Journal() );
failing( fn() => serialize( $list ) );
chmod( $journal, 0750 );
failing( fn() => wccom_host_journal( array(), $only ) );
failing( fn() => $list->rewind() );
var_dump( $list->valid() );
?>
--EXPECTF--
WccomHost\Exception {"outcome":"not_sent","retryable":false}
bool(false)
bool(true)
bool(false)
https://five.example.com/ received null true five.example.com-%x.json
bool(true)
https://four.example.com received null true batch.jsonl
bool(true)
https://one.example.com refused null false batch.jsonl
bool(true)
https://three.example.com received null true batch.jsonl
bool(true)
https://two.example.com closed null false batch.jsonl
bool(true)
state url home_url api_version email started http_status reason has_answer journal_file auth registration has_secret
bool(true)
-- with secrets, and the rest of the record as it is read
int(3)
bool(true)
bool(true)
bool(true)
-- filters
string(14) "refused closed"
string(0) ""
string(26) "received received received"
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"state"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"stat"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"journal"}
-- an iterator
bool(true)
string(23) "https://two.example.com"
bool(true)
bool(true)
bool(false)
NULL
NULL
https://two.example.com
https://three.example.com
Exception []
Exception []
WccomHost\Exception {"outcome":"not_sent","retryable":false}
WccomHost\Exception {"outcome":"not_sent","retryable":false}
bool(false)
