<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * WooCommerce.com's side: one sandbox, emptied again and again.
 */
final class Service {

	private readonly Sandbox $sandbox;

	public function __construct( string $folder ) {
		$this->sandbox = new Sandbox( $folder, '--log-size', '0' );
	}

	public function base_url(): string {
		return $this->sandbox->base_url();
	}

	/** Forgets everything. */
	public function reset(): void {
		$this->ask( 'POST', '/reset' );
	}

	/** Has the first requests go wrong: one answer is lost, one request refused, and some answers take their time. */
	public function misbehave(): void {
		$refusal = [
			'code'    => 'rest_invalid_param',
			'message' => 'No.',
			'data'    => [ 'status' => 400 ],
		];
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 400, 'body' => $refusal ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 10, 'when' => 'after' ], 3 );
	}

	public function behave(): void {
		$this->ask( 'DELETE', '/faults' );
	}

	/** @return array<int, string> The secrets of the sites that have an order, by number. */
	public function secrets(): array {
		$secrets = [];
		foreach ( array_filter( explode( "\n", $this->ask( 'GET', '/sites' ) ) ) as $line ) {
			$site                              = json_decode( $line, true );
			$secrets[ number( $site['url'] ) ] = (string) $site['access_token_secret'];
		}
		ksort( $secrets );
		return $secrets;
	}

	/** The most orders that a site has. */
	public function most_orders(): int {
		return json_decode( $this->ask( 'GET', '/state/count' ), true )['most_orders_of_a_site'];
	}

	private function ask( string $method, string $path ): string {
		return http( $method, $this->sandbox->control_url() . $path )['body'];
	}
}

/** The number of the site whose address this is. */
function number( string $text ): int {
	return 1 === preg_match( '/shop-(\d+)/', $text, $parts ) ? (int) $parts[1] : 0;
}
