<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What must be so after a disk has failed, a process was killed, or the power was lost.
 */
final class Promises {

	/** @var list<string> Those that were broken, each with where. */
	public array $broken = [];

	/** @var array<string, int> What was said to whoever reads it at night, without its numbers. */
	public array $messages = [];

	/** Where it is looked now. */
	public string $where = '';

	/**
	 * @param list<array<string, mixed>> $earlier What was handed over by earlier runs.
	 * @param list<array<string, mixed>> $first   What the run handed over until then.
	 * @param array<int, string>         $ordered The secrets of the sites that had an order by then.
	 * @param list<array<string, mixed>> $again   What the same call hands over on a disk that works.
	 * @param list<array<string, mixed>> $third   And once more.
	 * @param int                        $sites   How many sites there are.
	 * @param string                     $journal The folder.
	 */
	public function check( array $earlier, array $first, array $ordered, array $again, array $third, int $sites, string $journal ): void {
		$before   = [ ...$earlier, ...$first ];
		$given_up = array_merge( [], ...array_column( $before, 'giving_up' ) );
		$results  = self::by_number( $again );
		// "Not sent" is what this run did: the order that an earlier one has made, and of which the journal could not be asked, is another matter.
		$made = array_diff_key( $ordered, self::ordered_by( $earlier ) );
		foreach ( self::by_number( $first ) as $number => $result ) {
			if ( in_array( $result['word'], [ 'refused', 'not_sent' ], true ) ) {
				$this->expect( ! isset( $made[ $number ] ), "site $number was reported as {$result['word']}, and has an order" );
			}
		}
		$this->check_secrets( $before, $given_up, $ordered, $results, $journal );
		$this->expect( count( $results ) === $sites, count( $results ) . " of $sites sites have a result afterwards: " . json_encode( array_slice( $again, -2 ) ) );
		$is_free = 1 === $sites && [] !== $given_up; // The site has it, and nothing is open.
		foreach ( $results as $number => $result ) {
			$is_forgotten = in_array( $result['word'], [ 'registered', 'secret_unavailable' ], true ) && [] !== array_column( $first, 'forgetting' ); // A person wanted it so.
			if ( ! isset( $ordered[ $number ] ) ) {
				$this->expect( in_array( $result['word'], [ 'registered', 'unknown' ], true ), "site $number had no order, and is {$result['word']} afterwards: " . json_encode( $result ) );
			} elseif ( ! $is_free && ! $is_forgotten ) {
				$this->check_ordered( $number, $result, $ordered[ $number ], in_array( $number, $given_up, true ) );
			}
		}
		$once_more = self::by_number( $third );
		foreach ( $results as $number => $result ) {
			$word = 'registered' === $result['word'] ? 'from_journal' : $result['word'];
			$this->expect( $word === ( $once_more[ $number ]['word'] ?? '' ), "site $number was {$result['word']}, and is " . ( $once_more[ $number ]['word'] ?? 'nothing' ) . ' at the third run' );
		}
	}

	/**
	 * What was handed over is a site's own, and what the journal had then it has still.
	 *
	 * @param list<array<string, mixed>>        $before
	 * @param list<int>                         $given_up
	 * @param array<int, string>                $ordered
	 * @param array<int, array<string, mixed>> $results
	 */
	private function check_secrets( array $before, array $given_up, array $ordered, array $results, string $journal ): void {
		$damaged = array_merge( [], ...array_column( $before, 'damaged' ) );
		foreach ( self::by_number( $before ) as $number => $result ) {
			if ( ! isset( $result['secret'] ) ) {
				continue;
			}
			$this->expect( ( $ordered[ $number ] ?? null ) === $result['secret'], "site $number was given a secret that is not its own" );
			if ( in_array( $number, $damaged, true ) ) {
				$this->expect( str_contains( self::content( $journal ), $result['secret'] ), "the damaged line of site $number is lost" );
			} elseif ( $result['journaled'] && ! in_array( $number, $given_up, true ) ) {
				$this->expect( ( $results[ $number ]['secret'] ?? null ) === $result['secret'], "site $number was handed over as journaled, and its secret is lost" );
			}
		}
	}

	/** @param array<string, mixed> $result */
	private function check_ordered( int $number, array $result, string $secret, bool $is_given_up ): void {
		if ( 'from_journal' === $result['word'] ) {
			$this->expect( $result['secret'] === $secret, "site $number has another secret afterwards" );
		} else {
			$this->expect( 'unknown' === $result['word'] || 'closed' === $result['word'] && $is_given_up, "site $number has an order, and is {$result['word']} afterwards" );
		}
	}

	/**
	 * The words for people.
	 *
	 * @param list<array<string, mixed>> $lines
	 */
	public function check_messages( array $lines, string $journal ): void {
		foreach ( $lines as $line ) {
			foreach ( $line['messages'] ?? [] as $message ) {
				$this->expect( 1 !== preg_match( '/[0-9a-f]{40}|wpcom-token-of|panic/', $message ) && ! str_contains( $message, Sandbox::KEY ), "a secret in: $message" );
				$this->expect( empty( $line['local'] ) || str_contains( $message, $journal ), "which file?: $message" );
				$shape                    = (string) preg_replace( [ '~' . preg_quote( $journal, '~' ) . '~', '/\d+/' ], [ '<journal>', '0' ], $message );
				$this->messages[ $shape ] = 1 + ( $this->messages[ $shape ] ?? 0 );
			}
		}
	}

	/**
	 * What was given up is gone from the disk.
	 *
	 * @param list<array<string, mixed>> $before
	 * @param array<int, string>         $ordered
	 */
	public function check_gone( array $before, array $ordered, string $journal ): void {
		$all = self::content( $journal );
		foreach ( array_merge( [], ...array_column( $before, 'given_up' ) ) as $number ) {
			$this->expect( ! isset( $ordered[ $number ] ) || ! str_contains( $all, $ordered[ $number ] ), "the secret of site $number was removed, and is on the disk" );
		}
	}

	/**
	 * @param list<array<string, mixed>> $lines
	 * @return array<int, true> The sites that have an order, as far as those who registered them can tell.
	 */
	public static function ordered_by( array $lines ): array {
		return array_fill_keys( array_column( array_filter( $lines, fn( array $line ) => in_array( $line['word'] ?? '', [ 'registered', 'unknown' ], true ) ), 'number' ), true );
	}

	/** All that is in a folder. */
	private static function content( string $folder ): string {
		return implode( "\n", array_map( fn( string $file ) => is_file( $file ) ? (string) file_get_contents( $file ) : '', glob( "$folder/*" ) ?: [] ) );
	}

	public function expect( bool $is_so, string $otherwise ): void {
		if ( ! $is_so ) {
			$this->broken[] = "$this->where: $otherwise";
		}
	}

	/**
	 * @param list<array<string, mixed>> $lines
	 * @return array<int, array<string, mixed>>
	 */
	private static function by_number( array $lines ): array {
		return array_column( array_filter( $lines, fn( array $line ) => isset( $line['number'] ) ), null, 'number' );
	}
}
