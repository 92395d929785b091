--TEST--
Within a batch the journal can be used, also by a batch in it and by single registers; other processes and forked children cannot
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$journal = folder() . '/journal';
$options = $sandbox->options( array( 'journal' => $journal ) );
$short   = array( 'timeout' => 0.2 ) + $options;
$site    = fn( string $name ) => request( array( 'url' => "https://$name.example.com" ) );

/** Runs this in a forked child and waits for it. */
function in_child( callable $act ): void {
	flush();
	$child = pcntl_fork();
	if ( 0 === $child ) {
		$act();
		exit( 0 );
	}
	pcntl_waitpid( $child, $status );
}

wccom_host_journal_lock( 'https://locked.example.com', $options );
$summary = wccom_host_register_many(
	array( $site( 'one' ), $site( 'two' ) ),
	array( 'concurrency' => 1 ) + $options,
	function ( $key, $auth ) use ( $site, $options, $short ) {
		if ( 1 === $key ) {
			return;
		}
		var_dump( wccom_host_journal_read( $auth['url'], $options )['auth'] === $auth );
		var_dump( wccom_host_journal_close( $auth['url'], $options ), wccom_host_journal_read( $auth['url'], $options )['state'] );
		var_dump( wccom_host_register( $site( 'single' ), $options )['url'], wccom_host_register( $site( 'locked' ), $options )['url'] );
		var_dump( wccom_host_register_many( array( $site( 'inner' ), $site( 'single' ) ), $options )['registered'] );
		var_dump( count( iterator_to_array( wccom_host_journal( array(), $options ) ) ) > 3 );
		echo "-- a child\n";
		in_child(
			function () use ( $site, $short, $auth ) {
				failing( fn() => wccom_host_register( $site( 'child' ), $short ) );
				failing( fn() => wccom_host_journal_close( $auth['url'], $short ) );
				failing( fn() => wccom_host_register_many( array( $site( 'child' ) ), $short ) );
				failing( fn() => wccom_host_journal_prune( array(), $short ) );
				wccom_host_journal_unlock( 'https://locked.example.com', $short );
				var_dump( wccom_host_journal_read( $auth['url'], $short )['state'] );
			}
		);
		echo "-- its parent\n";
	}
);
var_dump( $summary['registered'], wccom_host_register( $site( 'two' ), $options, $registration )['url'], $registration['from_journal'] );
var_dump( preg_match( '/\}\n\z/', file_get_contents( "$journal/batch.jsonl" ) ) );

echo "-- after the batch\n";
in_child(
	function () use ( $site, $short ) {
		var_dump( wccom_host_register( $site( 'child' ), $short )['url'] );
		// The parent has a site locked.
		failing( fn() => wccom_host_journal_lock( 'https://locked.example.com', $short ) );
		failing( fn() => wccom_host_register_many( array( $site( 'child' ) ), $short ) );
	}
);
wccom_host_journal_unlock( 'https://locked.example.com', $options );
in_child( fn() => var_dump( wccom_host_register_many( array( $site( 'child' ) ), $short )['from_journal'] ) );
var_dump( count( $sandbox->orders() ) );
?>
--EXPECT--
bool(true)
bool(true)
string(6) "closed"
string(26) "https://single.example.com"
string(26) "https://locked.example.com"
int(1)
bool(true)
-- a child
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
string(6) "closed"
-- its parent
int(2)
string(23) "https://two.example.com"
bool(true)
int(1)
-- after the batch
string(25) "https://child.example.com"
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
int(1)
int(6)
