<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Real disks that are full or read-only, in a mount namespace of one process, a folder that may not be written, and a clock that
 * is wrong.
 */
final class Places {

	/** In the namespace, before the job and after it: the disk lives as long as the process. */
	private const ON_A_DISK_OF_ITS_OWN = 'home=$1 saved=$2 size=$3 then=$4; shift 4
		mount -t tmpfs -o "size=$size,mode=0700" tmpfs "$home" && cp -a "$saved/." "$home/" || exit 99
		eval "$then" || exit 99
		code=0; "$@" || code=$?
		rm -rf "$saved" && mkdir -m 0700 "$saved" && cp -a "$home/." "$saved/" || exit 99
		exit "$code"';

	private readonly Actor $actor;

	/** How many were tried. */
	private int $count = 0;

	public function __construct( private readonly Service $service, private readonly Promises $promises, private readonly string $folder, private readonly string $disk, private readonly ?int $sample ) {
		$this->actor = new Actor( $service->base_url() );
	}

	/** Gives how many were tried. */
	public function run( Scenario $scenario ): int {
		$this->count = 0;
		foreach ( $this->sizes( 'single' === $scenario->again ? 96 : 1200 ) as $room ) {
			$this->try( $scenario, "with room for $room KiB", $room, ':' );
		}
		$this->try( $scenario, 'on a disk that is mounted read-only', 4096, 'mount -o remount,ro "$home"' );
		$unwritable = 'mkdir -p "$home/state/journal"; chmod 0700 "$home/state/journal"; chmod -R a-w "$home"';
		$this->try( $scenario, 'in a folder that may not be written', 4096, $unwritable, [ 'setpriv', '--bounding-set=-dac_override,-dac_read_search' ] );
		foreach ( [ '+400 days', '-20 years' ] as $how ) {
			$this->try_with_clock( $scenario, $how );
		}
		return $this->count;
	}

	/** @return list<int> Room on a disk in KiB, by pages where it is about a few. */
	private function sizes( int $most ): array {
		$sizes = [ ...range( 0, 96, 4 ), ...( $most > 96 ? range( 128, $most, 32 ) : [] ) ];
		return null === $this->sample ? $sizes : array_values( array_filter( $sizes, fn() => 1 === mt_rand( 1, $this->sample ) ) );
	}

	/**
	 * On a disk that lives as long as the process.
	 *
	 * @param int          $room   In KiB, beside what is there.
	 * @param string       $then   What a shell does once it is mounted.
	 * @param list<string> $rights What takes rights from the process.
	 */
	private function try( Scenario $scenario, string $where, int $room, string $then, array $rights = [] ): void {
		[ $home, $saved ] = [ "$this->folder/home", "$this->folder/saved" ];
		$earlier          = $this->prepare( $scenario, $where, "$saved/state/journal" );
		$used             = array_sum( array_map( fn( string $file ) => 4 * (int) ceil( filesize( $file ) / 4096 ), glob( "$saved/state/journal/*" ) ?: [] ) );
		$unshare          = 0 === fileowner( $this->folder ) ? [ 'unshare', '--mount' ] : [ 'unshare', '--user', '--map-root-user', '--mount' ];
		$before           = [ ...$unshare, 'sh', '-c', self::ON_A_DISK_OF_ITS_OWN, 'sh', $home, $saved, max( 4, $used + $room ) . 'k', $then, ...$rights ];
		$first            = $this->act( $scenario, new Actor( $this->service->base_url(), [], $before ), "$home/state/journal" );
		exec( 'chmod -R u+w ' . escapeshellarg( $saved ) );
		$this->check( $scenario, $earlier, $first, "$saved/state/journal" );
	}

	private function try_with_clock( Scenario $scenario, string $how ): void {
		$home    = "$this->folder/home";
		$earlier = $this->prepare( $scenario, "with a clock that is wrong by $how", "$home/state/journal" );
		file_put_contents( "$this->folder/shared", str_repeat( "\0", 4096 ) );
		$env   = [
			'LD_PRELOAD'   => $this->disk,
			'CRASH_FOLDER' => $home,
			'CRASH_SHARED' => "$this->folder/shared",
			'CRASH_CLOCK'  => (string) ( strtotime( $how ) - time() ),
		];
		$first = $this->act( $scenario, new Actor( $this->service->base_url(), $env ), "$home/state/journal" );
		$this->check( $scenario, $earlier, $first, "$home/state/journal" );
	}

	/** @return list<array<string, mixed>> What was handed over. */
	private function prepare( Scenario $scenario, string $where, string $journal ): array {
		++$this->count;
		$this->promises->where = "$scenario->name, $where";
		Injection::empty( "$this->folder/home" );
		Injection::empty( "$this->folder/saved" );
		$this->service->reset();
		return $scenario->prepare( $this->actor, $this->service, $journal );
	}

	/** @return list<array<string, mixed>> What was handed over. */
	private function act( Scenario $scenario, Actor $actor, string $journal ): array {
		$first  = $actor->act( $scenario->job, $journal );
		$ending = $actor->end();
		$this->promises->expect( [ 0, '' ] === $ending, "it ended with $ending[0]: $ending[1]" );
		$this->promises->expect( array_key_exists( 'done', end( $first ) ?: [] ), 'nothing was done' );
		$this->promises->check_messages( $first, $journal );
		return $first;
	}

	/**
	 * @param list<array<string, mixed>> $earlier
	 * @param list<array<string, mixed>> $first
	 */
	private function check( Scenario $scenario, array $earlier, array $first, string $journal ): void {
		$this->service->behave();
		$ordered = $this->service->secrets();
		$again   = $this->actor->act( $scenario->again, $journal );
		$third   = $this->actor->act( $scenario->again, $journal );
		$this->promises->check( $earlier, $first, $ordered, $again, $third, 'single' === $scenario->again ? 1 : SITES, $journal );
	}
}
