<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Work at a journal that a disk can fail at, what was there before, and what a person does afterwards.
 */
final class Scenario {

	/** @param list<string> $before Jobs of act.php, and changes of the log: pad, flip. */
	private function __construct( public readonly string $name, private readonly array $before, public readonly string $job, public readonly string $again ) {}

	/**
	 * All there are.
	 *
	 * @return list<self>
	 */
	public static function all(): array {
		return [
			new self( 'register', [], 'single', 'single' ),
			new self( 'register, save and close', [], 'life', 'single' ),
			new self( 'save and close what was received', [ 'single' ], 'life', 'single' ),
			new self( 'register many', [], 'many', 'many' ),
			new self( 'register many again', [ 'many' ], 'many', 'many' ),
			new self( 'register many again, compacting', [ 'many', 'pad' ], 'many', 'many' ),
			new self( 'register many again, mending', [ 'many', 'flip' ], 'many', 'many' ),
			new self( 'close two sites of a batch', [ 'many' ], 'close', 'many' ),
			new self( 'prune', [ 'many' ], 'prune', 'many' ),
			new self( 'forget what is unknown', [ 'many' ], 'forget', 'many' ),
		];
	}

	public static function named( string $name ): self {
		return array_column( array_map( fn( self $scenario ) => [ $scenario->name, $scenario ], self::all() ), 1, 0 )[ $name ];
	}

	/**
	 * Makes what is there before. The service has no orders yet.
	 *
	 * @return list<array<string, mixed>> What was handed over.
	 */
	public function prepare( Actor $actor, Service $service, string $journal ): array {
		$service->misbehave();
		if ( 'single' === $this->again ) {
			$service->behave();
		}
		$lines = [];
		foreach ( $this->before as $job ) {
			$log = "$journal/batch.jsonl";
			match ( $job ) {
				'pad'   => file_put_contents( $log, str_repeat( ' ', 1 << 20 ) . "\n" . file_get_contents( $log ) ),
				'flip'  => $lines[] = $this->flip( $log ),
				default => $lines   = [ ...$lines, ...$actor->act( $job, $journal ) ],
			};
		}
		return $lines;
	}

	/**
	 * Damages the line of site 7, but not its secret, and leaves the beginning of a line at the end.
	 *
	 * @return array<string, list<int>>
	 */
	private function flip( string $log ): array {
		$content = (string) file_get_contents( $log );
		$last    = strrpos( $content, 'owner-of-7@' );
		if ( false === $last ) {
			throw new \RuntimeException( 'Site 7 is not in the log.' );
		}
		$content[ $last ] = 'q';
		file_put_contents( $log, $content . '{"site":"https://shop-99.exam' );
		return [ 'damaged' => [ 7 ] ];
	}
}
