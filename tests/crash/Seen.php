<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Whether disk.c sees everything that the kernel sees: strace counts the same calls.
 */
final class Seen {

	/** By kind, what strace calls it. */
	private const CALLS = [
		'create'    => '~^openat.*O_CREAT~',
		'write'     => '~^p?write(64)?\(~',
		'fsync'     => '~^fsync\(~',
		'fdatasync' => '~^fdatasync\(~',
		'rename'    => '~^rename~',
		'unlink'    => '~^unlink~',
		'mkdir'     => '~^mkdir~',
		'flock'     => '~^flock\(~',
		'ftruncate' => '~^ftruncate\(~',
		'unknown'   => '~^(writev|pwritev2?|fallocate|copy_file_range|sendfile|splice|(sym)?link(at)?|truncate|sync_file_range|syncfs|mmap.*PROT_WRITE.*MAP_SHARED)~',
	];

	public function __construct( private readonly Service $service, private readonly Promises $promises, private readonly string $folder, private readonly string $disk ) {}

	public function check( Scenario $scenario ): void {
		$home    = "$this->folder/home";
		$journal = "$home/state/journal";
		Injection::empty( $home );
		$this->service->reset();
		$actor = new Actor( $this->service->base_url() );
		$scenario->prepare( $actor, $this->service, $journal );
		$actor->end();
		file_put_contents( "$this->folder/shared", str_repeat( "\0", 4096 ) );
		file_put_contents( "$this->folder/log", '' );
		$env    = [
			'CRASH_FOLDER' => $home,
			'CRASH_SHARED' => "$this->folder/shared",
			'CRASH_LOG'    => "$this->folder/log",
		];
		$strace = [ 'strace', '-f', '-y', '-qq', '-E', "LD_PRELOAD=$this->disk", '-o', "$this->folder/strace", '-e', 'trace=%file,%desc' ];
		$actor  = new Actor( $this->service->base_url(), $env, $strace );
		$actor->act( $scenario->job, $journal );
		$this->promises->where = "$scenario->name, strace";
		$ending                = $actor->end();
		$this->promises->expect( [ 0, '' ] === $ending, "it ended with $ending[0]: $ending[1]" );

		$kernel = array_fill_keys( array_keys( self::CALLS ), 0 );
		foreach ( (array) file( "$this->folder/strace" ) as $line ) {
			$call = (string) preg_replace( '~^\d+\s+~', '', (string) $line );
			// A folder above is synced, too.
			if ( str_contains( $call, $home ) || 1 === preg_match( '~^fsync\(\d+<([^>]*)>~', $call, $parts ) && str_starts_with( $home, $parts[1] ) ) {
				foreach ( self::CALLS as $kind => $pattern ) {
					$kernel[ $kind ] += preg_match( $pattern, $call );
				}
			}
		}
		$seen = [ 'unknown' => 0 ] + Injection::counters( $this->folder );
		// Of the writes of room not all are counted.
		$seen['write'] = preg_match_all( "~(?:^|\n|[^\n])write\t" . preg_quote( $home, '~' ) . '~', (string) file_get_contents( "$this->folder/log" ) );
		foreach ( $kernel as $kind => $count ) {
			$this->promises->expect( $seen[ $kind ] === $count, "disk.c has seen $seen[$kind] calls of $kind, and the kernel $count" );
		}
	}
}
