<?php
/**
 * A month of a hosting company in two minutes: many sites are registered with a service that loses answers, turns requests
 * away and fails, by a process that is killed with -9 and started again on the same list.
 *
 *     ./build.sh simulate [--sites=<n>] [--seed=<n>]
 *
 * 100,000 sites unless said otherwise, over TLS and HTTP/2, each connection good for 1,000 requests. Of a hundred registers one
 * is processed and its answer reset, one is turned away with 429, and of a thousand one is answered with 500 after it was
 * processed. Five times the process is killed, at moments that the seed gives by the number of results. Then what is unknown
 * is looked up in the orders, as a person would; what has no order is sent once more. In the end:
 *
 * - there are as many orders as sites, and no site has two;
 * - each site is registered, or unknown with an order; what is unknown is what the service or a kill has lost;
 * - each secret that was issued and whose answer came is in the journal, and so is each that was handed to the callback.
 *
 * Prints what it counted, and each broken promise; exit code 1 if there is one. `--mutation=without-journal` and
 * `--mutation=resend-unknown` show that it can fail: they do what the journal is there to prevent.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

require __DIR__ . '/../wp/support/functions.php';
require __DIR__ . '/../wp/support/Run.php';
require __DIR__ . '/../wp/support/Process.php';
require __DIR__ . '/../wp/support/Sandbox.php';
require __DIR__ . '/sites.php';
require __DIR__ . '/BatchRun.php';
require __DIR__ . '/Ledger.php';
require __DIR__ . '/Simulation.php';

$options  = getopt( '', [ 'sites:', 'seed:', 'mutation:' ], $rest );
$sites    = filter_var( $options['sites'] ?? 100000, FILTER_VALIDATE_INT, [ 'options' => [ 'min_range' => 1000 ] ] );
$seed     = filter_var( $options['seed'] ?? random_int( 1, 999999 ), FILTER_VALIDATE_INT );
$mutation = $options['mutation'] ?? '';
if ( count( $argv ) > $rest || false === $sites || false === $seed || ! in_array( $mutation, [ '', 'without-journal', 'resend-unknown' ], true ) ) {
	fwrite( STDERR, "Known: --sites=<n> (1,000 or more), --seed=<n>, --mutation=without-journal|resend-unknown\n" );
	exit( 2 );
}

ini_set( 'memory_limit', '1G' ); // All sites, three times. What is tested has a process, and a limit, of its own.

$simulation = new Simulation( $sites, $seed, $mutation );
$broken     = $simulation->run();
foreach ( array_slice( $broken, 0, 20 ) as $promise ) {
	fwrite( STDERR, "BROKEN: $promise\n" );
}
if ( [] !== $broken ) {
	fwrite( STDERR, sprintf( "%d promises are broken. The same again: --sites=%d --seed=%d\n", count( $broken ), $sites, $seed ) );
	exit( 1 );
}
echo "Every promise was kept.\n";
