<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A Redis of one test, on a socket, that keeps nothing on the disk. It ends with the test.
 */
final class RedisServer {

	private ?Process $process = null;

	public function __construct( private readonly string $folder ) {
		mkdir( $folder, 0700 );
		$this->start();
	}

	/** Starts it, empty. */
	public function start(): void {
		// The program is one with several names; without Debian's package redis-server, which starts a service, it has the others.
		$process       = new Process(
			[ 'bash', '-c', 'server=$(command -v redis-server || command -v redis-check-rdb) || { echo "Redis is missing. On Debian or Ubuntu: apt-get install redis-tools" >&2; exit 1; }; exec setpriv --pdeathsig=KILL bash -c "exec -a redis-server \"\$@\"" - "$server" "$@"', '-', '--port', '0', '--unixsocket', $this->socket(), '--unixsocketperm', '700', '--save', '', '--appendonly', 'no', '--dir', $this->folder ],
			getenv(),
			$this->folder
		);
		$this->process = $process;
		wait_for( fn() => $this->answers() || ! $process->is_running(), 'Redis', 60.0 );
		if ( ! $process->is_running() ) {
			throw new \RuntimeException( 'Redis did not start. ' . $process->finish() );
		}
	}

	public function kill(): void {
		$this->process?->signal( SIGKILL );
		$this->process?->finish();
		$this->process = null;
	}

	/** Makes it the copy of a server that is not there: it goes on giving what it has, and takes no changes. */
	public function become_replica(): void {
		$this->connect()->rawCommand( 'REPLICAOF', '127.0.0.1', '1' );
	}

	public function become_primary(): void {
		$this->connect()->rawCommand( 'REPLICAOF', 'NO', 'ONE' );
	}

	public function socket(): string {
		return "$this->folder/socket";
	}

	private function connect(): \Redis {
		$redis = new \Redis();
		$redis->connect( $this->socket() );
		return $redis;
	}

	private function answers(): bool {
		try {
			return true === @$this->connect()->ping();
		} catch ( \RedisException ) {
			return false;
		}
	}
}
