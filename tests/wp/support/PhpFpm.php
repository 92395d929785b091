<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A php-fpm with the extension and one pool, in a folder of the test. It ends with the test.
 */
final class PhpFpm {

	private Process $process;

	/**
	 * @param array<string, string|int> $pool   Settings of the pool.
	 * @param array<string, string|int> $global Settings of php-fpm.
	 * @param array<string, string>     $ini    Settings of PHP.
	 * @param array<string, string>     $env    Of the process that the workers are forked from.
	 */
	public function __construct( private readonly string $folder, array $pool, array $global = [], array $ini = [], array $env = [] ) {
		$pool   += [
			'listen'         => "$folder/fpm.sock",
			'listen.backlog' => 511,
			'pm'             => 'static',
		];
		$global += [
			'error_log' => "$folder/fpm.log",
			'daemonize' => 'no',
		];
		$ini    += [ 'extension' => (string) getenv( 'WCCOM_HOST_EXTENSION' ) ];
		$argv    = [ self::program(), '-n', '--nodaemonize', '--fpm-config', "$folder/fpm.conf" ];
		foreach ( $ini as $name => $value ) {
			array_push( $argv, '-d', "$name=$value" );
		}
		if ( 0 === posix_geteuid() ) {
			$argv[] = '--allow-to-run-as-root';
			$pool  += [ 'user' => 'root' ];
		}
		file_put_contents( "$folder/fpm.conf", "[global]\n" . self::lines( $global ) . "[pool]\n" . self::lines( $pool ) );
		$this->process = new Process( $argv, $env, $folder );
		wait_for( fn() => str_contains( $this->log(), 'ready to handle connections' ) || ! $this->process->is_running(), 'php-fpm', 60.0 );
		if ( ! $this->process->is_running() ) {
			throw new \RuntimeException( "php-fpm did not start. {$this->log()} {$this->process->finish()}" );
		}
	}

	/**
	 * Has a worker call functions of the extension, one after the other.
	 *
	 * @param array{string, mixed} ...$calls Name and arguments of each.
	 */
	public function request( array ...$calls ): FastCgiRequest {
		return new FastCgiRequest( "$this->folder/fpm.sock", __DIR__ . '/fpm-worker.php', [ 'CALLS' => (string) json_encode( $calls ) ] );
	}

	/** New workers with new settings; what is in flight may end within process_control_timeout. */
	public function reload(): void {
		$this->process->signal( SIGUSR2 );
	}

	public function log(): string {
		return (string) @file_get_contents( "$this->folder/fpm.log" );
	}

	public function stop(): void {
		$this->process->signal( SIGTERM );
		$this->process->finish( 20.0 );
	}

	private static function program(): string {
		$name   = 'php-fpm' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
		$places = array_map( fn( string $folder ) => "$folder/$name", [ ...explode( ':', (string) getenv( 'PATH' ) ), '/usr/sbin' ] );
		foreach ( [ (string) getenv( 'PHP_FPM' ), ...$places ] as $program ) {
			if ( is_executable( $program ) && is_file( $program ) ) {
				return $program;
			}
		}
		throw new \RuntimeException( "There is no $name, nor the program of the variable PHP_FPM. On Debian: apt-get install " . str_replace( 'php-fpm', 'php', $name ) . '-fpm' );
	}

	/** @param array<string, string|int> $settings */
	private static function lines( array $settings ): string {
		return implode( '', array_map( fn( string $name, string|int $value ) => "$name = $value\n", array_keys( $settings ), $settings ) );
	}
}
