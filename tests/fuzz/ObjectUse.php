<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What the extension gives, iterators and exceptions, used in ways that it is not made for.
 */
final class ObjectUse {
	private const METHODS    = [ 'count', 'rewind', 'valid', 'current', 'key', 'next' ];
	private const PROPERTIES = [ 'outcome', 'retryable', 'httpStatus', 'apiParams', 'orderId', 'siteId' ];

	public string $story = 'objects';

	/** @var list<string> */
	public array $broken = [];

	/** @param array<string, mixed> $options For calls; the journal has a record. */
	public function __construct( private readonly HostileValues $values, private readonly array $options ) {}

	public function run(): void {
		$object = match ( mt_rand( 0, 3 ) ) {
			0 => wccom_host_orders( [], $this->options ),
			1 => wccom_host_journal( [], $this->options ),
			2 => new \WccomHost\ApiException( 'made by the script', 5, new Thrown( 'before' ) ),
			3 => new \WccomHost\SecretUnavailableException(),
		};
		$uses = $this->uses();
		for ( $i = mt_rand( 1, 12 ); $i > 0; --$i ) {
			$use          = array_rand( $uses );
			$this->story .= "\n  " . get_class( $object ) . ": $use";
			ob_start();
			try {
				$uses[ $use ]( $object );
			} catch ( \Throwable $e ) {
				$this->story .= ': ' . get_class( $e ) . ': ' . $e->getMessage();
				if ( str_contains( $e->getMessage(), 'Rust panic' ) ) {
					$this->broken[] = "a panic: {$e->getMessage()}";
				}
				unset( $e );
			} finally {
				ob_end_clean();
			}
		}
	}

	/**
	 * Properties get no array that is small for PHP and endless for what prints it.
	 *
	 * @return array<string, callable(object): mixed>
	 */
	private function uses(): array {
		$values = $this->values;
		return [
			'clone'           => fn( $object ) => clone $object,
			'print_r'         => fn( $object ) => print_r( $object, true ),
			'var_dump'        => fn( $object ) => var_dump( $object ),
			'var_export'      => fn( $object ) => var_export( $object ),
			'serialize'       => fn( $object ) => serialize( $object ),
			'unserialize'     => fn( $object ) => unserialize( 'O:' . strlen( get_class( $object ) ) . ':"' . get_class( $object ) . '":1:{s:7:"outcome";i:5;}' ),
			'json_encode'     => fn( $object ) => json_encode( $object, JSON_PARTIAL_OUTPUT_ON_ERROR ),
			'array'           => fn( $object ) => (array) $object,
			'string'          => fn( $object ) => (string) $object,
			'equality'        => fn( $object ) => $object == $values->thing(), // phpcs:ignore Universal.Operators.StrictComparisons
			'order'           => fn( $object ) => $object <=> clone $object,
			'some property'   => fn( $object ) => $object->{ $values->text() } = $values->thing( 3 ),
			'own property'    => fn( $object ) => $object->{ self::PROPERTIES[ mt_rand( 0, 5 ) ] } = mt_rand( 0, 1 ) ? $values->thing( 3 ) : $values->any( 9 ),
			'unset'           => function ( $object ) {
				unset( $object->{ self::PROPERTIES[ mt_rand( 0, 5 ) ] } );
			},
			'constructor'     => fn( $object ) => $object->__construct( ...$values->list( 2 ) ),
			'new'             => fn( $object ) => new $object( ...$values->list( 2 ) ),
			'reflected new'   => fn( $object ) => ( new \ReflectionClass( $object ) )->newInstanceWithoutConstructor(),
			'other object'    => fn( $object ) => ( new \ReflectionMethod( $object, 'current' ) )->invoke( $values->thing() ),
			'static'          => fn( $object ) => [ get_class( $object ), 'current' ](),
			'method'          => fn( $object ) => $object->{ self::METHODS[ mt_rand( 0, 5 ) ] }( ...( mt_rand( 0, 3 ) ? [] : $values->list( 2 ) ) ),
			'iterate'         => fn( $object ) => iterator_to_array( $object ),
			'iterator_count'  => fn( $object ) => iterator_count( $object ),
			'yield from'      => fn( $object ) => ( fn() => yield from $object )()->current(),
			'two at once'     => function ( $object ) {
				// The inner one rewinds the outer one, which would never come to its end.
				$turns = 0;
				foreach ( $object as $key => $value ) {
					foreach ( $object as $inner ) {
						break;
					}
					if ( ++$turns > 3 ) {
						break;
					}
				}
			},
			'by reference'    => function ( $object ) use ( $values ) {
				foreach ( $object as &$value ) {
					$value = $values->any( 3 );
				}
			},
			'register_many'   => fn( $object ) => wccom_host_register_many( $object, [ 'key' => 'key-topsecret' ], $values->callback() ),
			'throw'           => fn( $object ) => throw $object,
		];
	}
}
