<?php
/**
 * The database gives up waiting for a lock after a second, not after ten: nothing else differs, but the test is shorter.
 *
 * @package WccomHost
 */

$GLOBALS['wpdb']->dbh->get_connection()->get_pdo()->setAttribute( PDO::ATTR_TIMEOUT, 1 );
