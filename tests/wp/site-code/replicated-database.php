<?php
/**
 * A drop-in (wp-content/db.php) that writes to one database and reads from a copy of it, by the rules of HyperDB: a table
 * that this process has written to, and after send_reads_to_masters() every table, is read where it is written. With
 * REPLICA=naive it has no such rules. There is a copy as soon as there is a file REPLICA_LAGS.
 *
 * @package WccomHost
 */

$GLOBALS['wpdb'] = new class( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST ) extends wpdb {

	/**
	 * The connection to the copy.
	 *
	 * @var mysqli|null
	 */
	private ?mysqli $copy = null;

	/**
	 * Tables that were written to, or true for all.
	 *
	 * @var list<string>|true
	 */
	private array|bool $written = [];

	/**
	 * From now on nothing is read from the copy.
	 */
	public function send_reads_to_masters(): void {
		$this->written = true;
	}

	/**
	 * Runs a statement on the one database or the other.
	 *
	 * @param string $query The statement.
	 */
	public function query( $query ) {
		$table = (string) $this->get_table_from_query( $query );
		if ( 1 !== preg_match( '/^\s*SELECT\s/i', $query ) ) {
			$this->written = is_array( $this->written ) ? [ ...$this->written, $table ] : true;
			return parent::query( $query );
		}
		if ( ! file_exists( (string) getenv( 'REPLICA_LAGS' ) ) || ( 'naive' !== getenv( 'REPLICA' ) && ( true === $this->written || in_array( $table, $this->written, true ) ) ) ) {
			return parent::query( $query );
		}
		$this->copy ??= mysqli_connect( 'localhost', DB_USER, DB_PASSWORD, DB_NAME . '_replica', 0, substr( DB_HOST, strlen( 'localhost:' ) ) );
		$database     = $this->dbh;
		$this->dbh    = $this->copy;
		try {
			return parent::query( $query );
		} finally {
			$this->dbh = $database;
		}
	}
};
