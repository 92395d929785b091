<?php
/**
 * The journal on a disk that fails, at every call; on every disk that a loss of power can leave; and on disks that are full,
 * read-only, or have a clock that is wrong.
 *
 *     tests/crash/run.sh [--sample=<n>] [--seed=<n>] [--part=seen|failures|power|places] [--only=<scenario>]
 *
 * All of it takes an hour or so; with `--sample=<n>` one in about n of all cases is tried, as the seed says. A journal's whole life
 * is played (Scenario), with a service that loses an answer and refuses a request:
 *
 * - failures: each call that touches the journal's folder (made, written, synced, renamed, removed, locked, cut off, read) fails, once
 *   or from then on, in each way that it can; writes half of what it should; and is the last one, before and after it (kill -9).
 * - power: the calls of a run are written down, and after each of them the power is lost. What was synced is there; of the rest
 *   any part may be: each write as a whole, in some of its sectors, or as zeros; each name that was made, changed or removed, or not.
 * - places: real disks of any size, one that is mounted read-only, a folder that may not be written, a wrong clock.
 * - seen: strace sees no call that the others do not see.
 *
 * After each the same call is made twice on what is left. Then no site has two orders; what was handed over as journaled is there with
 * its secret; a site with an order is registered or unknown, never refused, not sent or absent; what was removed is gone; every message
 * names the file and no secret; and nothing hangs.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

foreach ( [ 'functions', 'Run', 'Process', 'Sandbox' ] as $file ) {
	require __DIR__ . "/../wp/support/$file.php";
}
foreach ( [ 'Actor', 'Service', 'Scenario', 'Promises', 'Injection', 'LossyDisk', 'LostPower', 'Places', 'Seen' ] as $file ) {
	require __DIR__ . "/$file.php";
}

const PARTS = [ 'seen', 'failures', 'power', 'places' ];

/** How many sites a batch has. */
const SITES = 12;

$options = getopt( '', [ 'sample:', 'seed:', 'part:', 'only:' ], $rest );
$sample  = filter_var( $options['sample'] ?? 1, FILTER_VALIDATE_INT, [ 'options' => [ 'min_range' => 1 ] ] );
$seed    = filter_var( $options['seed'] ?? random_int( 1, 999999 ), FILTER_VALIDATE_INT );
$names   = array_column( Scenario::all(), 'name' );
$parts   = isset( $options['part'] ) ? [ $options['part'] ] : PARTS;
$only    = isset( $options['only'] ) ? [ $options['only'] ] : $names;
if ( count( $argv ) > $rest || false === $sample || false === $seed || [] !== array_diff( $parts, PARTS ) || [] !== array_diff( $only, $names ) ) {
	fwrite( STDERR, 'Known: --sample=<n>, --seed=<n>, --part=' . implode( '|', PARTS ) . ', --only=<scenario>: ' . implode( '; ', $names ) . "\n" );
	exit( 2 );
}
mt_srand( $seed );

$folder = sys_get_temp_dir() . '/wccom-host-crash-' . bin2hex( random_bytes( 6 ) );
mkdir( $folder, 0700 );
register_shutdown_function( fn() => remove_folder( $folder ) );
$disk      = (string) getenv( 'CRASH_DISK' );
$promises  = new Promises();
$service   = new Service( $folder );
$seen      = new Seen( $service, $promises, $folder, $disk );
$injection = new Injection( $service, $promises, $folder, $disk, 1 === $sample ? null : $sample );
$power     = new LostPower( $service, $promises, $folder, $disk, 1 === $sample ? null : $sample );
$places    = new Places( $service, $promises, $folder, $disk, 1 === $sample ? null : $sample );
$say       = fn( string $part, string $name, int $count ) => printf( "%-9s %-40s %6d\n", $part, $name, $count );

foreach ( array_map( [ Scenario::class, 'named' ], $only ) as $scenario ) {
	if ( in_array( 'seen', $parts, true ) ) {
		$seen->check( $scenario );
		$say( 'seen', $scenario->name, 1 );
	}
	if ( in_array( 'failures', $parts, true ) ) {
		$say( 'failures', $scenario->name, $injection->run( $scenario ) );
	}
	if ( in_array( 'power', $parts, true ) ) {
		$say( 'power', $scenario->name, $power->run( $scenario ) );
	}
	if ( in_array( 'places', $parts, true ) ) {
		$say( 'places', $scenario->name, $places->run( $scenario ) );
	}
}
ksort( $injection->counts );
foreach ( $injection->counts as $kind => $count ) {
	printf( "| %-20s | %6d |\n", $kind, $count );
}
foreach ( array_keys( $promises->messages ) as $message ) {
	echo "It was said: $message\n";
}
foreach ( array_slice( $promises->broken, 0, 20 ) as $broken ) {
	fwrite( STDERR, "BROKEN: $broken\n" );
}
if ( [] !== $promises->broken ) {
	fwrite( STDERR, sprintf( "%d promises are broken. The same again: --sample=%d --seed=%d\n", count( $promises->broken ), $sample, $seed ) );
	exit( 1 );
}
echo "Every promise was kept (seed $seed).\n";
