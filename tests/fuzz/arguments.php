<?php
/**
 * Calls every function of the extension with hostile arguments, that were drawn, and sees to it that each call ends as it may:
 *
 *     php tests/fuzz/arguments.php [--cases=<n>] [--seed=<n>]     draws n cases (default 20,000)
 *     php tests/fuzz/arguments.php --seed=<n> --case=<n>          tells one case again: the call, and what came of it
 *
 * No crash and no panic; no exception but those that are documented, or what the script's own code has thrown; nothing is sent
 * if the arguments cannot be valid; no secret of the arguments in an exception; no code of an object is called that is in an
 * array; time and memory are bounded. The extension of WCCOM_HOST_EXTENSION is called, in processes of its own that reach
 * nothing but a server on loopback. Before, the seeds of arguments.seeds, which found something once, are run again.
 *
 * Prints each case that broke a promise, with the command that tells it; exit code 1 if there is one.
 * --without-fibers leaves out what tools that look at memory may not know. WCCOM_HOST_FUZZ_WRAPPER is what PHP is run with, such as valgrind with
 * its options: time and memory are not judged then.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

require __DIR__ . '/CountingServer.php';
require __DIR__ . '/RequestCount.php';
require __DIR__ . '/Script.php';
require __DIR__ . '/hostile-objects.php';
require __DIR__ . '/HostileValues.php';
require __DIR__ . '/ObjectUse.php';
require __DIR__ . '/ArgumentCase.php';
require __DIR__ . '/ArgumentFuzzer.php';

$options = getopt( '', [ 'cases:', 'seed:', 'case:', 'from:', 'without-fibers', 'worker:' ], $rest );
$number  = static fn( string $name, int $or ): int|false => filter_var( $options[ $name ] ?? $or, FILTER_VALIDATE_INT, [ 'options' => [ 'min_range' => 0 ] ] );
$seed    = $number( 'seed', random_int( 1, 999999 ) );
$cases   = $number( 'cases', 20000 );
$case    = $number( 'case', 0 );
if ( count( $argv ) > $rest || in_array( false, [ $seed, $cases, $case ], true ) ) {
	fwrite( STDERR, "Known: --cases=<n>, --seed=<n>, --case=<n>\n" );
	exit( 2 );
}

if ( isset( $options['worker'] ) ) {
	Script::$has_fibers  = ! isset( $options['without-fibers'] );
	Script::$is_measured = '' === (string) getenv( 'WCCOM_HOST_FUZZ_WRAPPER' );

	$folder = $options['worker'];
	$fuzzer = new ArgumentFuzzer( $seed, new RequestCount( (string) ini_get( 'wccom_host.base_url' ), "$folder/requests" ), $folder );
	if ( isset( $options['case'] ) ) {
		exit( $fuzzer->tell( $case ) ? 0 : 1 );
	}
	$start    = microtime( true );
	$progress = static function ( int $done ) use ( $cases, $start ): void {
		if ( 0 === $done % 100000 || $done === $cases ) {
			fprintf( STDERR, "%d of %d cases, %.0f s\n", $done, $cases, microtime( true ) - $start );
		}
	};
	$broken   = $fuzzer->run( (int) ( $options['from'] ?? 0 ), $cases, $progress );
	foreach ( $broken as $at => $promise ) {
		fwrite( STDERR, "BROKEN: $promise\n  php tests/fuzz/arguments.php --seed=$seed --case=$at\n" );
	}
	printf( "seed %d: %d cases, %d functions, %d requests, %d processes that were ended by a case, %d broken promises\n", $seed, $cases, count( get_extension_funcs( 'wccom_host' ) ), filesize( "$folder/requests" ), $fuzzer->ended, count( $broken ) );
	exit( [] === $broken ? 0 : 1 );
}

if ( ! is_file( (string) getenv( 'WCCOM_HOST_EXTENSION' ) ) ) {
	fwrite( STDERR, "WCCOM_HOST_EXTENSION must be the extension's file.\n" );
	exit( 2 );
}
$folder = sys_get_temp_dir() . '/wccom-host-fuzz-' . bin2hex( random_bytes( 6 ) );
mkdir( $folder, 0700 );
$server   = new CountingServer( "$folder/requests" );
$wrapper  = preg_split( '/ +/', (string) getenv( 'WCCOM_HOST_FUZZ_WRAPPER' ), -1, PREG_SPLIT_NO_EMPTY );
$switches = isset( $options['without-fibers'] ) ? [ '--without-fibers' ] : [];
$worker   = static function ( string ...$arguments ) use ( $wrapper, $switches, $server, $folder ): int {
	$settings = [
		'extension'                  => realpath( (string) getenv( 'WCCOM_HOST_EXTENSION' ) ),
		'wccom_host.base_url'        => $server->address,
		'wccom_host.helper_base_url' => $server->address,
		'wccom_host.timeout'         => '5',
		'zend.exception_ignore_args' => '0',
		'memory_limit'               => '512M',
		'display_errors'             => '0',
		'log_errors'                 => '1',
		'error_log'                  => "$folder/errors",
	];
	$settings = array_map( static fn( string $name, string $value ) => "-d$name=$value", array_keys( $settings ), $settings );
	$process  = proc_open( [ ...$wrapper, PHP_BINARY, '-n', ...$settings, __FILE__, "--worker=$folder", ...$switches, ...$arguments ], [ STDIN, STDOUT, STDERR ], $pipes, null, array_diff_key( getenv(), array_flip( [ 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'all_proxy' ] ) ) );
	return proc_close( $process );
};

if ( isset( $options['case'] ) ) {
	$code = $worker( "--seed=$seed", "--case=$case" );
} else {
	$code = 0;
	foreach ( file( __DIR__ . '/arguments.seeds', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES ) as $line ) {
		if ( preg_match( '/^(\d+) (\d+)/', $line, $match ) ) {
			$code |= $worker( "--seed=$match[1]", "--from=$match[2]", '--cases=1' );
		}
	}
	$code |= $worker( "--seed=$seed", "--cases=$cases" );
}
array_map( 'unlink', array_filter( glob( "$folder/*" ), 'is_file' ) );
@rmdir( $folder );
exit( $code );
