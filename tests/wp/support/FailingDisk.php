<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A folder on which a command's calls fail, or are its last ones: tests/crash/disk.c.
 */
final class FailingDisk {

	private static ?string $library = null;

	/** @param string $work A folder of the test, for the counters. */
	public function __construct( private readonly string $work ) {
		if ( null === self::$library ) {
			self::$library = sys_get_temp_dir() . '/wccom-host-disk-' . getmypid() . '.so';
			exec( escapeshellarg( dirname( __DIR__, 2 ) . '/crash/build-disk.sh' ) . ' ' . escapeshellarg( self::$library ) . ' 2>&1', $output, $code );
			if ( 0 !== $code ) {
				throw new \RuntimeException( 'disk.c cannot be built, which needs cc: ' . implode( "\n", $output ) );
			}
			register_shutdown_function( 'unlink', self::$library );
		}
	}

	/**
	 * The environment of a command whose disk fails.
	 *
	 * @param string $folder What is on that disk.
	 * @param string $rule   Which call fails, and how, as disk.c has it.
	 * @return array<string, string>
	 */
	public function env( string $folder, string $rule ): array {
		file_put_contents( "$this->work/shared", str_repeat( "\0", 4096 ) );
		return [
			'LD_PRELOAD'   => (string) self::$library,
			'CRASH_FOLDER' => $folder,
			'CRASH_SHARED' => "$this->work/shared",
			'CRASH_RULE'   => $rule,
		];
	}

	/**
	 * The environment of a command whose clock is wrong.
	 *
	 * @return array<string, string>
	 */
	public function wrong_clock( int $seconds ): array {
		$env = $this->env( "$this->work/none", '' );
		unset( $env['CRASH_RULE'] );
		return $env + [ 'CRASH_CLOCK' => (string) $seconds ];
	}

	/** How many calls the command has made that change something. */
	public function calls(): int {
		return (int) ( unpack( 'l', (string) file_get_contents( "$this->work/shared" ) )[1] ?? 0 );
	}

	/**
	 * Which of so many calls are to fail: all with CRASH=all in the environment, or else some, by CRASH_SEED.
	 *
	 * @return list<int>
	 */
	public static function sample( int $calls, int $count ): array {
		$all = range( 1, $calls );
		if ( 'all' === getenv( 'CRASH' ) ) {
			return $all;
		}
		mt_srand( (int) ( getenv( 'CRASH_SEED' ) ?: 1 ) );
		shuffle( $all );
		return array_slice( $all, 0, $count );
	}
}
