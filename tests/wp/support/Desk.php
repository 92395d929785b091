<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * The support desk's laptop: an empty folder without WordPress, and the commands run there.
 */
final class Desk {

	/** @var list<Run> Every command that was run. */
	public array $runs = [];

	public function __construct( private readonly string $folder, private readonly Sandbox $sandbox ) {
		mkdir( "$folder/home" );
		mkdir( "$folder/empty" );
	}

	/**
	 * Runs `wp wccom-host ...`, and the rest of a shell's command line after it: `order list | head`.
	 *
	 * @param array<string, string|null> $env Added to the environment, or with null taken from it.
	 * @param array<string, string>      $ini Settings of PHP.
	 */
	public function command( string $command, string $stdin = '', array $env = [], array $ini = [] ): Run {
		return $this->shell( $this->wp( $ini ) . " $command", $stdin, $env );
	}

	/**
	 * The same with a terminal as standard output and standard error, unless the command line redirects one of them.
	 *
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	public function command_on_terminal( string $command, array $env = [], array $ini = [] ): Run {
		return $this->shell( 'exec script --quiet --return --command ' . escapeshellarg( 'stty cols 120; ' . $this->wp( $ini ) . " $command" ) . ' /dev/null', '', $env );
	}

	/**
	 * Starts `wp wccom-host ...` and does not wait for it; signals reach it, and no shell.
	 *
	 * @param string                     $before What a shell does first, such as `umask 000;`.
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	public function start( string $command, array $env = [], array $ini = [], string $before = '' ): Process {
		return $this->process( "$before exec " . $this->wp( $ini ) . " $command", $env );
	}

	/** Waits for a command that start() started. */
	public function finish( Process $process ): Run {
		$this->runs[] = $process->finish();
		return end( $this->runs );
	}

	/** What the folder holds after all that. */
	public function files(): array {
		return array_values( array_diff( (array) scandir( "$this->folder/empty" ), [ '.', '..' ] ) );
	}

	/** @param array<string, string|null> $env */
	private function shell( string $line, string $stdin, array $env ): Run {
		$process = $this->process( $line, $env );
		$process->write( $stdin );
		return $this->finish( $process );
	}

	/** @param array<string, string|null> $env */
	private function process( string $line, array $env ): Process {
		$inherited = array_intersect_key( getenv(), [ 'PATH' => 1, 'PHP_INI_SCAN_DIR' => 1, 'TMPDIR' => 1 ] );
		$env      += $inherited + [
			'HOME'               => "$this->folder/home",
			'WP_CLI_ALLOW_ROOT'  => '1',
			'WP_CLI_CONFIG_PATH' => '/dev/null',
			'PAGER'              => 'cat',
			'WCCOM_HOST_KEY'     => Sandbox::KEY,
		];
		return new Process( [ 'bash', '-o', 'pipefail', '-c', $line ], array_filter( $env, fn( ?string $value ) => null !== $value ), "$this->folder/empty" );
	}

	/** @param array<string, string> $ini */
	private function wp( array $ini ): string {
		$ini  += [
			'extension'           => (string) getenv( 'WCCOM_HOST_EXTENSION' ),
			'wccom_host.base_url' => $this->sandbox->base_url(),
			'memory_limit'        => '128M',
		];
		$words = [ PHP_BINARY ];
		foreach ( array_filter( $ini ) as $name => $value ) {
			array_push( $words, '-d', "$name=$value" );
		}
		array_push( $words, getenv( 'WCCOM_HOST_WP_FILES' ) . '/wp-cli/wp-cli.phar', '--require=' . dirname( __DIR__, 3 ) . '/php/wccom-host.php', 'wccom-host' );
		return implode( ' ', array_map( 'escapeshellarg', $words ) );
	}
}
