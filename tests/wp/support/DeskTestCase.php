<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\TestCase;

/**
 * Each test has a folder without WordPress and a sandbox of its own, and shows no secret.
 */
abstract class DeskTestCase extends TestCase {

	protected Sandbox $sandbox;

	protected Desk $desk;

	/** Set by a test that asks for a download link. */
	protected bool $prints_links = false;

	private string $folder;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/wccom-host-test-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder, 0700 );
		$this->sandbox = new Sandbox( $this->folder );
		$this->desk    = new Desk( $this->folder, $this->sandbox );
	}

	protected function tearDown(): void {
		$this->sandbox->stop();
		remove_folder( $this->folder );
	}

	protected function assertPostConditions(): void {
		$printed = implode( "\n", array_map( fn( Run $run ) => $run->output(), $this->desk->runs ) );
		self::assertStringNotContainsString( Sandbox::KEY, $printed );
		if ( ! $this->prints_links ) {
			self::assertDoesNotMatchRegularExpression( '/Signature|AWSAccessKeyId|\.zip/', $printed, 'Printed: a download link' );
		}
		self::assertSame( [], $this->desk->files(), 'Something was written.' );
	}

	protected static function assertExit( int $code, Run $run ): void {
		self::assertSame( $code, $run->exit_code, (string) $run );
	}

	/** Wrong use: the exit code, what is named, and no request. */
	protected function assertRefusedUnsent( Run $run, string $named ): void {
		self::assertExit( 1, $run );
		self::assertStringContainsString( $named, $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( [], $this->sandbox->log() );
	}
}
