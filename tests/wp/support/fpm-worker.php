<?php
/**
 * What a worker of php-fpm runs: calls of the extension, whose results it prints as JSON, with what the process has.
 *
 * @package WccomHost
 */

declare(strict_types=1);

$results = [];
foreach ( json_decode( $_SERVER['CALLS'], true ) as [ $name, $arguments ] ) {
	try {
		if ( 'wccom_host_register' === $name ) {
			$value = [ 'auth' => wccom_host_register( ...$arguments, registration: $registration ) ];
			$value = $value + [ 'registration' => $registration ];
		} elseif ( 'wccom_host_orders' === $name ) {
			// It is given up in the middle.
			foreach ( wccom_host_orders( ...$arguments ) as $value ) {
				break;
			}
		} else {
			$value = $name( ...$arguments );
		}
		$results[] = $value;
	} catch ( WccomHost\Exception $e ) {
		$results[] = [ 'exception' => get_class( $e ) ] + get_object_vars( $e ) + [ 'message' => $e->getMessage() ];
	}
}
preg_match( '/^VmRSS:\s+(\d+).*^Threads:\s+(\d+)/ms', (string) file_get_contents( '/proc/self/status' ), $status );
echo json_encode(
	[
		'pid'     => getmypid(),
		'results' => $results,
		'rss'     => (int) $status[1],
		'threads' => (int) $status[2],
		'files'   => count( (array) scandir( '/proc/self/fd' ) ),
	]
);
