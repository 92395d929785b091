<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

// phpcs:disable Generic.Metrics -- each function is one table of what can be drawn

/**
 * Draws values that no honest script has. Whatever is drawn comes from mt_rand(), so that a seed gives it again.
 */
final class HostileValues {
	/** Every secret of the arguments holds it, and no message may. */
	public const SECRET = 'topsecret';

	/** @param string $server The only address that anything may be sent to. */
	public function __construct( private readonly string $server ) {}

	/** A value of any type. */
	public function any( int $depth = 0 ): mixed {
		return match ( mt_rand( 0, $depth > 3 ? 4 : 9 ) ) {
			0 => [ null, true, false ][ mt_rand( 0, 2 ) ],
			1 => $this->number(),
			2, 3, 4 => $this->text(),
			5, 6 => $this->list( $depth ),
			default => $this->thing( $depth ),
		};
	}

	public function number(): int|float {
		$numbers = [ 0, 1, -1, 5, 255, 256, 1 << 31, 1 << 53, PHP_INT_MAX, PHP_INT_MIN, 0.0, -0.0, 0.5, 1e-320, 1e308, -1e308, NAN, INF, -INF, 1e19, 3.0 ];
		return $numbers[ array_rand( $numbers ) ];
	}

	public function text(): string {
		$texts = [
			'',
			'0',
			'1',
			' 1',
			'-1',
			'1e3',
			'0x1f',
			'null',
			"\0",
			"a\0b",
			"\x80\xff",
			"\xc3",
			"\xed\xa0\x80",
			"\u{202e}\u{feff}\u{1f4a9}",
			"\r\nX-Header: topsecret",
			'99999999999999999999999999',
			(string) PHP_INT_MAX,
			'9223372036854775808',
			'v1.0',
			'v2.0',
			'v9.9',
			'received',
			'sent',
			'1/4',
			'4/4',
			'2026-01-31T00:00:00Z',
			'2026-13-41',
			'../../topsecret',
			'/proc/self/mem',
			'/dev/zero',
			'/dev/null',
			'/dev/full',
			'https://user:topsecret@127.0.0.1/',
			'https://127.0.0.1/?topsecret',
			'https://127.0.0.1:99999/',
			'http://[::1',
			'HTTPS://127.0.0.1/a/../b//',
			'javascript:topsecret',
			'https://127.0.0.1/' . str_repeat( 'a', mt_rand( 2020, 2060 ) ),
			'wccom_host_version',
			'WccomHost\Tests\Callback::of_class',
			'WccomHost\Tests\Nothing::at_all',
		];
		return match ( mt_rand( 0, 9 ) ) {
			0 => random_like( mt_rand( 0, 40 ) ),
			1 => str_repeat( random_like( 1 ), 1 << mt_rand( 0, mt_rand( 0, 20 ) ) ),
			2 => self::SECRET . random_like( mt_rand( 0, 4 ) ),
			3 => 0 === mt_rand( 0, 500 ) ? str_repeat( 'huge', 1 << 22 ) : 'huge',
			default => $texts[ array_rand( $texts ) ],
		};
	}

	/** The name of an element: not a secret, as the extension says which name is wrong. */
	public function name(): string {
		return str_replace( self::SECRET, 'name', $this->text() );
	}

	public function list( int $depth = 0 ): array {
		switch ( mt_rand( 0, 11 ) ) {
			case 0:
				return [];
			case 1:
				return $this->cycle();
			case 2:
				return $this->deep( $this->any( 9 ), mt_rand( 1, mt_rand( 1, 2000 ) ) );
			case 3:
				// Small for PHP, since what is equal is there once: what copies it never ends.
				$list = [ $this->any( 9 ) ];
				for ( $i = mt_rand( 0, mt_rand( 0, 9 ) ? 2 : 8 ); $i > 0; --$i ) {
					$list = array_fill( 0, mt_rand( 1, 60 ), $list );
				}
				return $list;
			case 4:
				return array_fill( mt_rand( -1, 1 ), 1 << mt_rand( 0, 12 ), $this->any( 9 ) );
			case 5:
				return [
					"\xff" => 1,
					'0x1'  => 2,
					'1'    => 3,
					'-5'   => 4,
					''     => 5,
				];
			case 6:
				$value = $this->any( $depth + 1 );
				return [ &$value, &$value, 'a' => &$value ];
			default:
				$list = [];
				for ( $i = mt_rand( 0, 4 ); $i > 0; --$i ) {
					$list[ mt_rand( 0, 1 ) ? $this->name() : mt_rand( -2, 9 ) ] = $this->any( $depth + 1 );
				}
				return $list;
		}
	}

	/** Arrays that hold themselves. */
	private function cycle(): array {
		$list = [ 'a' => $this->any( 9 ) ];
		for ( $i = mt_rand( 1, 3 ); $i > 0; --$i ) {
			$list[] = &$list;
		}
		return $list;
	}

	private function deep( mixed $value, int $depth ): array {
		$key = mt_rand( 0, 1 ) ? 0 : 'a';
		for ( ; $depth >= 0; --$depth ) {
			$value = [ $key => $value ];
		}
		return $value;
	}

