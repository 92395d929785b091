<?php
/**
 * The list of sites, the same for whoever reads it.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/** One in so many stands in the list twice, in another spelling. */
const ONE_IN_IS_TWICE = 50;

/** @return \Generator<int, array{url: string, wpcom_access_token: string, metadata: array{customer_email: string}}> */
function sites( int $count ): \Generator {
	$line = 0;
	for ( $number = 1; $number <= $count; ++$number ) {
		$request = [
			'url'                => site( $number ),
			'wpcom_access_token' => "token-of-$number",
			'metadata'           => [ 'customer_email' => owner( $number ) ],
		];
		yield ++$line => $request;
		if ( 0 === $number % ONE_IN_IS_TWICE ) {
			yield ++$line => [ 'url' => "https://SHOP-$number.example.com/" ] + $request;
		}
	}
}

function site( int $number ): string {
	return "https://shop-$number.example.com";
}

function owner( int $number ): string {
	return "owner-of-$number@example.com";
}

/** How many lines the list has. */
function lines( int $count ): int {
	return $count + intdiv( $count, ONE_IN_IS_TWICE );
}
