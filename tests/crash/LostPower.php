<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * The power is lost after each call that touches the journal. What was synced is there; of the rest any part may be, as POSIX and
 * ext4 allow: see LossyDisk. The same call is made on each disk that can be left.
 */
final class LostPower {

	private readonly Actor $actor;

	/** How many different disks were tried. */
	private int $disks = 0;

	/** @param int|null $sample One disk in so many, taken at random; null for all. */
	public function __construct( private readonly Service $service, private readonly Promises $promises, private readonly string $folder, private readonly string $disk, private readonly ?int $sample ) {
		$this->actor = new Actor( $service->base_url() );
	}

	/** Gives how many disks were tried. */
	public function run( Scenario $scenario ): int {
		$this->disks = 0;
		$home        = "$this->folder/home";
		$journal     = "$home/state/journal";
		Injection::empty( $home );
		$this->service->reset();
		$earlier = $scenario->prepare( $this->actor, $this->service, $journal );
		$disk    = new LossyDisk( $home );

		file_put_contents( "$this->folder/shared", str_repeat( "\0", 4096 ) );
		file_put_contents( "$this->folder/log", '' );
		$env   = [
			'LD_PRELOAD'   => $this->disk,
			'CRASH_FOLDER' => $home,
			'CRASH_SHARED' => "$this->folder/shared",
			'CRASH_LOG'    => "$this->folder/log",
		];
		$actor = new Actor( $this->service->base_url(), $env );
		$actor->act( $scenario->job, $journal );
		$actor->end();
		$this->service->behave();
		$this->replay( $scenario, $disk, $earlier, $this->service->secrets(), $journal );
		return $this->disks;
	}

	/**
	 * @param list<array<string, mixed>> $earlier What was handed over by earlier runs.
	 * @param array<int, string>         $secrets Of all sites that have an order at the end.
	 */
	private function replay( Scenario $scenario, LossyDisk $disk, array $earlier, array $secrets, string $journal ): void {
		$sent  = array_fill_keys( array_keys( array_intersect_key( $secrets, Promises::ordered_by( $earlier ) ) ), true );
		$first = [];
		$seen  = [];
		$place = 0;
		foreach ( self::entries( "$this->folder/log" ) as [ $kind, $path, $offset, $bytes ] ) {
			++$place;
			if ( 'net' === $kind ) {
				$sent += array_fill_keys( 0 === number( $bytes ) ? [] : [ number( $bytes ) ], true );
			} elseif ( 'out' === $kind ) {
				$first = [ ...$first, ...array_map( fn( string $line ) => json_decode( $line, true ), array_filter( explode( "\n", $bytes ) ) ) ];
			} else {
				$disk->apply( $kind, $path, (int) $offset, $bytes );
			}
			$ordered = array_intersect_key( $secrets, $sent );
			foreach ( $disk->states() as $what => $files ) {
				$key = md5( serialize( [ $files, $ordered, $first ] ) );
				if ( isset( $seen[ $key ] ) ) {
					continue;
				}
				$seen[ $key ] = true;
				if ( null !== $this->sample && 1 !== mt_rand( 1, $this->sample ) ) {
					continue;
				}
				$this->promises->where = "$scenario->name, power lost after call $place ($kind " . basename( $path ) . "), $what";
				$this->check( $scenario, $files, $earlier, $first, $ordered, $journal );
			}
		}
	}

	/**
	 * @param array<string, string|null> $files   By path; null for a folder.
	 * @param list<array<string, mixed>> $earlier
	 * @param list<array<string, mixed>> $first
	 * @param array<int, string>         $ordered
	 */
	private function check( Scenario $scenario, array $files, array $earlier, array $first, array $ordered, string $journal ): void {
		++$this->disks;
		Injection::empty( "$this->folder/home" );
		foreach ( $files as $path => $content ) {
			null === $content ? mkdir( $path, 0700 ) : file_put_contents( $path, $content );
		}
		$this->service->reset();
		$this->promises->check_gone( $first, $ordered, $journal );
		$again = $this->actor->act( $scenario->again, $journal );
		$third = $this->actor->act( $scenario->again, $journal );
		$this->promises->check( $earlier, $first, $ordered, $again, $third, 'single' === $scenario->again ? 1 : SITES, $journal );
		$this->promises->check_messages( [ ...$again, ...$third ], $journal );
	}

	/** @return \Generator<int, array{string, string, string, string}> Kind, path, offset and bytes. */
	private static function entries( string $log ): \Generator {
		$file = fopen( $log, 'rb' );
		while ( false !== $file ) {
			$head = fgets( $file );
			if ( false === $head ) {
				return;
			}
			[ $kind, $path, $offset, $length ] = explode( "\t", rtrim( $head ) );
			yield [ $kind, $path, $offset, 0 === (int) $length ? '' : (string) stream_get_contents( $file, (int) $length ) ];
		}
	}
}
