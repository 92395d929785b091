--TEST--
Once a call has returned, the key is nowhere in the process's memory, and nothing of token and secret in the extension's
--SKIPIF--
<?php
if ( ! is_readable( '/proc/self/maps' ) ) {
	die( 'skip there is no /proc' );
}
?>
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
file_put_contents( folder() . '/key', KEY . "\n" );

// In another process, whose memory is read as a core dump has it. The token is put together there, so that PHP's code does not
// have it, and what PHP keeps of it is left out below.
file_put_contents( folder() . '/script.php', '<?php
	$options = json_decode( file_get_contents( $argv[1] ), true );
	$token   = str_rot13( $options["token"] );
	unset( $options["token"] );
	$wait = function ( string $at ): void {
		echo "$at\n";
		fgets( STDIN );
	};
	$calls = array(
		"register"  => fn() => wccom_host_register( array( "url" => "https://a.example.com", "wpcom_access_token" => $token ), $options ),
		"refused"   => fn() => wccom_host_register( array( "url" => "https://b.example.com", "wpcom_access_token" => $token ), $options ),
		"malformed" => fn() => wccom_host_register( array( "url" => "https://c.example.com", "wpcom_access_token" => $token ), $options ),
		"no answer" => fn() => wccom_host_register( array( "url" => "https://d.example.com", "wpcom_access_token" => $token ), array( "timeout" => 1 ) + $options ),
		"verify"    => fn() => wccom_host_verify( $auth, $options ),
		"many"      => fn() => wccom_host_register_many( array( array( "url" => "https://e.example.com", "wpcom_access_token" => $token ), array( "url" => "https://f.example.com", "wpcom_access_token" => $token ) ), $options, fn() => true ),
		"keep"      => function () use ( $options, $wait ) {
			wccom_host_take_key( array( "key_file" => $options["key_file"] ) );
			$wait( "kept" );
			wccom_host_totals();
			wccom_host_forget_key();
		},
		"journal"   => fn() => wccom_host_journal_read( "https://a.example.com", $options ),
		"orders"    => fn() => iterator_to_array( wccom_host_orders( array(), $options ) ),
	);
	foreach ( $calls as $name => $call ) {
		echo "$name\n";
		$auth = null;
		if ( "verify" === $name ) {
			$auth = wccom_host_journal_read( "https://a.example.com", $options )["auth"];
		}
		try {
			"verify" === $name ? wccom_host_verify( $auth, $options ) : $call();
		} catch ( WccomHost\Exception $e ) {
			unset( $e );
		}
		$wait( "after $name" );
	}
' );

/** The parts of a process's memory that can be written to, but for those of PHP's own allocator, which are whole pieces of 2 MiB. */
function memory_of( int $pid, bool $with_php ): string {
	preg_match_all( '/^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+ *(.*)$/m', file_get_contents( "/proc/$pid/maps" ), $places, PREG_SET_ORDER );
	$memory = fopen( "/proc/$pid/mem", 'rb' );
	stream_set_read_buffer( $memory, 0 );
	$text = '';
	foreach ( $places as list( , $start, $end, $name ) ) {
		list( $start, $end ) = array( hexdec( $start ), hexdec( $end ) );
		if ( '' === $name && ! $with_php ) {
			// PHP's are aligned, and may have something else as a neighbour.
			$first = $start + ( -$start & 0x1fffff );
			$last  = $end - ( $end & 0x1fffff );
			if ( $first < $last ) {
				$text .= read_memory( $memory, $start, $first ) . read_memory( $memory, $last, $end );
				continue;
			}
		}
		$text .= read_memory( $memory, $start, $end );
	}
	return $text;
}

/** @param resource $memory */
function read_memory( $memory, int $start, int $end ): string {
	return $start < $end && 0 === fseek( $memory, $start ) ? (string) stream_get_contents( $memory, $end - $start ) : '';
}

/** A secret as it is, and as the first block of an HMAC. */
function assert_without( string $what, string $secret, string $memory ): void {
	foreach ( array( 'plain' => $secret, 'ipad' => $secret ^ str_repeat( "\x36", strlen( $secret ) ), 'opad' => $secret ^ str_repeat( "\x5c", strlen( $secret ) ) ) as $form => $text ) {
		for ( $count = substr_count( $memory, $text ); $count > 0; $count = 0 ) {
			echo "$what: $count times ($form) ", addcslashes( substr( $memory, max( 0, strpos( $memory, $text ) - 60 ), 140 ), "\0..\37\177..\377" ), "\n";
		}
	}
}

$options = array( 'key_file' => folder() . '/key', 'journal' => folder() . '/journal', 'timeout' => 20, 'token' => str_rot13( TOKEN ) );
file_put_contents( folder() . '/options.json', json_encode( $options ) );
$settings = array( '-d', "wccom_host.base_url={$sandbox->ready['base_url']}", '-d', "wccom_host.helper_base_url={$sandbox->ready['helper_base_url']}", '-d', "wccom_host.ca_file={$sandbox->ready['ca_file']}" );
$process  = proc_open( array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), ...$settings, folder() . '/script.php', folder() . '/options.json' ), array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), STDERR ), $pipes );
$pid      = proc_get_status( $process )['pid'];
while ( false !== ( $at = fgets( $pipes[1] ) ) ) {
	$at = rtrim( $at );
	echo "$at\n";
	$fault = array(
		'register'  => array( 'kind' => 'delay', 'ms' => 1500 ),
		'refused'   => array( 'kind' => 'status', 'status' => 400, 'body' => array( 'code' => 'x', 'message' => 'not ' . TOKEN . ' ' . KEY, 'data' => array( 'status' => 400 ) ) ),
		'malformed' => array( 'kind' => 'patch', 'set' => array( 'site_id' => 'none' ) ),
		'no answer' => array( 'kind' => 'delay', 'ms' => 3000 ),
	)[ $at ] ?? null;
	if ( null !== $fault ) {
		$sandbox->fault( $fault );
	}
	if ( 'register' === $at ) {
		// The request is under way: a core dump has the key now.
		for ( $tries = 0; $tries < 400 && ! str_contains( memory_of( $pid, true ), KEY ); $tries++ ) {
			usleep( 5000 );
		}
		var_dump( $tries < 400 );
	} elseif ( 'kept' === $at ) {
		var_dump( str_contains( memory_of( $pid, true ), KEY ) );
		fwrite( $pipes[0], "\n" );
	} elseif ( str_starts_with( $at, 'after' ) ) {
		assert_without( 'the key', KEY, memory_of( $pid, true ) );
		$memory = memory_of( $pid, false );
		assert_without( 'the token', TOKEN, $memory );
		foreach ( glob( folder() . '/journal/*' ) as $file ) {
			preg_match_all( '/[0-9a-f]{40}/', file_get_contents( $file ), $secrets );
			foreach ( $secrets[0] as $secret ) {
				assert_without( 'a secret', $secret, $memory );
			}
		}
		fwrite( $pipes[0], "\n" );
	}
}
var_dump( proc_close( $process ) );
?>
--EXPECT--
register
bool(true)
after register
refused
after refused
malformed
after malformed
no answer
after no answer
verify
after verify
many
after many
keep
kept
bool(true)
after keep
journal
after journal
orders
after orders
int(0)
