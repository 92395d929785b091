<?php
/**
 * Measures wccom-host against what one would use instead, and prints tables in Markdown.
 *
 *     ./build.sh bench [--json <file>] [--runs <n>] [--only <text>]
 *
 * The variants of a comparison take turns, so that a slow moment of the machine hits all of them. Shown are medians of
 * whole processes, from start to end. Nothing is asserted. `--only <text>` runs the comparisons with this text in the title.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

require __DIR__ . '/../wp/support/functions.php';
require __DIR__ . '/../wp/support/Run.php';
require __DIR__ . '/../wp/support/Process.php';
require __DIR__ . '/../wp/support/Sandbox.php';
require __DIR__ . '/Comparison.php';
require __DIR__ . '/Workplace.php';

$options = getopt( '', [ 'json:', 'runs:', 'only:' ], $rest );
if ( count( $argv ) > $rest ) {
	fwrite( STDERR, "Unknown: {$argv[ $rest ]}. Known: --json <file>, --runs <n>, --only <text>\n" );
	exit( 1 );
}
$runs      = max( 1, (int) ( $options['runs'] ?? 20 ) );
$workplace = new Workplace();

$comparisons = [
	new Comparison(
		'Starting PHP',
		[
			'`php -n`'                        => $workplace->php( [], '' ),
			'**`php -n` with the extension**' => $workplace->php( [ 'extension' => $workplace->extension ], '' ),
		],
		10 * $runs
	),
	new Comparison(
		'A process that makes one register over TLS',
		[
			"PHP's curl extension"        => $workplace->php( [ 'extension' => 'curl' ], __DIR__ . '/register-curl.php' ),
			'the program `curl`'          => $workplace->curl(),
			'**`wccom_host_register()`**' => $workplace->php( [ 'extension' => $workplace->extension ], __DIR__ . '/register-wccom-host.php' ),
		],
		2 * $runs
	),
	new Comparison(
		'Connecting a WordPress site',
		[
			'`curl`, then `wp eval` with `WC_Helper_Options::update`' => $workplace->recipe(),
			'`wp eval 1;`'                   => $workplace->wp( 'eval', '1;' ),
			'**`wp wccom-host register`**'   => $workplace->wp( 'wccom-host', 'register', '--key-file=' . $workplace->key_file ),
		],
		$runs
	),
	new Comparison(
		'Provisioning a site with five products',
		[
			'`curl` and `wp eval`, then `wp plugin install --activate` five times' => $workplace->documented_provisioning(),
			'**`wp wccom-host register --install --activate`**' => $workplace->provisioning(),
		],
		max( 1, intdiv( $runs, 4 ) )
	),
	new Comparison(
		'Reading 100,000 orders',
		[
			'the program `curl` for each page, and `json_decode`' => $workplace->orders( 'orders-curl-program.php' ),
			"PHP's curl extension with one handle, and `json_decode`" => $workplace->orders( 'orders-curl.php', 'curl' ),
			'**`wccom_host_orders()`**' => $workplace->orders( 'orders-wccom-host.php', $workplace->extension ),
		],
		max( 1, intdiv( $runs, 4 ) ),
		'ms of CPU'
	),
];

echo "Median of whole processes, in milliseconds, on this machine: {$workplace->machine()}.\n";
$figures     = [];
$comparisons = array_filter( $comparisons, fn( Comparison $comparison ) => str_contains( $comparison->title, (string) ( $options['only'] ?? '' ) ) );
foreach ( $comparisons as $comparison ) {
	$comparison->measure( [ $workplace, 'reset' ] );
	echo $comparison->markdown();
	$figures[] = $comparison->figures();
}
echo "\nThe most memory that reading took, in KiB: {$workplace->memory_of_orders()}.\n";
if ( isset( $options['json'] ) ) {
	file_put_contents( $options['json'], json_encode( [ 'machine' => $workplace->machine(), 'comparisons' => $figures ], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) . "\n" );
}
$workplace->remove();
