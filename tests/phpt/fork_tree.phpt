--TEST--
A tree of processes: parents register, fork and go on, all call at once, and each gets its own answer; of all who want one site, one registers it
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
/** Registers sites of its own and one that everybody wants; writes what it was given. */
function work( string $name ): void {
	global $options, $folder;
	$given = array();
	foreach ( array( "$name-before", 'common', "$name-after" ) as $site ) {
		$url           = "https://$site.example.com";
		$auth          = wccom_host_register( request( array( 'url' => $url ) ), $options, $registration );
		$given[ $url ] = array( $auth['access_token_secret'], $auth['site_id'], $registration['order_id'], $auth['url'] );
	}
	file_put_contents( "$folder/given-$name", json_encode( $given ) );
}

/** A process that has registered before it forks, that reads orders meanwhile, and that goes on with its children. */
function tree( string $name, int $levels ): void {
	global $options;
	wccom_host_register( request( array( 'url' => "https://$name.example.com" ) ), $options );
	$held = "https://$name-held.example.com";
	wccom_host_journal_lock( $held, $options );
	$orders   = wccom_host_orders( array( 'status' => 'completed' ), array_diff_key( $options, array( 'journal' => 0 ) ) );
	$children = array();
	$read     = 0;
	foreach ( $orders as $order ) {
		if ( 100 !== ++$read ) {
			continue;
		}
		for ( $i = 1; $i <= 3 && $levels > 0; $i++ ) {
			$child = pcntl_fork();
			if ( 0 === $child ) {
				// Its parent's lock is not its own.
				try {
					wccom_host_journal_lock( $held, array( 'timeout' => 0.05 ) + $options );
					exit( 9 );
				} catch ( WccomHost\Exception $e ) {
					tree( "$name-$i", $levels - 1 );
				}
				exit( 0 );
			}
			$children[] = $child;
		}
		work( $name );
	}
	if ( $read < 250 ) {
		exit( 8 );
	}
	foreach ( $children as $child ) {
		pcntl_waitpid( $child, $status );
		if ( 0 !== $status ) {
			exit( pcntl_wexitstatus( $status ) ?: 7 );
		}
	}
	wccom_host_journal_unlock( $held, $options );
}

if ( isset( $argv[1] ) ) {
	[ $options, $folder ] = json_decode( $argv[1], true );
	tree( 'root', 3 );
	exit( 0 );
}

$sandbox = new Sandbox( '--tls' );
$options = array_diff_key( $sandbox->options( array( 'journal' => folder() . '/journal', 'timeout' => 60 ) ), array( 'ca_file' => 0 ) );
$sandbox->seed( array( 'count' => 250 ) );
// The store is read by the first process, and all others have it from there, with what TLS remembers of the service.
$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_EXTENSION' ), __FILE__, json_encode( array( $options, folder() ) ) );
$process = proc_open( $command, array(), $pipes, __DIR__, array( 'SSL_CERT_FILE' => $sandbox->ready['ca_file'] ) + array_intersect_key( getenv(), array( 'VALGRIND_OPTS' => 1 ) ) );
echo 'exit code ', proc_close( $process ), "\n";
$options['ca_file'] = $sandbox->ready['ca_file'];

$issued = array();
foreach ( explode( "\n", trim( file_get_contents( $sandbox->ready['control_url'] . '/sites' ) ) ) as $line ) {
	$site                   = json_decode( $line, true );
	$issued[ $site['url'] ] = $site;
}
$orders = array_column( array_filter( $sandbox->orders(), fn( array $order ) => null !== $order['url'] ), null, 'id' );
$common = array();
$wrong  = 0;
$files  = glob( folder() . '/given-*' );
foreach ( $files as $file ) {
	foreach ( json_decode( file_get_contents( $file ), true ) as $url => [ $secret, $site_id, $order_id, $stored ] ) {
		$wrong += (int) ( array( $url, $url, $secret, $url, $site_id ) !== array( $stored, $issued[ $url ]['url'] ?? '', $issued[ $url ]['access_token_secret'] ?? '', $orders[ $order_id ]['url'] ?? '', $issued[ $url ]['site_id'] ?? 0 ) );
	}
}
$urls   = array_filter( array_column( $orders, 'url' ), fn( string $url ) => 1 === preg_match( '#//(root|common)#', $url ) );
$states = array();
foreach ( array_unique( $urls ) as $url ) {
	$states[] = wccom_host_journal_read( $url, $options )['state'] ?? 'nothing';
}
echo count( $files ), " processes\n";
echo "$wrong wrong answers\n";
echo count( $urls ), ' orders of ', count( array_unique( $urls ) ), " sites\n";
echo implode( ', ', array_unique( $states ) ), ' in the journal of ', count( $states ), "\n";
?>
--EXPECT--
exit code 0
40 processes
0 wrong answers
121 orders of 121 sites
received in the journal of 121
