<?php
/**
 * Many sites with the extension, and with a journal if one is named.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';
require __DIR__ . '/sites.php';

$options    = [
	'base_url'    => getenv( 'BENCH_BASE_URL' ),
	'key_file'    => getenv( 'BENCH_KEY_FILE' ),
	'concurrency' => (int) $argv[2],
] + ( isset( $argv[3] ) ? [ 'journal' => $argv[3] ] : [] );
$registered = 0;
wccom_host_register_many(
	sites( (int) $argv[1] ),
	$options,
	function ( int $number, array|WccomHost\Exception $auth ) use ( &$registered ): bool {
		if ( ! is_array( $auth ) ) {
			fwrite( STDERR, "Site $number is not registered. {$auth->getMessage()}\n" );
			return false;
		}
		++$registered;
		return true;
	}
);
echo json_encode( [ $registered, memory() ] );
