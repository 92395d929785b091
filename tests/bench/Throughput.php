<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Several ways to register many sites, in turns: how many in a second, and the CPU and memory of the process that does it.
 */
final class Throughput {

	/** @var array<string, list<array{seconds: float, cpu: float, memory: int}>> By variant; seconds, and KiB at the most. */
	private array $measured = [];

	/**
	 * @param array<string, array{int, callable(int): int}> $variants  How many sites, and what registers so many and gives its memory.
	 * @param string|null                                   $reference The variant that the others are compared with.
	 * @param float|null                                    $ideal     Seconds for a site, to be compared with.
	 */
	public function __construct(
		public readonly string $title,
		private readonly array $variants,
		private readonly int $runs,
		private readonly ?string $reference = null,
		private readonly ?float $ideal = null,
	) {}

	/** @param callable(): void $before Makes the same conditions before each run, and is not timed. */
	public function measure( callable $before ): void {
		$order          = array_keys( $this->variants );
		$this->measured = array_fill_keys( $order, [] );
		for ( $round = 0; $round < $this->runs; ++$round ) {
			foreach ( $order as $name ) {
				[ $sites, $register ] = $this->variants[ $name ];
				$before();
				$cpu                       = cpu_of_children();
				$started                   = hrtime( true );
				$memory                    = $register( $sites );
				$this->measured[ $name ][] = [
					'seconds' => ( hrtime( true ) - $started ) / 1e9,
					'cpu'     => cpu_of_children() - $cpu,
					'memory'  => $memory,
				];
			}
			// Each round begins with another one: what a variant does to the machine must not hit always the same next one.
			$order[] = array_shift( $order );
		}
	}

	/** A table of medians. */
	public function markdown(): string {
		$columns = [ 'sites', 'seconds', 'sites per second', 'CPU, ms per site', 'memory, MB' ];
		if ( null !== $this->reference ) {
			array_push( $columns, 'rate / first', 'CPU / first' );
		}
		if ( null !== $this->ideal ) {
			$columns[] = 'seconds / ideal';
		}
		$text = "\n| $this->title ($this->runs runs each) | " . implode( ' | ', $columns ) . " |\n|---" . str_repeat( '|---:', count( $columns ) ) . "|\n";
		foreach ( $this->medians() as $name => $median ) {
			$cells = [ number_format( $median['sites'] ), sprintf( '%.1f', $median['seconds'] ), number_format( $median['rate'] ), sprintf( '%.3f', $median['cpu'] ), sprintf( '%.1f', $median['memory'] ) ];
			foreach ( $median['ratios'] as $ratio ) {
				$cells[] = sprintf( $ratio < 0.1 ? '%.4f' : '%.2f', $ratio );
			}
			$text .= "| $name | " . implode( ' | ', $cells ) . " |\n";
		}
		return $text;
	}

	/** @return array<string, mixed> */
	public function figures(): array {
		return [
			'title'   => $this->title,
			'medians' => $this->medians(),
			'runs'    => $this->measured,
		];
	}

	/** @return array<string, array{sites: int, seconds: float, rate: float, cpu: float, memory: float, ratios: list<float>}> */
	private function medians(): array {
		$medians = [];
		foreach ( $this->measured as $name => $runs ) {
			$sites   = $this->variants[ $name ][0];
			$seconds = median( array_column( $runs, 'seconds' ) );
			$median  = [
				'sites'   => $sites,
				'seconds' => $seconds,
				'rate'    => $sites / $seconds,
				'cpu'     => 1e3 * median( array_column( $runs, 'cpu' ) ) / $sites,
				'memory'  => median( array_column( $runs, 'memory' ) ) / 1024,
				'ratios'  => [],
			];
			if ( null !== $this->reference ) {
				$first            = $medians[ $this->reference ] ?? $median;
				$median['ratios'] = [ $median['rate'] / $first['rate'], $median['cpu'] / $first['cpu'] ];
			}
			if ( null !== $this->ideal ) {
				$median['ratios'][] = $seconds / ( $sites * $this->ideal );
			}
			$medians[ $name ] = $median;
		}
		return $medians;
	}
}
