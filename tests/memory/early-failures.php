<?php
/**
 * Calls that fail early, each so many times, and what they leave behind: neither memory of PHP, nor memory of the process, nor
 * open files.
 *
 *     php -d extension=... tests/memory/early-failures.php [<calls of each, default 1000000>]
 *
 * Prints what has grown; exit code 1 if anything has.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/** What the process may grow by, once it is warm: less than three bytes for each of a million calls. */
const ALLOWANCE = 2 << 20;

/** @return array<string, callable(): mixed> */
function early_failures(): array {
	$key     = [ 'key' => 'memory-key' ];
	$site    = 'https://shop.example.com';
	$request = [
		'url'                => $site,
		'wpcom_access_token' => 'token',
	];
	$nowhere = [ 'journal' => '/nowhere/at/all' ];
	return [
		'a wrong type'                     => fn() => wccom_host_register( 5 ),
		'too few arguments'                => fn() => wccom_host_register(),
		'too many arguments'               => fn() => wccom_host_version( 1 ),
		'an unknown named argument'        => fn() => wccom_host_version( no_such: 1 ),
		'no field'                         => fn() => wccom_host_register( [], $key, $registration ),
		'no key'                           => fn() => wccom_host_register( $request ),
		'an unknown option'                => fn() => wccom_host_check( $request, [ 'tiemout' => 1 ] + $key ),
		'an unknown field'                 => fn() => wccom_host_check( [ 'tiemout' => [ 1, [ 'a' => 'b' ] ] ] + $request, $key ),
		'an object in an array'            => fn() => wccom_host_check( [ 'products' => [ new \stdClass() ] ] + $request, $key ),
		'a name that is not UTF-8'         => fn() => wccom_host_check( [ "\xff" => 1 ] + $request, $key ),
		'a malformed address'              => fn() => wccom_host_sign_url( 'shop', 'secret' ),
		'an id of no order'                => fn() => wccom_host_cancel( '1x', $key ),
		'a wrong filter'                   => fn() => wccom_host_orders( [ 'after' => 'soon' ], $key ),
		'no file for the key'              => fn() => wccom_host_package( [ 'key_file' => '/nowhere/at/all' ] ),
		'no connection'                    => fn() => wccom_host_verify( [ 'access_token' => 'token' ] ),
		'no journal'                       => fn() => wccom_host_journal_read( $site ),
		'a journal that is not there'      => fn() => wccom_host_journal( [], $nowhere ),
		'a journal that cannot be pruned'  => fn() => wccom_host_journal_prune( [], $nowhere ),
		'a journal that cannot be written' => fn() => wccom_host_journal_store( [ 'access_token' => 'token' ], [], $nowhere ),
		'no callback and no journal'       => fn() => wccom_host_register_many( [ $request ], $key ),
		'a batch that is not iterable'     => fn() => wccom_host_register_many( 5, $key ),
		'a constructor that throws'        => fn() => new \WccomHost\Orders(),
		'a lock that is not held'          => fn() => wccom_host_journal_unlock( $site, $nowhere ),
		'orders that nobody reads'         => fn() => wccom_host_orders( [ 'status' => [ 'completed' ] ], $key ),
		'one address and another'          => fn() => wccom_host_same_site( $site, "$site/" ),
	];
}

/** @param callable(): mixed $call */
function call_often( callable $call, int $calls ): void {
	for ( ; $calls > 0; --$calls ) {
		try {
			$call();
		} catch ( \Throwable $e ) {
			unset( $e );
		}
	}
}

/** @return array{int, int, int} Bytes of PHP, bytes of the process, open files. */
function footprint(): array {
	preg_match( '/^VmRSS:\s+(\d+)/m', (string) file_get_contents( '/proc/self/status' ), $match );
	return [ memory_get_usage(), 1024 * (int) $match[1], count( scandir( '/proc/self/fd' ) ) ];
}

/**
 * @param callable(): mixed $call
 * @return array{int, int, int} By what the footprint has grown.
 */
function growth( callable $call, int $calls ): array {
	call_often( $call, max( 100, intdiv( $calls, 100 ) ) );
	[ $php, $process, $files ] = footprint();
	call_often( $call, $calls );
	[ $php_now, $process_now, $files_now ] = footprint();
	return [ $php_now - $php, $process_now - $process, $files_now - $files ];
}

$calls = (int) ( $argv[1] ?? 1000000 );
$grown = 0;
growth( fn() => null, 1 ); // PHP's own caches.
foreach ( early_failures() as $name => $call ) {
	[ $php, $process, $files ] = growth( $call, $calls );
	if ( 0 !== $php || $process > ALLOWANCE || 0 !== $files ) {
		++$grown;
		printf( "GROWN: %s: %d bytes of PHP, %d bytes of the process, %d open files\n", $name, $php, $process, $files );
	}
}
printf( "%d kinds of calls, %d times each: %s\n", count( early_failures() ), $calls, 0 === $grown ? 'flat' : "$grown have grown" );
exit( 0 === $grown ? 0 : 1 );