	/** An object or a resource. */
	public function thing( int $depth = 0 ): mixed {
		switch ( mt_rand( 0, 15 ) ) {
			case 0:
				return fopen( 'php://memory', 'r' );
			case 1:
				$closed = fopen( 'php://memory', 'r' );
				fclose( $closed );
				return $closed;
			case 2:
				return Pure::One;
			case 3:
				return Backed::One;
			case 4:
				return new Fixed( [ $this->text() ] );
			case 5:
				return (object) [ 'url' => $this->text() ];
			case 6:
				return new Dying( Script::draw(), $this->any( $depth + 1 ) );
			case 7:
				return $this->callback();
			case 8:
				return $this->traversable( [] );
			case 9:
				return new \ArrayObject( [ 'url' => $this->text() ] );
			case 10:
				return new \Fiber( fn() => null );
			case 11:
				$weak              = new \WeakMap();
				$weak[ Pure::One ] = $this->text();
				return $weak;
			case 12:
				return \WeakReference::create( Pure::One );
			case 13:
				return new \WccomHost\InvalidRequestException( 'made by the script' );
			default:
				return new Untouchable();
		}
	}

	public function callback(): mixed {
		$act      = Script::draw();
		$callback = new Callback( $act, 0 === mt_rand( 0, 9 ) ? $this->any( 3 ) : null );
		return match ( mt_rand( 0, 15 ) ) {
			0 => [ $callback, 'method' ],
			1 => [ $callback, 'no_method' ],
			2 => 'WccomHost\Tests\Callback::of_class',
			3 => [ Callback::class, 'of_class' ],
			4 => 'strlen',
			5 => 'is_array',
			6 => 'array_walk',
			7 => \Closure::fromCallable( [ $callback, 'method' ] ),
			8 => static function ( &$key, &$result, &$registration ) use ( $act ) {
				unset( $key, $result, $registration );
				return Script::act( $act );
			},
			9 => static function ( $key, array $result ) use ( $act ) {
				$result = null;
				return Script::act( $act );
			},
			10 => static function () use ( $act ) {
				yield Script::act( $act );
			},
			11 => static fn( int $key ): int => $key,
			12 => \Closure::fromCallable( 'wccom_host_version' ),
			13 => static fn() => wccom_host_register_many( ...func_get_args() ),
			default => $callback,
		};
	}

	/**
	 * What gives these in a hostile way.
	 *
	 * @param array<mixed> $items
	 */
	public function traversable( array $items ): \Traversable {
		$act = Script::draw();
		switch ( mt_rand( 0, 12 ) ) {
			case 0:
				return new \ArrayIterator( $items );
			case 1:
				return new ChangingArray( $items, [ 'valid', 'key', 'next' ][ mt_rand( 0, 2 ) ] );
			case 2:
				return new VanishingArray( $items );
			case 3:
				return new HostileAggregate( $act, mt_rand( 0, 2 ) ? new \ArrayIterator( $items ) : null );
			case 4:
				return \SplFixedArray::fromArray( array_values( $items ) );
			case 5:
				$queue = new \SplDoublyLinkedList();
				$queue->setIteratorMode( \SplDoublyLinkedList::IT_MODE_DELETE );
				array_map( [ $queue, 'push' ], $items );
				return $queue;
			case 6:
				$storage = new \SplObjectStorage();
				$storage->attach( new Dying( $act ), $items );
				return $storage;
			case 7:
				$finished = ( static function () {
					yield 1;
				} )();
				foreach ( $finished as $value ) {
					continue;
				}
				return $finished;
			case 8:
				$by_reference = ( static function &() use ( &$items, $act ) {
					foreach ( $items as $key => &$item ) {
						yield $key => $item;
						Script::act( $act );
						$item = null;
					}
				} )();
				return $by_reference;
			case 9:
				$itself = ( static function () use ( &$itself, $items ) {
					yield from $items;
					yield from $itself;
				} )();
				return $itself;
			case 10:
				return new \CachingIterator( new \ArrayIterator( $items ), \CachingIterator::FULL_CACHE );
			case 11:
				return ( static function () use ( $items, $act ) {
					foreach ( $items as $item ) {
						yield new Dying( $act ) => $item;
						yield [ $item ] => Script::act( $act );
					}
				} )();
			default:
				$pairs = array_map( null, array_keys( $items ), array_values( $items ) );
				$pairs = array_map( fn( array $pair ) => mt_rand( 0, 4 ) ? $pair : [ $this->any( 2 ), $pair[1] ], $pairs );
				$names = [ 'rewind', 'valid', 'current', 'key', 'next' ];
				return new HostileIterator( $pairs, $names[ mt_rand( 0, 4 ) ], mt_rand( 0, 8 ), mt_rand( 0, 5 ) ? $act : 'empty' );
		}
	}

	/** A value for the option that says where requests go: it never leads away from this machine. */
	public function address(): mixed {
		$addresses = [ $this->server, "$this->server/x", 'http://127.0.0.1:1', 'https://127.0.0.1:1', 'ftp://127.0.0.1', 'http://user:topsecret@127.0.0.1:1', '//127.0.0.1', '', "http://127.0.0.1:1/\0", "http://127.0.0.1:1/\x80", 'http://127.0.0.1:0', 'http://127.0.0.1:65536' ];
		return mt_rand( 0, 3 ) ? $addresses[ array_rand( $addresses ) ] : $this->thing();
	}
}

/** Bytes that a seed gives again. */
function random_like( int $length ): string {
	$bytes = '';
	for ( ; $length > 0; --$length ) {
		$bytes .= chr( mt_rand( 0, 255 ) );
	}
	return $bytes;
}
