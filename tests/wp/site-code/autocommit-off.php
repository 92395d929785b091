<?php
/**
 * A drop-in (wp-content/db.php) for sites that want transactions: nothing is kept that nobody commits.
 *
 * @package WccomHost
 */

$GLOBALS['wpdb'] = new class( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST ) extends wpdb {

	/**
	 * Connects, and turns autocommit off.
	 *
	 * @param bool $allow_bail Whether to end the process if it cannot.
	 */
	public function db_connect( $allow_bail = true ) {
		return parent::db_connect( $allow_bail ) && mysqli_autocommit( $this->dbh, false );
	}
};
