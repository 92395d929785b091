<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What each of the three knows in the end: the sandbox of its orders and secrets, the journal of its sites, and the caller of
 * the results that were handed to it. Says where they do not agree with what was promised.
 */
final class Ledger {

	/** @var list<string> */
	public array $broken = [];

	/** @var array<string, int> */
	public array $counts = [];

	/** @var array<string, string> Secrets by address, as they were handed over. */
	public array $handed_over = [];

	/** @var array<string, int|string> Orders by the owner's address. */
	private array $orders = [];

	public function __construct( private readonly Sandbox $sandbox, private readonly string $log_file, private readonly int $sites ) {}

	/**
	 * Compares everything.
	 *
	 * @param array<string, array{state: string, secret: ?string}> $journal By address.
	 * @param int $kills How often the process was killed, each time with at most $in_flight requests under way.
	 */
	public function check( array $journal, int $kills, int $in_flight ): void {
		$count = $this->control( '/state/count' );
		$this->expect( $count['orders'] === $this->sites, "There are {$count['orders']} orders for $this->sites sites." );
		$this->expect( $count['sites'] === $this->sites, "The sandbox knows {$count['sites']} sites, not $this->sites." );
		$this->expect( $count['addresses'] === $this->sites, "The orders are of {$count['addresses']} addresses, not $this->sites." );
		$this->expect( 1 === $count['most_orders_of_a_site'], "A site has {$count['most_orders_of_a_site']} orders." );

		$this->orders();
		$issued = $this->issued();
		$lost   = $this->lost();
		$states = [];
		$beyond = 0;
		for ( $number = 1; $number <= $this->sites; ++$number ) {
			$site             = site( $number );
			$state            = $journal[ $site ]['state'] ?? 'nothing';
			$states[ $state ] = 1 + ( $states[ $state ] ?? 0 );
			$is_ordered       = isset( $this->orders[ owner( $number ) ] );
			$secret           = $journal[ $site ]['secret'] ?? null;
			if ( 'received' === $state ) {
				$this->expect( null !== $secret && ( $issued[ $site ] ?? null ) === $secret, "$site: the journal's secret is not the one that was issued." );
			} else {
				$this->expect( 'sent' === $state, "$site: the journal says $state." );
				$this->expect( $is_ordered, "$site: its outcome is unknown, and there is no order." );
				$beyond += 'sent' === $state && ! isset( $lost[ $this->orders[ owner( $number ) ] ?? '' ] ) ? 1 : 0;
			}
			if ( isset( $this->handed_over[ $site ] ) ) {
				$this->expect( $this->handed_over[ $site ] === $secret, "$site: a secret was handed over, and is not in the journal." );
			}
		}
		$this->expect( count( $journal ) === $this->sites, 'The journal has ' . count( $journal ) . " sites, not $this->sites." );
		$this->expect( $beyond <= $kills * $in_flight, "$beyond sites are unknown although nobody lost their answer; with $kills kills at most " . $kills * $in_flight . ' can be.' );

		$this->counts += [
			'orders'                              => $count['orders'],
			'sites with a secret in the journal'  => $states['received'] ?? 0,
			'sites unknown, with an order'        => $states['sent'] ?? 0,
			'... whose answer the sandbox lost'   => ( $states['sent'] ?? 0 ) - $beyond,
			'... whose answer a kill lost'        => $beyond,
			'secrets handed over to the callback' => count( $this->handed_over ),
		];
	}

	/**
	 * All orders there are, as a person would look them up.
	 *
	 * @return array<string, int|string> By the owner's address.
	 */
	public function orders(): array {
		$this->orders = [];
		$options      = [
			'key'      => Sandbox::KEY,
			'base_url' => $this->sandbox->base_url(),
			'ca_file'  => $this->sandbox->ca_file(),
		];
		foreach ( wccom_host_orders( [], $options ) as $order ) {
			$this->expect( ! isset( $this->orders[ $order['customer_email'] ] ), "{$order['customer_email']} has two orders." );
			$this->orders[ $order['customer_email'] ] = $order['id'];
		}
		return $this->orders;
	}

	public function expect( bool $is_so, string $otherwise ): void {
		if ( ! $is_so ) {
			$this->broken[] = $otherwise;
		}
	}

	/** @return array<string, string> The secrets that the sandbox has given away, by address. */
	private function issued(): array {
		$issued = [];
		foreach ( explode( "\n", rtrim( http( 'GET', $this->sandbox->control_url() . '/sites' )['body'] ) ) as $line ) {
			$site                   = json_decode( $line, true );
			$issued[ $site['url'] ] = $site['access_token_secret'];
		}
		return $issued;
	}

	/** @return array<int|string, true> Orders whose answer never left the sandbox, as its log says. */
	private function lost(): array {
		$lost   = [];
		$counts = [];
		$log    = fopen( $this->log_file, 'r' );
		if ( false === $log ) {
			throw new \RuntimeException( "Cannot read $this->log_file." );
		}
		for ( $line = fgets( $log ); false !== $line; $line = fgets( $log ) ) {
			if ( 1 !== preg_match( '~/register (\S+( answer)?)(?: order (\d+))?(?: error \S+)?(?: fault (.+))?$~', $line, $parts ) ) {
				continue;
			}
			$counts[ $parts[1] ] = 1 + ( $counts[ $parts[1] ] ?? 0 );
			if ( '' !== ( $parts[3] ?? '' ) && '200' !== $parts[1] ) {
				$lost[ $parts[3] ] = true;
			}
		}
		ksort( $counts );
		foreach ( $counts as $answer => $count ) {
			$this->counts[ "registers, $answer" ] = $count;
		}
		return $lost;
	}

	/** @return array<string, int> */
	private function control( string $path ): array {
		return json_decode( http( 'GET', $this->sandbox->control_url() . $path )['body'], true );
	}
}
