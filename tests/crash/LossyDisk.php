<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What a disk may hold when the power is lost: a model of files and names, of which some have been synced.
 *
 * The bytes of a file last once it is synced; before, each write may have reached the disk or not, in any order, as a whole or
 * in some of its sectors, and the file may have its new length without them (zeros). A name that was made, changed or removed
 * lasts once its folder is synced; before, each change may have reached the disk or not. A rename is one change.
 */
final class LossyDisk {

	private const SECTOR = 512;

	/** @var array<string, int> The number of the file or folder that has a name, as programs see it. */
	private array $names = [];

	/** @var array<string, int> The same, as it lasts. */
	private array $lasting_names = [];

	/** @var list<array{string, array<string, int|null>}> Changes of names that do not last yet: in which folder, and what is where then. */
	private array $renamings = [];

	/** @var array<int, string|null> What lasts of each file; null for a folder. */
	private array $lasting = [];

	/** @var array<int, list<array{int, string|null}>> Writes that do not last yet: where, and what; null cuts off. */
	private array $writes = [];

	/** What is below the folder lasts, and so does the folder. */
	public function __construct( private readonly string $folder ) {
		foreach ( new \RecursiveIteratorIterator( new \RecursiveDirectoryIterator( $folder, \FilesystemIterator::SKIP_DOTS ), \RecursiveIteratorIterator::SELF_FIRST ) as $entry ) {
			$this->lasting[]                              = $entry->isDir() ? null : (string) file_get_contents( $entry->getPathname() );
			$this->lasting_names[ $entry->getPathname() ] = array_key_last( $this->lasting );
		}
		$this->names = $this->lasting_names;
	}

	/** A call of disk.c's log. */
	public function apply( string $kind, string $path, int $offset, string $bytes ): void {
		$number = $this->names[ $path ] ?? null;
		switch ( $kind ) {
			case 'mkdir':
			case 'create':
				$this->lasting[] = 'mkdir' === $kind ? null : '';
				$this->rename( [ $path => array_key_last( $this->lasting ) ] );
				break;
			case 'unlink':
				$this->rename( [ $path => null ] );
				break;
			case 'rename':
				$this->rename( [ $bytes => null, $path => $this->names[ $bytes ] ] );
				break;
			case 'write':
			case 'ftruncate':
				if ( null !== $number ) { // It has a name.
					$this->write( $number, $offset, 'write' === $kind ? $bytes : null );
				}
				break;
			case 'fsync':
			case 'fdatasync':
				$this->sync( $path, $number );
		}
	}

	private function sync( string $path, ?int $number ): void {
		if ( null === $number || null === $this->lasting[ $number ] ) {
			$this->sync_folder( $path );
		} else {
			$this->lasting[ $number ] = self::with( $this->lasting[ $number ], $this->writes[ $number ] ?? [] );
			unset( $this->writes[ $number ] );
		}
	}

	/** The room that is taken is one write, however many it was. */
	private function write( int $number, int $offset, ?string $bytes ): void {
		$writes = $this->writes[ $number ] ?? [];
		$last   = array_key_last( $writes );
		if ( null !== $last && null !== $bytes && '' === trim( $bytes . $writes[ $last ][1] ) && $writes[ $last ][0] + strlen( (string) $writes[ $last ][1] ) === $offset ) {
			$writes[ $last ][1] .= $bytes;
		} else {
			$writes[] = [ $offset, $bytes ];
		}
		$this->writes[ $number ] = $writes;
	}

	/** @param array<string, int|null> $changes */
	private function rename( array $changes ): void {
		$this->names       = array_filter( array_merge( $this->names, $changes ), fn( ?int $number ) => null !== $number );
		$this->renamings[] = [ dirname( (string) array_key_first( $changes ) ), $changes ];
	}

	private function sync_folder( string $folder ): void {
		$rest = [];
		foreach ( $this->renamings as $renaming ) {
			if ( $renaming[0] === $folder ) {
				$this->lasting_names = array_merge( $this->lasting_names, $renaming[1] );
			} else {
				$rest[] = $renaming;
			}
		}
		$this->lasting_names = array_filter( $this->lasting_names, fn( ?int $number ) => null !== $number );
		$this->renamings     = $rest;
	}

	/**
	 * All that may be there now.
	 *
	 * @return \Generator<string, array<string, string|null>> By words for it: paths, and what is in them; null for a folder.
	 */
	public function states(): \Generator {
		foreach ( $this->name_states() as $what => $names ) {
			$names = array_filter( $names, fn( string $path ) => $this->is_reachable( $path, $names ), ARRAY_FILTER_USE_KEY );
			ksort( $names );
			$states = [ '' => array_map( fn( int $number ) => $this->lasting[ $number ], $names ) ];
			foreach ( array_intersect( $names, array_keys( $this->writes ) ) as $path => $number ) {
				$states = $this->with_contents( $states, $path, $number );
			}
			foreach ( $states as $which => $files ) {
				ksort( $files );
				yield "names: $what$which" => $files;
			}
		}
	}

