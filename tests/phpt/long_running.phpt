--TEST--
A worker that lives long: thousands of calls that succeed and fail in every way leave no memory, no file and no thread behind
--FILE--
<?php
require 'sandbox.inc';
$calls   = getenv( 'WCCOM_HOST_WHOLE' ) ? 10000 : 1000;
$good    = new Sandbox();
$tls     = new Sandbox( '--tls' );
$lost    = new Sandbox();
$broken  = new Sandbox();
$journal = array( 'journal' => folder() . '/journal', 'timeout' => 30 );
$lost->fault( array( 'kind' => 'reset', 'when' => 'after' ), times: $calls );
$broken->fault( array( 'kind' => 'body', 'body' => '<html>Maintenance</html>', 'content_type' => 'text/html' ), times: $calls );
$good->seed( array( 'count' => 250 ) );
// A port that nobody listens on, and that nobody else can have.
$closed = stream_socket_server( 'tcp://127.0.0.1:0', $code, $error, STREAM_SERVER_BIND );
$nobody = 'http://' . stream_socket_get_name( $closed, false );

$ways = array(
	'done'        => function ( array $site ) use ( $good, $journal ) {
		wccom_host_register( $site, $good->options( $journal ), $registration );
		wccom_host_journal_close( $site['url'], $good->options( $journal ) );
	},
	'by TLS'      => fn( array $site ) => wccom_host_register( $site, $tls->options() ),
	'wrong key'   => fn( array $site ) => wccom_host_register( $site, $good->options( array( 'key' => 'wrong' ) + $journal ) ),
	'not sent'    => fn( array $site ) => wccom_host_register( $site, $good->options( array( 'base_url' => $nobody, 'timeout' => 0.1 ) ) ),
	'lost'        => function ( array $site ) use ( $lost, $journal ) {
		try {
			wccom_host_register( $site, $lost->options( $journal ) );
		} finally {
			wccom_host_journal_close( $site['url'], $lost->options( $journal ) );
		}
	},
	'broken'      => fn( array $site ) => wccom_host_register( $site, $broken->options() ),
	'wrong'       => fn( array $site ) => wccom_host_register( array( 'products' => 'none' ) + $site, $good->options() ),
	'some orders' => function () use ( $good ) {
		foreach ( wccom_host_orders( array(), $good->options() ) as $order ) {
			return;
		}
	},
	'twice'       => function () use ( $tls ) {
		wccom_host_register( request( array( 'url' => 'https://twice.example.com' ) ), $tls->options() );
	},
	'batch'       => function ( array $site, int $call ) use ( $good ) {
		$options = $good->options( array( 'journal' => folder() . '/batch-' . intdiv( $call, 500 ), 'timeout' => 30 ) );
		wccom_host_register_many( array( $site, array( 'url' => 'none' ), $site ), $options, fn() => null );
	},
);
/** @return array<string, int> What the process has. */
function measures(): array {
	preg_match( '/^VmRSS:\s+(\d+).*^Threads:\s+(\d+)/ms', file_get_contents( '/proc/self/status' ), $status );
	return array( 'php' => memory_get_usage(), 'kib' => (int) $status[1], 'threads' => (int) $status[2], 'files' => count( scandir( '/proc/self/fd' ) ) );
}

$seen    = array();
$figures = folder() . '/figures';
for ( $call = 0; $call < $calls; $call++ ) {
	if ( 0 === $call % intdiv( $calls, 10 ) ) {
		file_put_contents( $figures, "$call calls: " . json_encode( measures() ) . "\n", FILE_APPEND );
	}
	if ( intdiv( $calls, 5 ) === $call ) {
		$warm = measures();
	}
	$way = array_keys( $ways )[ $call % count( $ways ) ];
	try {
		$ways[ $way ]( request( array( 'url' => "https://shop-$call.example.com" ) ), $call );
		$how = 'returns';
	} catch ( WccomHost\Exception $e ) {
		$how = ( new ReflectionClass( $e ) )->getShortName() . " $e->outcome";
	}
	$seen[ $way ][ $how ] = ( $seen[ $way ][ $how ] ?? 0 ) + 1;
	unset( $e );
}
$end = measures();
foreach ( $seen as $way => $hows ) {
	echo "$way: ", implode( ', ', array_keys( $hows ) ), "\n";
}
$is_flat = array(
	'threads'       => 1 === $end['threads'],
	'files'         => $end['files'] === $warm['files'],
	'memory of PHP' => $end['php'] - $warm['php'] < 4096,
	'memory'        => $end['kib'] - $warm['kib'] < 1024,
);
foreach ( $is_flat as $what => $is_so ) {
	echo "$what: ", $is_so ? 'flat' : json_encode( array( $warm, $end ) ), "\n";
}
if ( getenv( 'WCCOM_HOST_FIGURES' ) ) {
	copy( $figures, getenv( 'WCCOM_HOST_FIGURES' ) . '-long-running' );
}
?>
--EXPECT--
done: returns
by TLS: returns
wrong key: ApiException refused
not sent: ConnectionException not_sent
lost: OutcomeUnknownException unknown
broken: UnexpectedResponseException unknown
wrong: InvalidRequestException not_sent
some orders: returns
twice: returns, SecretUnavailableException refused
batch: returns
threads: flat
files: flat
memory of PHP: flat
memory: flat
