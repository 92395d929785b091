<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A proxy for HTTPS on this machine. It ends with the test.
 */
final class ConnectProxy {

	public readonly int $port;

	private Process $process;

	/**
	 * @param string|null $credentials User and password, as `user:password`; without, everybody may use it.
	 */
	public function __construct( ?string $credentials = null ) {
		$this->process = new Process( [ PHP_BINARY, '-n', __DIR__ . '/connect-proxy.php', ...array_filter( [ $credentials ] ) ], [], sys_get_temp_dir() );
		wait_for( fn() => str_contains( $this->process->printed(), "\n" ) || ! $this->process->is_running(), 'the proxy to listen' );
		$this->port = (int) $this->process->printed();
	}

	/**
	 * The heads of the requests to connect that came.
	 *
	 * @return list<string>
	 */
	public function heads(): array {
		return array_map( 'json_decode', array_slice( explode( "\n", trim( $this->process->printed() ) ), 1 ) );
	}

	public function stop(): void {
		$this->process->finish( 10.0 );
	}
}
