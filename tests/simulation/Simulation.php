<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * The play: the service and its faults, the process and its deaths, the person who looks up what is unknown.
 */
final class Simulation {
	private const KILLS = 5;

	private const CONCURRENCY = 16;

	private readonly string $folder;

	private readonly Sandbox $sandbox;

	private readonly Ledger $ledger;

	private readonly float $start;

	/** @var array<string, int> Results of all runs, by word. */
	private array $results = [];

	/** @var array<string, true> Sites that had a result of their own. */
	private array $seen = [];

	public function __construct( private readonly int $sites, private readonly int $seed, private readonly string $mutation ) {
		$this->start  = microtime( true );
		$this->folder = sys_get_temp_dir() . '/wccom-host-simulation-' . bin2hex( random_bytes( 6 ) );
		mkdir( "$this->folder/journal", 0700, true );
		register_shutdown_function( [ $this, 'remove' ] );
		file_put_contents( "$this->folder/key", Sandbox::KEY );
		$this->sandbox = new Sandbox( $this->folder, '--tls', '--max-requests-per-connection', '1000', '--log-file', "$this->folder/requests.log" );
		$this->ledger  = new Ledger( $this->sandbox, "$this->folder/requests.log", $sites );
	}

	/** @return list<string> The promises that were broken. */
	public function run(): array {
		$this->say( "$this->sites sites in " . lines( $this->sites ) . " lines, seed $this->seed" );
		$this->let_faults_stand();
		foreach ( $this->moments() as $moment ) {
			$this->batch( $moment );
			if ( 'resend-unknown' === $this->mutation ) {
				$this->forget_unknown( fn() => true );
			}
		}
		$this->batch( null );

		http( 'DELETE', $this->sandbox->control_url() . '/faults' );
		$orders    = $this->ledger->orders();
		$forgotten = $this->forget_unknown( fn( string $email ) => ! isset( $orders[ $email ] ) );
		$this->say( count( $orders ) . " orders; unknown without one, to be sent again: $forgotten" );
		$this->ledger->expect( $forgotten <= self::KILLS * self::CONCURRENCY, "$forgotten sites were unknown without an order; the kills can have made " . self::KILLS * self::CONCURRENCY );
		$last = $this->batch( null );

		$this->say( 'comparing sandbox, journal and results' );
		$journal = [];
		foreach ( wccom_host_journal( [ 'with_secrets' => true ], [ 'journal' => "$this->folder/journal" ] ) as $site => $record ) {
			$journal[ $site ] = [
				'state'  => $record['state'],
				'secret' => $record['auth']['access_token_secret'] ?? null,
			];
		}
		$this->ledger->check( $journal, self::KILLS, self::CONCURRENCY );
		$this->print_table( $forgotten, $last );
		return $this->ledger->broken;
	}

	/** Each of them for as long as it stands; the first that hits a request is met. */
	private function let_faults_stand(): void {
		$reset = [
			'kind' => 'reset',
			'when' => 'after',
		];
		$this->let_stand( 100, $reset );
		// Two 429: one that can be sent again at once, and, since a second is long here, a rare one that asks for a second.
		$this->let_stand( max( 1000, intdiv( $this->sites, 10 ) ), self::status( 429, [ 'Retry-After' => '1' ] ) );
		$this->let_stand( 100, self::status( 429, [ 'Retry-After' => '0' ] ) );
		$this->let_stand( 1000, self::status( 500 ) + [ 'process' => true ] );
	}

	/** @param array<string, mixed> $fault */
	private function let_stand( int $one_in, array $fault ): void {
		$body   = json_encode( [ 'operation' => 'register' ] + compact( 'one_in', 'fault' ) );
		$answer = http( 'POST', $this->sandbox->control_url() . '/faults', [ 'Content-Type: application/json' ], (string) $body );
		if ( 200 !== $answer['status'] ) {
			throw new \RuntimeException( $answer['body'] );
		}
	}

	/**
	 * @param array<string, string> $headers
	 * @return array<string, mixed>
	 */
	private static function status( int $status, array $headers = [] ): array {
		return [
			'kind'    => 'status',
			'status'  => $status,
			'headers' => (object) $headers,
		];
	}

