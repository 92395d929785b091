<?php
/**
 * How many sites of a batch came to what.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Counts by status, and what they mean for the exit code.
 */
final class Batch_Tally {

	public const FIELDS = [ 'total', ...Batch_Result::STATUSES, 'skipped', 'to_send', 'seconds', 'per_second' ];

	/**
	 * The graver first: what may have cost money, what cannot be mended by another run, what can.
	 */
	private const EXIT_CODES = [
		'unknown'            => Exit_Code::UNKNOWN,
		'secret_unavailable' => Exit_Code::SECRET_UNAVAILABLE,
		'refused'            => Exit_Code::REFUSED,
		'not_sent'           => Exit_Code::NOT_SENT,
		'invalid'            => Exit_Code::NOT_SENT,
	];

	/**
	 * Status => how many sites.
	 *
	 * @var array<string, int>
	 */
	private array $counts;

	/**
	 * When the first request could be sent.
	 *
	 * @var float
	 */
	private float $started;

	/**
	 * A tally without results.
	 *
	 * @param int $total   How many requests the list has.
	 * @param int $skipped How many of them do not belong to this run.
	 */
	public function __construct( private int $total, private int $skipped ) {
		$this->counts  = array_fill_keys( Batch_Result::STATUSES, 0 );
		$this->started = microtime( true );
	}

	/**
	 * The tally of a dry run.
	 *
	 * @param array<string, mixed> $summary The summary of the extension.
	 */
	public static function of_summary( array $summary ): self {
		$tally         = new self( $summary['total'], $summary['skipped'] );
		$tally->counts = array_replace( $tally->counts, array_intersect_key( $summary, $tally->counts ) );

		$tally->started -= $summary['seconds'];
		return $tally;
	}

	/**
	 * Counts a result.
	 *
	 * @param string $status Its status.
	 */
	public function add( string $status ): void {
		$this->counts[ $status ] = $this->of( $status ) + 1;
	}

	/**
	 * How many sites have a status.
	 *
	 * @param string ...$statuses One, or several.
	 */
	public function of( string ...$statuses ): int {
		return array_sum( array_intersect_key( $this->counts, array_flip( $statuses ) ) );
	}

	/**
	 * How many sites there is a result of.
	 */
	public function results(): int {
		return array_sum( $this->counts );
	}

	/**
	 * How many sites are without a connection.
	 */
	public function failed(): int {
		return $this->of( 'refused', 'not_sent', 'unknown', 'secret_unavailable', 'invalid' );
	}

	/**
	 * How many sites there is no result of.
	 */
	public function to_send(): int {
		return max( 0, $this->total - $this->skipped - $this->results() );
	}

	/**
	 * Everything, for Output.
	 *
	 * @return array<string, int|float>
	 */
	public function item(): array {
		$seconds = microtime( true ) - $this->started;
		return [
			'total'      => $this->total,
			...$this->counts,
			'skipped'    => $this->skipped,
			'to_send'    => $this->to_send(),
			'seconds'    => round( $seconds, 1 ),
			'per_second' => round( $this->of( 'registered' ) / max( $seconds, 0.001 ), 1 ),
		];
	}

	/**
	 * The exit code.
	 *
	 * @param bool $is_done Whether everything was to be sent: what is left then is not.
	 */
	public function exit_code( bool $is_done ): int {
		foreach ( self::EXIT_CODES as $status => $exit_code ) {
			if ( $this->of( $status ) > 0 ) {
				return $exit_code;
			}
		}
		return $is_done && $this->to_send() > 0 ? Exit_Code::NOT_SENT : Exit_Code::DONE;
	}
}
