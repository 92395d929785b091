<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\TestCase;

/**
 * The WP-CLI package in php/: what its composer.json says is so, and it loads in each way that a person would load it.
 */
final class WpCliPackageTest extends TestCase {

	private const PACKAGE = __DIR__ . '/../../php';

	private string $folder;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/wccom-host-test-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder, 0700 );
	}

	protected function tearDown(): void {
		remove_folder( $this->folder );
	}

	public function test_names_the_commands_that_it_adds_in_composer_json(): void {
		$package = json_decode( (string) file_get_contents( self::PACKAGE . '/composer.json' ), true );
		$added   = $this->commands( json_decode( $this->wp( 'cli cmd-dump', '--require=' . self::PACKAGE . '/wccom-host.php' ), true ) );
		sort( $package['extra']['commands'] );
		sort( $added );
		self::assertSame( $added, $package['extra']['commands'] );
		self::assertSame( 'wp-cli-package', $package['type'] );
	}

	public function test_loads_through_wp_cli_yml(): void {
		file_put_contents( "$this->folder/wp-cli.yml", "require:\n  - " . self::PACKAGE . "/wccom-host.php\n" );
		self::assertStringContainsString( 'wp wccom-host register', $this->wp( 'help wccom-host register' ) );
	}

	public function test_loads_through_the_autoloader_that_composer_json_asks_for(): void {
		$package = json_decode( (string) file_get_contents( self::PACKAGE . '/composer.json' ), true );
		$files   = array_map( fn( string $file ) => '--require=' . self::PACKAGE . "/$file", $package['autoload']['files'] );
		self::assertStringContainsString( 'wp wccom-host register', $this->wp( 'help wccom-host register', ...$files ) );
	}

	public function test_can_be_loaded_twice(): void {
		copy( self::PACKAGE . '/wccom-host.php', "$this->folder/wccom-host.php" );
		symlink( (string) realpath( self::PACKAGE . '/src' ), "$this->folder/src" );
		file_put_contents( "$this->folder/wp-cli.yml", "require:\n  - wccom-host.php\n" );
		self::assertStringContainsString( 'wp wccom-host register', $this->wp( 'help wccom-host register', '--require=' . self::PACKAGE . '/wccom-host.php' ) );
	}

	/** Standard output of wp, which must succeed and warn of nothing. */
	private function wp( string $command, string ...$options ): string {
		$words   = [ PHP_BINARY, '-d', 'extension=' . getenv( 'WCCOM_HOST_EXTENSION' ), getenv( 'WCCOM_HOST_WP_FILES' ) . '/wp-cli/wp-cli.phar', ...$options, ...explode( ' ', $command ) ];
		$process = new Process( $words, [ 'HOME' => $this->folder, 'PATH' => (string) getenv( 'PATH' ), 'PHP_INI_SCAN_DIR' => (string) getenv( 'PHP_INI_SCAN_DIR' ), 'WP_CLI_ALLOW_ROOT' => '1', 'PAGER' => 'cat' ], $this->folder );
		$run     = $process->finish();
		self::assertSame( [ 0, '' ], [ $run->exit_code, $run->stderr ], (string) $run );
		return $run->stdout;
	}

	/**
	 * The names of `wccom-host` and all below it.
	 *
	 * @param array{name: string, subcommands?: list<array<string, mixed>>} $command As `wp cli cmd-dump` prints them.
	 * @return list<string>
	 */
	private function commands( array $command, string $prefix = '' ): array {
		$names = [];
		foreach ( $command['subcommands'] ?? [] as $subcommand ) {
			$name = ltrim( "$prefix {$subcommand['name']}" );
			if ( 'wccom-host' === explode( ' ', $name )[0] ) {
				array_push( $names, $name, ...$this->commands( $subcommand, $name ) );
			}
		}
		return $names;
	}
}