	/**
	 * @param array<string, array<string, string|null>> $states
	 * @return array<string, array<string, string|null>> Each of them with each content that a file may have.
	 */
	private function with_contents( array $states, string $path, int $number ): array {
		$more = [];
		foreach ( $states as $earlier => $files ) {
			foreach ( $this->contents( $number ) as $which => $content ) {
				$more[ "$earlier; $which of " . basename( $path ) ] = [ $path => $content ] + $files;
			}
		}
		return $more;
	}

	/** @return \Generator<string, array<string, int>> */
	private function name_states(): \Generator {
		$count = count( $this->renamings );
		// All subsets, or, of many, those that have all but one, or all up to one.
		$subsets = $count <= 4 ? range( 0, ( 1 << $count ) - 1 ) : [];
		for ( $number = 0; $count > 4 && $number <= $count; ++$number ) {
			$subsets[] = ( 1 << $number ) - 1;
			$subsets[] = ( ( 1 << $count ) - 1 ) & ~( 1 << $number );
		}
		foreach ( array_unique( $subsets ) as $subset ) {
			$names = $this->lasting_names;
			foreach ( $this->renamings as $place => $renaming ) {
				if ( $subset & ( 1 << $place ) ) {
					$names = array_merge( $names, $renaming[1] );
				}
			}
			yield 0 === $count ? 'all' : sprintf( "%0{$count}b of $count", $subset ) => array_filter( $names, fn( ?int $number ) => null !== $number );
		}
	}

	/** @param array<string, int> $names */
	private function is_reachable( string $path, array $names ): bool {
		for ( $above = dirname( $path ); $above !== $this->folder; $above = dirname( $above ) ) {
			if ( ! isset( $names[ $above ] ) ) {
				return false;
			}
		}
		return true;
	}

	/** @return \Generator<string, string> What may be in a file. */
	private function contents( int $number ): \Generator {
		$lasting = (string) $this->lasting[ $number ];
		$writes  = $this->writes[ $number ];
		$all     = self::with( $lasting, $writes );
		yield 'nothing new' => $lasting;
		yield 'all' => $all;
		yield 'the length' => strlen( $all ) > strlen( $lasting ) ? str_pad( $lasting, strlen( $all ), "\0" ) : substr( $lasting, 0, strlen( $all ) );
		foreach ( $writes as $place => $write ) {
			$others = $writes;
			unset( $others[ $place ] );
			yield "the first $place writes" => self::with( $lasting, array_slice( $writes, 0, $place ) );
			yield "all writes but $place" => self::with( $lasting, $others );
			yield "write $place alone" => self::with( $lasting, [ $write ] );
			foreach ( null === $write[1] ? [] : self::torn( $write[0], $write[1] ) as $how => $parts ) {
				yield "write $place torn ($how)" => self::with( $lasting, [ ...array_slice( $writes, 0, $place ), ...$parts ] );
				yield "all, with write $place torn ($how)" => self::with( $lasting, [ ...array_slice( $writes, 0, $place ), ...$parts, ...array_slice( $writes, $place + 1 ) ] );
			}
		}
	}

	/** @return array<string, list<array{int, string}>> Some of the sectors of a write. */
	private static function torn( int $offset, string $bytes ): array {
		$sectors = [];
		for ( $at = $offset; $at < $offset + strlen( $bytes ); $at = $end ) {
			$end       = min( $offset + strlen( $bytes ), $at - $at % self::SECTOR + self::SECTOR );
			$sectors[] = [ $at, substr( $bytes, $at - $offset, $end - $at ) ];
		}
		if ( count( $sectors ) < 2 || '' === trim( $bytes ) ) {
			return [];
		}
		return [
			'first'     => array_slice( $sectors, 0, 1 ),
			'last'      => array_slice( $sectors, -1 ),
			'all but 1' => array_slice( $sectors, 0, -1 ),
			'not the 1' => array_slice( $sectors, 1 ),
			'even'      => array_values( array_filter( $sectors, fn( int $place ) => 0 === $place % 2, ARRAY_FILTER_USE_KEY ) ),
			'odd'       => array_values( array_filter( $sectors, fn( int $place ) => 1 === $place % 2, ARRAY_FILTER_USE_KEY ) ),
		];
	}

	/** @param list<array{int, string|null}> $writes */
	private static function with( string $content, array $writes ): string {
		foreach ( $writes as [ $offset, $bytes ] ) {
			if ( strlen( $content ) < $offset ) {
				$content = str_pad( $content, $offset, "\0" );
			}
			$content = null === $bytes ? substr( $content, 0, $offset ) : substr_replace( $content, $bytes, $offset, strlen( $bytes ) );
		}
		return $content;
	}
}
