<?php
/**
 * Hostile arguments for every function of the extension, drawn (tests/fuzz/arguments.php).
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\TestCase;

final class ArgumentFuzzTest extends TestCase {

	private const CASES = 2000;

	public function test_every_call_ends_as_it_may_and_so_do_those_that_once_did_not(): void {
		// Of one seed, so that it is the same each time; others are drawn by whoever runs the script.
		$command = [ PHP_BINARY, '-n', dirname( __DIR__ ) . '/fuzz/arguments.php', '--seed=1', '--cases=' . self::CASES ];
		$process = proc_open( $command, [ [ 'file', '/dev/null', 'r' ], [ 'pipe', 'w' ], [ 'redirect', 1 ] ], $pipes );
		self::assertIsResource( $process );
		$output = (string) stream_get_contents( $pipes[1] );
		self::assertSame( 0, proc_close( $process ), $output );
		self::assertStringContainsString( 'seed 1: ' . self::CASES . ' cases', $output );
	}
}
