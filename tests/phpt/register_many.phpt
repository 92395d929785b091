--TEST--
wccom_host_register_many() takes any iterable, keeps its keys, and gives each result to the callback
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$shop    = fn( string $name, array $more = array() ) => request( array( 'url' => "https://$name.example.com" ) + $more );

echo "-- an array\n";
$results = array();
$summary = wccom_host_register_many(
	array( 'a' => $shop( 'a' ), 7 => $shop( 'b' ), 'c' => $shop( 'c', array( 'user_id' => '9', 'home_url' => 'https://home.example.com/c' ) ) ),
	$sandbox->options( array( 'user_id' => 3 ) ),
	function ( $key, $result, $registration ) use ( &$results ) {
		$results[ $key ] = array( $result, $registration );
	}
);
ksort( $results );
foreach ( $results as $key => [$auth, $registration] ) {
	echo get_debug_type( $key ), " $key: ", implode( ' ', array_keys( $auth ) ), ', user ', $auth['user_id'], ', ', $auth['url'], ', ', strlen( $auth['access_token_secret'] ), "\n";
	echo implode( ' ', array_keys( $registration ) ), ', ', $registration['url'], ' ', json_encode( $registration['from_journal'] ), "\n";
}
unset( $summary['seconds'] );
echo json_encode( $summary ), "\n";

echo "-- a generator, read no further than needed, with keys of any kind\n";
$read      = 0;
$generator = ( function () use ( $shop, &$read ) {
	foreach ( array( 1.5, null, 'x', array( 'line' => 4 ), true ) as $index => $key ) {
		++$read;
		yield $key => $shop( "g$index" );
	}
} )();
$most      = 0;
$taken     = 0;
$keys      = array();
wccom_host_register_many(
	$generator,
	$sandbox->options( array( 'concurrency' => 1 ) ),
	function ( $key ) use ( &$most, &$taken, &$read, &$keys ) {
		++$taken;
		$most   = max( $most, $read - $taken );
		$keys[] = json_encode( $key );
	}
);
echo implode( ' ', $keys ), "; read ahead: $most\n";

echo "-- an IteratorAggregate\n";
$aggregate = new class( $shop( 'agg' ) ) implements IteratorAggregate {
	public function __construct( private array $request ) {}
	public function getIterator(): Iterator {
		return new ArrayIterator( array( 'only' => $this->request ) );
	}
};
wccom_host_register_many( $aggregate, $sandbox->options(), function ( $key, $result ) {
	echo $key, ' ', $result['url'], "\n";
} );

echo "-- wrong ones among them\n";
$wrong = array(
	'none'  => 'https://x.example.com',
	'typo'  => $shop( 't', array( 'prodcts' => array() ) ),
	'good'  => $shop( 'good' ),
	'twice' => $shop( 'GOOD' ),
	'user'  => $shop( 'u', array( 'user_id' => 'me' ) ),
);
$said    = array();
$summary = wccom_host_register_many( $wrong, $sandbox->options(), function ( $key, $result, $registration ) use ( &$said ) {
	$said[ $key ] = $result instanceof Throwable ? get_class( $result ) . " $result->field: " . $result->getMessage() . ' ' . json_encode( $registration ) : 'an array';
} );
foreach ( array_keys( $wrong ) as $key ) {
	echo "$key: $said[$key]\n";
}
echo "$summary[registered] $summary[invalid] $summary[duplicate] $summary[total]\n";

echo "-- nothing to do\n";
echo wccom_host_register_many( array(), $sandbox->options(), function () {} )['total'], "\n";

echo "-- wrong use\n";
failing( fn() => wccom_host_register_many( 'nothing', array() ) );
failing( fn() => wccom_host_register_many( new stdClass(), array() ) );
failing( fn() => wccom_host_register_many( array(), array(), 'no_such_function' ) );
failing( fn() => wccom_host_register_many( array( request() ), $sandbox->options() ) );
failing( fn() => wccom_host_register_many( array( request() ), $sandbox->options( array( 'key' => null ) ), function () {} ) );
failing( fn() => wccom_host_register_many( array( request() ), $sandbox->options( array( 'concurrency' => 0 ) ), function () {} ) );
var_dump( count( $sandbox->orders() ) );
?>
--EXPECTF--
-- an array
int 7: access_token access_token_secret site_id user_id updated url, user 3, https://b.example.com, 40
customer_id order_id site_id secret_kept api_version url from_journal journaled warnings, https://b.example.com false
string a: access_token access_token_secret site_id user_id updated url, user 3, https://a.example.com, 40
customer_id order_id site_id secret_kept api_version url from_journal journaled warnings, https://a.example.com false
string c: access_token access_token_secret site_id user_id updated url, user 9, https://home.example.com/c, 40
customer_id order_id site_id secret_kept api_version url from_journal journaled warnings, https://c.example.com false
{"total":3,"registered":3,"from_journal":0,"closed":0,"refused":0,"not_sent":0,"unknown":0,"secret_unavailable":0,"invalid":0,"duplicate":0,"skipped":0,"sent":3,"to_send":0,"stopped":null,"reason":null}
-- a generator, read no further than needed, with keys of any kind
1.5 null "x" {"line":4} true; read ahead: 1
-- an IteratorAggregate
only https://agg.example.com
-- wrong ones among them
none: WccomHost\InvalidRequestException request: request must be an array null
typo: WccomHost\InvalidRequestException prodcts: prodcts is not a known name; did you mean products? null
good: an array
twice: WccomHost\DuplicateSiteException url: url is that of an earlier request of this batch; nothing was sent for this one null
user: WccomHost\InvalidRequestException user_id: user_id must be a whole number, 0 or greater, not this string null
1 3 1 5
-- nothing to do
0
-- wrong use
TypeError []
TypeError []
TypeError []
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"on_result"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"key"}
WccomHost\InvalidRequestException {"outcome":"not_sent","retryable":false,"field":"concurrency"}
int(10)
