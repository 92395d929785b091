<?php
/**
 * The database gives up waiting for a lock after a second, not after ten: nothing else differs, but the test is shorter.
 *
 * @package WccomHost
 */

$dbh = $GLOBALS['wpdb']->dbh;
if ( $dbh instanceof mysqli ) {
	$dbh->query( 'SET SESSION innodb_lock_wait_timeout = 1' );
} else {
	$dbh->get_connection()->get_pdo()->setAttribute( PDO::ATTR_TIMEOUT, 1 );
}