	/**
	 * When to kill: after so many sites that are new, or, once, after so many results that the journal gives again.
	 *
	 * @return list<callable(BatchRun): bool>
	 */
	private function moments(): array {
		mt_srand( $this->seed );
		$moments = [];
		for ( $kill = 0; $kill < self::KILLS; ++$kill ) {
			$moment    = (int) ( $this->sites * ( $kill + mt_rand( 10, 90 ) / 100 ) / self::KILLS );
			$moments[] = fn() => count( $this->seen ) >= $moment;
		}
		$early      = mt_rand( 1, (int) ( $this->sites / self::KILLS / 20 ) );
		$moments[2] = fn( BatchRun $run ) => $run->count >= $early;
		return $moments;
	}

	/**
	 * Runs the batch over the whole list, until it ends or the moment to kill it has come.
	 *
	 * @param null|callable(BatchRun): bool $moment
	 * @return array<string, mixed>|null The summary, if it was not killed.
	 */
	private function batch( ?callable $moment ): ?array {
		$settings  = array_map( fn( string $name, string $value ) => "-d$name=$value", array_keys( $this->ini() ), $this->ini() );
		$journal   = 'without-journal' === $this->mutation ? [] : [ "$this->folder/journal" ];
		$run       = new BatchRun( [ PHP_BINARY, '-n', ...$settings, __DIR__ . '/batch.php', (string) $this->sites, "$this->folder/key", ...$journal ] );
		$start     = microtime( true );
		$on_result = function ( string $line, string $word, string $rest ): void {
			$this->results[ $word ] = 1 + ( $this->results[ $word ] ?? 0 );
			if ( 'duplicate' !== $word ) {
				$this->seen[ $line ] = true;
			}
			if ( 'registered' === $word ) {
				[ $site, $secret ]                  = explode( ' ', $rest );
				$this->ledger->handed_over[ $site ] = $secret;
			}
		};
		$is_killed = $run->read( $on_result, $moment ?? fn() => false );
		$this->say( sprintf( '%s after %d results in %.1f s, %d of %d sites have one', $is_killed ? 'killed' : 'ended', $run->count, microtime( true ) - $start, count( $this->seen ), $this->sites ) );
		if ( null !== $run->summary ) {
			$this->say( (string) json_encode( $run->summary ) );
			$this->ledger->expect( lines( $this->sites ) === $run->summary['total'] && null === $run->summary['stopped'], 'The batch did not come to its end: ' . json_encode( $run->summary ) );
		} elseif ( ! $is_killed ) {
			$this->ledger->expect( false, 'The batch ended without a summary.' );
		}
		$this->ledger->expect( $is_killed || null === $moment, 'The batch ended before it was killed.' );
		return $run->summary;
	}

	/**
	 * Forgets what is unknown, so that it is sent again.
	 *
	 * @param callable(string): bool $is_wanted Given the owner's address.
	 */
	private function forget_unknown( callable $is_wanted ): int {
		$sites = [];
		foreach ( wccom_host_journal( [ 'state' => 'sent' ], [ 'journal' => "$this->folder/journal" ] ) as $site => $record ) {
			if ( $is_wanted( $record['email'] ) ) {
				$sites[] = $site;
			}
		}
		$filters = [
			'state'  => 'sent',
			'site'   => $sites,
			'forget' => true,
		];
		return [] === $sites ? 0 : wccom_host_journal_prune( $filters, [ 'journal' => "$this->folder/journal" ] );
	}

	/** @param array<string, mixed>|null $last */
	private function print_table( int $forgotten, ?array $last ): void {
		$rows  = [ 'sites' => $this->sites ];
		$rows += $this->ledger->counts;
		$rows += [ 'sites unknown without an order, sent again' => $forgotten ];
		foreach ( $this->results as $word => $count ) {
			$rows[ "results of all runs: $word" ] = $count;
		}
		$rows['memory of the last run, MB'] = intdiv( $last['memory'] ?? 0, 1 << 20 );
		$rows['seconds']                    = (int) round( microtime( true ) - $this->start );
		foreach ( $rows as $name => $count ) {
			printf( "| %-44s | %9s |\n", $name, number_format( $count ) );
		}
	}

	/** @return array<string, string> */
	private function ini(): array {
		return [
			'extension'           => (string) getenv( 'WCCOM_HOST_EXTENSION' ),
			'wccom_host.base_url' => $this->sandbox->base_url(),
			'wccom_host.ca_file'  => (string) $this->sandbox->ca_file(),
		];
	}

	private function say( string $words ): void {
		fprintf( STDERR, "%6.1f s  %s\n", microtime( true ) - $this->start, $words );
	}

	public function remove(): void {
		if ( isset( $this->sandbox ) ) {
			$this->sandbox->stop();
		}
		remove_folder( $this->folder );
	}
}
