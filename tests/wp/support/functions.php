<?php
/**
 * Small things that several tests need.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Waits until something is so, and gives up loudly.
 *
 * @param callable(): bool $is_so
 */
function wait_for( callable $is_so, string $what, float $seconds = 20.0 ): void {
	$deadline = microtime( true ) + $seconds;
	while ( ! $is_so() ) {
		if ( microtime( true ) > $deadline ) {
			throw new \RuntimeException( "Waited $seconds seconds for $what." );
		}
		usleep( 5000 );
	}
}

/**
 * One HTTP request, without redirects; an error status is an answer like others.
 *
 * @param list<string> $headers
 * @return array{status: int, body: string}
 */
function http( string $method, string $url, array $headers = [], string $body = '' ): array {
	$options = [
		'method'          => $method,
		'header'          => $headers,
		'content'         => $body,
		'ignore_errors'   => true,
		'follow_location' => 0,
		'timeout'         => 120,
	];
	$text    = file_get_contents( $url, false, stream_context_create( [ 'http' => $options ] ) );
	if ( false === $text ) {
		throw new \RuntimeException( "No answer: $method $url" );
	}
	return [
		'status' => (int) explode( ' ', $http_response_header[0] )[1],
		'body'   => $text,
	];
}

/** Removes a folder; links in it are removed, not followed. */
function remove_folder( string $folder ): void {
	foreach ( new \FilesystemIterator( $folder ) as $entry ) {
		$entry->isDir() && ! $entry->isLink() ? remove_folder( $entry->getPathname() ) : unlink( $entry->getPathname() );
	}
	rmdir( $folder );
}
