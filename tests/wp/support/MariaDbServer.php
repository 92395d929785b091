<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A server of one test, which may treat it badly. It ends with the test.
 */
final class MariaDbServer {

	private ?Process $process = null;

	/**
	 * @param string $folder Made here, as a copy of run.sh's server with the templates of the sites.
	 */
	public function __construct( public readonly string $folder ) {
		mkdir( $folder, 0700 );
		$copy = ( new Process( [ 'cp', '-a', getenv( 'WCCOM_HOST_WP_TEMPLATES' ) . '/server-template', "$folder/data" ], getenv(), $folder ) )->finish();
		if ( 0 !== $copy->exit_code ) {
			throw new \RuntimeException( (string) $copy );
		}
		$this->start();
	}

	/** Starts it, also again, with what lies on the disk. */
	public function start(): void {
		$process       = new Process( [ __DIR__ . '/../mariadb.sh', 'serve', $this->folder, '--innodb-flush-log-at-trx-commit=1' ], getenv(), $this->folder );
		$this->process = $process;
		wait_for( fn() => is_int( $this->version() ) || ! $process->is_running(), 'the database server', 60.0 );
		if ( ! $process->is_running() ) {
			throw new \RuntimeException( 'The database server did not start. ' . $process->finish() );
		}
	}

	/** Ends it in order. */
	public function stop(): void {
		$this->end( SIGTERM );
	}

	/** Kills it, as a machine without memory does. */
	public function kill(): void {
		$this->end( SIGKILL );
	}

	public function is_running(): bool {
		return null !== $this->process;
	}

	/** Says something to the server, with all rights. */
	public function tell( string $statement ): void {
		$this->connect()->exec( $statement );
	}

	/**
	 * Ends the connections of the sites, by KILL CONNECTION.
	 *
	 * @return int How many there were.
	 */
	public function end_connections(): int {
		$server = $this->connect();
		$ids    = $server->query( "SELECT id FROM information_schema.processlist WHERE user = 'site'" )->fetchAll( \PDO::FETCH_COLUMN );
		foreach ( $ids as $id ) {
			$server->exec( "KILL CONNECTION $id" );
		}
		return count( $ids );
	}

	/** How many connections the sites have. */
	public function connections(): int {
		return $this->count( '1' );
	}

	/** Whether so many connections of the sites have had nothing to say for some seconds. */
	public function is_idle_for( int $seconds, int $connections ): bool {
		return $this->count( "command = 'Sleep' AND time >= $seconds" ) === $connections;
	}

	private function count( string $condition ): int {
		return (int) $this->connect()->query( "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'site' AND $condition" )->fetchColumn();
	}

	private function connect(): \PDO {
		return new \PDO( "mysql:unix_socket=$this->folder/socket", 'root', '' );
	}

	private function version(): ?int {
		try {
			return (int) $this->connect()->getAttribute( \PDO::ATTR_SERVER_VERSION );
		} catch ( \PDOException ) {
			return null;
		}
	}

	private function end( int $signal ): void {
		$this->process?->signal( $signal );
		$this->process?->finish();
		$this->process = null;
	}
}
