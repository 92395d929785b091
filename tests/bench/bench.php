<?php
/**
 * Measures wccom-host against what one would use instead, and prints tables in Markdown.
 *
 *     ./build.sh bench [--json <file>] [--runs <n>] [--only <text>]
 *
 * The variants of a comparison take turns, so that a slow moment of the machine hits all of them. Shown are medians of
 * whole processes, from start to end. Nothing is asserted. `--only <text>` runs the comparisons with this text in the title.
 * Registering a million sites twice takes some minutes, and some GB for the sandbox.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

require __DIR__ . '/../wp/support/functions.php';
require __DIR__ . '/../wp/support/Run.php';
require __DIR__ . '/../wp/support/Process.php';
require __DIR__ . '/../wp/support/Sandbox.php';
require __DIR__ . '/measures.php';
require __DIR__ . '/Comparison.php';
require __DIR__ . '/Throughput.php';
require __DIR__ . '/Workplace.php';

$options = getopt( '', [ 'json:', 'runs:', 'only:' ], $rest );
if ( count( $argv ) > $rest ) {
	fwrite( STDERR, "Unknown: {$argv[ $rest ]}. Known: --json <file>, --runs <n>, --only <text>\n" );
	exit( 1 );
}
$runs      = max( 1, (int) ( $options['runs'] ?? 20 ) );
$workplace = new Workplace();

$many              = $workplace->batch( 'batch-wccom-host.php', $workplace->extension );
$many_with_journal = $workplace->batch( 'batch-wccom-host.php', $workplace->extension, with_journal: true );

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
	new Throughput(
		'Registering many sites',
		[
			"PHP's curl extension: `curl_multi`, HTTP/2" => [ 10_000, $workplace->batch( 'batch-curl-multi.php', 'curl' ) ],
			"a loop over WordPress's Requests, as in `wp_remote_post`" => [ 200, $workplace->batch( 'batch-requests.php', 'curl' ) ],
			'**`wccom_host_register_many()`**' => [ 10_000, $many ],
			'**`wccom_host_register_many()` with a journal**' => [ 10_000, $many_with_journal ],
		],
		max( 1, intdiv( $runs, 4 ) ),
		reference: "PHP's curl extension: `curl_multi`, HTTP/2"
	),
	new Throughput(
		'A server that takes 300 ms',
		[
			'`wccom_host_register_many()`' => [ 1_600, $workplace->delayed( $many, 300 ) ],
			'`wccom_host_register_many()` with a journal' => [ 1_600, $workplace->delayed( $many_with_journal, 300 ) ],
		],
		1,
		ideal: $workplace->ideal( 300 )
	),
	new Throughput(
		'A million sites',
		[
			'10,000'                      => [ 10_000, $many ],
			'10,000 with a journal'       => [ 10_000, $many_with_journal ],
			'a million'                   => [ 1_000_000, $many ],
			'a million with a journal'    => [ 1_000_000, $many_with_journal ],
		],
		1
	),
];

echo "Medians of whole processes on this machine: {$workplace->machine()}.\n";
$figures     = [];
$comparisons = array_filter( $comparisons, fn( Comparison|Throughput $comparison ) => str_contains( $comparison->title, (string) ( $options['only'] ?? '' ) ) );
foreach ( $comparisons as $comparison ) {
	$comparison->measure( [ $workplace, 'reset' ] );
	echo $comparison->markdown();
	$figures[] = $comparison->figures();
}
if ( '' !== $workplace->memory_of_orders() ) {
	echo "\nThe most memory that reading took, in KiB: {$workplace->memory_of_orders()}.\n";
}
if ( isset( $options['json'] ) ) {
	file_put_contents( $options['json'], json_encode( [ 'machine' => $workplace->machine(), 'comparisons' => $figures ], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) . "\n" );
}
$workplace->remove();
