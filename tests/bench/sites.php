<?php
/**
 * The sites of a batch.
 *
 * @package WccomHost
 */

/** @return Generator<int, array{url: string, wpcom_access_token: string}> Requests for a register. */
function sites( int $count ): Generator {
	for ( $number = 1; $number <= $count; ++$number ) {
		yield $number => [ 'url' => "https://shop-$number.example.com", 'wpcom_access_token' => 'token' ];
	}
}
