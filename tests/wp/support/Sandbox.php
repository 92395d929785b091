<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A running wccom-host-sandbox. It ends with the test, because its standard input does.
 */
final class Sandbox {
	public const KEY = 'test-key-5d41402abc4b2a76b9719d911017c592';

	/** A fault: an answer in the service's own words that asks to come back later. */
	public const BUSY = [
		'kind'    => 'status',
		'status'  => 503,
		'headers' => [ 'Retry-After' => '7' ],
		'body'    => [
			'code'    => 'busy',
			'message' => 'Later.',
			'data'    => [ 'status' => 503 ],
		],
	];

	private Process $process;

	/** @var array{base_url: string, helper_base_url: string, control_url: string, ca_file: ?string} */
	private array $addresses;

	public function __construct( string $folder, string ...$options ) {
		$ready_file    = "$folder/sandbox-ready.json";
		$program       = (string) getenv( 'WCCOM_HOST_SANDBOX' );
		$this->process = new Process(
			[ $program, '--exit-with-stdin', '--ready-file', $ready_file, ...$options ],
			[ 'WCCOM_HOST_SANDBOX_KEY' => self::KEY ],
			$folder
		);
		wait_for( fn() => is_file( $ready_file ) || ! $this->process->is_running(), 'the sandbox to listen' );
		if ( ! is_file( $ready_file ) ) {
			throw new \RuntimeException( 'The sandbox did not start. ' . $this->process->finish() );
		}
		$this->addresses = json_decode( (string) file_get_contents( $ready_file ), true );
	}

	public function stop(): void {
		$this->process->finish( 10.0 );
	}

	public function base_url(): string {
		return $this->addresses['base_url'];
	}

	public function helper_base_url(): string {
		return $this->addresses['helper_base_url'];
	}

	public function control_url(): string {
		return $this->addresses['control_url'];
	}

	/** The certificate of the authority that a sandbox with --tls makes for itself. */
	public function ca_file(): ?string {
		return $this->addresses['ca_file'];
	}

	/**
	 * Has the next requests to one operation go wrong.
	 *
	 * @param string               $operation register, orders, me, subscriptions or any.
	 * @param array<string, mixed> $fault     As the sandbox's --help describes it.
	 */
	public function fault( string $operation, array $fault, int $times = 1 ): void {
		$this->control( 'POST', '/faults', compact( 'operation', 'times', 'fault' ) );
	}

	/**
	 * The orders that exist. There must never be more than were meant.
	 *
	 * @return list<array<string, mixed>>
	 */
	public function orders(): array {
		return $this->control( 'GET', '/state' )['orders'];
	}

	/**
	 * The addresses of the sites, by site_id.
	 *
	 * @return array<int, string>
	 */
	public function sites(): array {
		return array_column( $this->control( 'GET', '/state' )['sites'], 'url', 'site_id' );
	}

	/**
	 * Adds orders without a register.
	 *
	 * @param array<mixed> $orders As the sandbox's --help describes it: a list of orders, or how many.
	 * @return list<int> Their ids.
	 */
	public function add_orders( array $orders ): array {
		return $this->control( 'POST', '/orders', $orders )['ids'];
	}

	/**
	 * Changes a product of the package, or adds one.
	 *
	 * @param array<string, mixed> $product As the sandbox's --help describes it.
	 */
	public function product( array $product ): void {
		$this->control( 'POST', '/products', $product );
	}

	/** How many seconds the next download links are good for. */
	public function link_lifetime( int $seconds ): void {
		$this->control( 'POST', '/links', [ 'lifetime' => $seconds ] );
	}

	/**
	 * The requests that came, oldest first.
	 *
	 * @return list<array<string, mixed>>
	 */
	public function log( string $path_ends_with = '' ): array {
		return array_values( array_filter( $this->control( 'GET', '/log' ), fn( array $entry ) => str_ends_with( $entry['path'], $path_ends_with ) ) );
	}

	/**
	 * Registers a site as somebody else would, for example the control host, or an earlier run whose answer was lost.
	 *
	 * @return array<string, mixed> The answer.
	 */
	public function register_elsewhere( string $url ): array {
		return $this->request(
			'POST',
			$this->base_url() . '/v2.0/register',
			[
				'url'                 => $url,
				'wpcom_access_token' => 'elsewhere',
			],
			[ 'Authorization: Bearer ' . self::KEY ]
		);
	}

	/**
	 * @param array<string, mixed>|null $body
	 * @return array<mixed>
	 */
	private function control( string $method, string $path, ?array $body = null ): array {
		return $this->request( $method, $this->addresses['control_url'] . $path, $body );
	}

	/**
	 * @param array<string, mixed>|null $body
	 * @param list<string>              $headers
	 * @return array<mixed>
	 */
	private function request( string $method, string $url, ?array $body, array $headers = [] ): array {
		$answer = http( $method, $url, [ ...$headers, 'Content-Type: application/json' ], null === $body ? '' : (string) json_encode( $body ) );
		if ( $answer['status'] >= 300 ) {
			throw new \RuntimeException( "The sandbox answered $method $url with {$answer['status']}: {$answer['body']}" );
		}
		return json_decode( $answer['body'], true ) ?? [];
	}
}
