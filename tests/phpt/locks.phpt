--TEST--
A site's lock is held until it is given up, by one process: not by its forked child
--EXTENSIONS--
pcntl
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$home    = 'https://example.com';
$options = $sandbox->options( array( 'journal' => folder() . '/journal', 'timeout' => 0.2 ) );
wccom_host_journal_lock( $home, $options );
wccom_host_journal_lock( $home, $options );
var_dump( wccom_host_register( request(), $options )['url'] );

$child = pcntl_fork();
if ( 0 === $child ) {
	$e = failing( fn() => wccom_host_journal_lock( $home, $options ) );
	failing( fn() => wccom_host_register( request(), $options ) );
	wccom_host_journal_unlock( $home, $options );
	exit( 0 );
}
pcntl_waitpid( $child, $status );

$child = pcntl_fork();
if ( 0 === $child ) {
	// The parent's lock has outlived the first child's attempt to give it up.
	failing( fn() => wccom_host_journal_lock( $home, $options ) );
	exit( 0 );
}
pcntl_waitpid( $child, $status );

wccom_host_journal_unlock( $home, $options );
$child = pcntl_fork();
if ( 0 === $child ) {
	wccom_host_journal_lock( $home, $options );
	echo "the child has it\n";
	exit( 0 );
}
pcntl_waitpid( $child, $status );
var_dump( wccom_host_journal_close( $home, $options ), count( $sandbox->orders() ) );
?>
--EXPECT--
string(19) "https://example.com"
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
WccomHost\Exception {"outcome":"not_sent","retryable":true}
the child has it
bool(true)
int(1)
