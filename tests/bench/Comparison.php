<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Several ways to the same end, timed in turns. The last one is ours: its ratio to the others is what is shown.
 */
final class Comparison {

	/** @var array<string, list<float>> Milliseconds, by variant. */
	private array $times = [];

	/**
	 * @param array<string, callable(): mixed> $variants
	 * @param string                           $unit     `ms` of time that passes, or `ms of CPU` of the processes that a variant starts.
	 */
	public function __construct( public readonly string $title, private readonly array $variants, private readonly int $runs, private readonly string $unit = 'ms' ) {}

	/** @param callable(): void $before Makes the same conditions before each run, and is not timed. */
	public function measure( callable $before ): void {
		// The first round only warms the caches of the machine.
		for ( $round = 0; $round <= $this->runs; ++$round ) {
			foreach ( $this->variants as $name => $run ) {
				$before();
				$started = $this->clock();
				$run();
				$milliseconds = $this->clock() - $started;
				if ( $round > 0 ) {
					$this->times[ $name ][] = $milliseconds;
				}
			}
		}
	}

	private function clock(): float {
		return 'ms' === $this->unit ? hrtime( true ) / 1e6 : cpu_of_children() * 1e3;
	}

	/** A table: each variant's median, and how ours compares. */
	public function markdown(): string {
		$medians = array_map( fn( array $times ) => median( $times ), $this->times );
		$ours    = end( $medians );
		$text    = "\n| $this->title ($this->runs runs each) | median, $this->unit | ours - this | ours / this |\n|---|---:|---:|---:|\n";
		foreach ( $medians as $name => $median ) {
			$compared = $name === array_key_last( $medians ) ? '| ' : sprintf( '%+.1f | %.2f', $ours - $median, $ours / $median );
			$text    .= sprintf( "| %s | %.1f | %s |\n", $name, $median, $compared );
		}
		return $text;
	}

	/** @return array<string, mixed> */
	public function figures(): array {
		$medians = array_map( fn( array $times ) => median( $times ), $this->times );
		return [
			'title'   => $this->title,
			'unit'    => $this->unit,
			'medians' => $medians,
			'ratios'  => array_map( fn( float $median ) => end( $medians ) / $median, $medians ),
			'runs'    => $this->times,
		];
	}
}
