<?php
/**
 * Reads all orders with the extension; prints how many, and the memory (KiB) after a thousand and at the end.
 *
 * @package WccomHost
 */

require __DIR__ . '/memory.php';

$read = 0;
$soon = 0;
foreach ( wccom_host_orders( [], [ 'base_url' => getenv( 'BENCH_BASE_URL' ), 'key_file' => getenv( 'BENCH_KEY_FILE' ) ] ) as $order ) {
	if ( 'completed' === $order['status'] && 1000 === ++$read ) {
		$soon = memory();
	}
}
echo json_encode( [ $read, $soon, memory() ] );
