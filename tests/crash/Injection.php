<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Each call that touches the journal fails, or is the last one, in each way that it can.
 */
final class Injection {

	/** By kind of call (see disk.c): how it can fail once, and from then on. */
	private const FAILURES = [
		'create'    => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EACCES' ],
		'write'     => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EINTR', 'short', 'torn' ],
		'fsync'     => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EINVAL', 'ENOTSUP' ],
		'fdatasync' => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EINVAL', 'ENOTSUP' ],
		'rename'    => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT' ],
		'unlink'    => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT' ],
		'mkdir'     => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT' ],
		'ftruncate' => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT' ],
		'flock'     => [ 'ENOLCK', 'EIO', 'EINTR', 'ENOTSUP', 'before', 'after' ],
		'read'      => [ 'EIO', 'EINTR' ],
		'open'      => [ 'EIO', 'EACCES' ],
		'any'       => [ 'EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'before', 'after' ],
	];

	/** In disk.c's order. */
	private const KINDS = [ 'any', 'create', 'write', 'fsync', 'fdatasync', 'rename', 'unlink', 'mkdir', 'flock', 'ftruncate', 'read', 'open' ];

	/** These end the process, so that there is no "from then on"; the others do their work. */
	private const ONCE = [ 'before', 'after', 'torn', 'short', 'EINTR' ];

	private readonly Actor $actor;

	/** @var array<string, int> The most calls of a kind that the scenario makes. */
	private array $calls = [];

	/** @var array<string, int> How many runs met their failure, by kind and action. */
	public array $counts = [];

	/** @param int|null $sample One run in so many, taken at random; null for all. */
	public function __construct( private readonly Service $service, private readonly Promises $promises, private readonly string $folder, private readonly string $disk, private readonly ?int $sample ) {
		$this->actor = new Actor( $service->base_url() );
		file_put_contents( "$folder/shared", str_repeat( "\0", 4096 ) );
	}

	/** Gives how many calls failed. */
	public function run( Scenario $scenario ): int {
		$before      = array_sum( $this->counts );
		$this->calls = [];
		// Answers come together or one by one, so that the number of calls differs between runs.
		foreach ( range( 1, 3 ) as $_ ) {
			$this->fails( $scenario, null );
			foreach ( self::counters( $this->folder ) as $kind => $count ) {
				$this->calls[ $kind ] = max( $this->calls[ $kind ] ?? 0, $count );
			}
		}
		foreach ( self::FAILURES as $kind => $actions ) {
			foreach ( $actions as $action ) {
				foreach ( in_array( $action, self::ONCE, true ) ? [ '' ] : [ '', '+' ] as $from_then_on ) {
					$this->fail_at_each( $scenario, $kind, $action, $from_then_on );
				}
			}
		}
		return array_sum( $this->counts ) - $before;
	}

	private function fail_at_each( Scenario $scenario, string $kind, string $action, string $from_then_on ): void {
		$number = 1;
		if ( null !== $this->sample ) {
			$number = mt_rand( 1, $this->sample );
		}
		while ( $number <= $this->calls[ $kind ] && $this->fails( $scenario, "$kind:$number$from_then_on:$action" ) ) {
			$name                  = "$kind$from_then_on $action";
			$this->counts[ $name ] = 1 + ( $this->counts[ $name ] ?? 0 );
			$number               += null === $this->sample ? 1 : mt_rand( 1, 2 * $this->sample );
		}
	}

	/** Runs the scenario with one failure. False, if it has no such call. */
	private function fails( Scenario $scenario, ?string $rule ): bool {
		$home    = "$this->folder/home";
		$journal = "$home/state/journal";
		self::empty( $home );
		$this->promises->where = "$scenario->name, " . ( $rule ?? 'nothing' );
		$this->service->reset();
		$earlier = $scenario->prepare( $this->actor, $this->service, $journal );

		file_put_contents( "$this->folder/shared", str_repeat( "\0", 4096 ) );
		$env    = [
			'LD_PRELOAD'   => $this->disk,
			'CRASH_FOLDER' => $home,
			'CRASH_SHARED' => "$this->folder/shared",
		] + ( null === $rule ? [] : [ 'CRASH_RULE' => $rule ] );
		$actor  = new Actor( $this->service->base_url(), $env );
		$first  = $actor->act( $scenario->job, $journal );
		$ending = $actor->end();
		$is_met = 0 !== self::counters( $this->folder )['met'];
		$deadly = 1 === preg_match( '/:(before|after|torn)$/', (string) $rule );
		$this->promises->expect( ( $deadly && $is_met ? -SIGKILL : 0 ) === $ending[0] && '' === $ending[1], "it ended with $ending[0]: $ending[1]" );

		$this->service->behave();
		$ordered = $this->service->secrets();
		$this->promises->check_messages( $first, $journal );
		$this->promises->check_gone( $first, $ordered, $journal );
		$again = $this->actor->act( $scenario->again, $journal );
		$third = $this->actor->act( $scenario->again, $journal );
		$this->promises->check_messages( [ ...$again, ...$third ], $journal );
		$this->promises->check( $earlier, $first, $ordered, $again, $third, 'single' === $scenario->again ? 1 : SITES, $journal );
		$list = $this->actor->act( 'list', $journal );
		$this->promises->expect( is_int( end( $list )['done'] ?? null ), 'the journal cannot be listed: ' . json_encode( $list ) );
		return $is_met;
	}

	/** @return array<string, int> What disk.c has counted. */
	public static function counters( string $folder ): array {
		return array_combine( [ ...self::KINDS, 'met' ], (array) unpack( 'l' . ( count( self::KINDS ) + 1 ), (string) file_get_contents( "$folder/shared" ) ) );
	}

	public static function empty( string $home ): void {
		if ( is_dir( $home ) ) {
			remove_folder( $home );
		}
		mkdir( $home, 0700 );
	}
}
