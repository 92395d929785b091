<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * One call with arguments that were valid until something hostile was done to them, and what must hold of it.
 */
final class ArgumentCase {
	/** No documented array is deeper by far. */
	private const DEPTH = 20;

	/** Seconds of CPU, of a build for tests. A batch may have twenty requests that are too large. */
	private const TIME          = 5.0;
	private const TIME_OF_BATCH = 60.0;

	private readonly HostileValues $values;

	/** @var list<string> What did not hold. */
	public array $broken = [];

	/** What was called, with what, and what came of it: for a person. */
	public string $story = '';

	private string $name = '';

	/** How many calls the script's own code has made. */
	private int $nested = 0;

	private ?\ReflectionFunction $function = null;

	/** @var array<int|string, mixed> */
	private array $arguments = [];

	/** @param string $folder A private one, for journals. */
	public function __construct( private readonly int $seed, private readonly int $number, private readonly RequestCount $server, private readonly string $folder ) {
		$this->values = new HostileValues( $server->address );
	}

	/** Calls, and judges. */
	public function run( bool $is_told = false ): void {
		mt_srand( crc32( "$this->seed/$this->number" ) );
		Script::$touched = 0;
		Script::$depth   = 0;
		$this->nested    = 0;
		Script::$nested  = fn() => $this->nested_call();
		$cpu             = self::cpu();
		try {
			mt_rand( 0, 19 ) ? $this->call( $is_told ) : $this->use_object();
		} catch ( \Throwable $e ) {
			$this->expect_own( $e );
		}
		// One is freed after the other, and each may have a destructor that throws.
		$this->free( static fn() => Script::$arguments = [] );
		$this->free( fn() => $this->arguments = [] );
		$this->free( 'gc_collect_cycles' );
		Script::$nested = null;
		$cpu            = self::cpu() - $cpu;
		if ( Script::$is_measured && $cpu > ( 'wccom_host_register_many' === $this->name ? self::TIME_OF_BATCH : self::TIME ) ) {
			$this->broken[] = sprintf( 'it took %.1f s of CPU', $cpu );
		}
		if ( is_dir( "$this->folder/journal" ) ) {
			array_map( 'unlink', array_filter( glob( "$this->folder/journal/{,.}*", GLOB_BRACE ), 'is_file' ) );
			@rmdir( "$this->folder/journal" );
		}
	}

	/** What the extension gives is used in ways that it is not made for. */
	private function use_object(): void {
		$options = [
			'key'     => 'key-topsecret',
			'timeout' => 5,
			'journal' => "$this->folder/journal",
		];
		$auth    = $this->auth();
		// An earlier case may have taken the lock, in a journal that is gone by now.
		wccom_host_journal_unlock( $auth['url'], $options );
		wccom_host_journal_store( $auth, [], $options );
		$use = new ObjectUse( $this->values, $options );
		$use->run();
		$this->story  = $use->story;
		$this->broken = $use->broken;
	}

	/** @param callable(): mixed $free */
	private function free( callable $free ): void {
		try {
			$free();
		} catch ( \Throwable $e ) {
			$this->expect_own( $e );
		}
	}

	/** A destructor of what was drawn may throw, wherever it is freed. */
	private function expect_own( \Throwable $e ): void {
		if ( ! Script::has_thrown( $e ) && ! $e instanceof \FiberError ) {
			throw $e;
		}
	}

	private static function cpu(): float {
		$usage = getrusage();
		return $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'] + ( $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'] ) / 1e6;
	}

	private function call( bool $is_told ): void {
		$functions       = get_extension_funcs( 'wccom_host' );
		$this->name      = $functions[ mt_rand( 0, count( $functions ) - 1 ) ];
		$this->function  = new \ReflectionFunction( $this->name );
		$this->arguments = $this->valid_arguments();
		for ( $i = [ 0, 1, 1, 1, 1, 2, 2, 3, 5 ][ mt_rand( 0, 8 ) ]; $i > 0; --$i ) {
			$this->mutate();
		}
		foreach ( array_keys( $this->arguments ) as $key ) {
			if ( 0 === mt_rand( 0, 9 ) ) {
				Script::$arguments[ $key ] = &$this->arguments[ $key ];
			}
		}
		$must_fail = $this->must_fail();
		if ( $is_told ) {
			$this->story = $this->name . '( ' . self::describe( $this->arguments ) . ' )' . ( null === $must_fail ? '' : ", which must fail: $must_fail" );
		}
		$is_watched = 'wccom_host_register' === $this->name && array_key_exists( 2, $this->arguments ) && null === \ReflectionReference::fromArrayElement( $this->arguments, 2 );
		if ( $is_watched ) {
			$registration       = $this->arguments[2];
			$this->arguments[2] = &$registration;
		}
		$before = $this->server->count();
		$thrown = null;
		$result = null;
		ob_start();
		try {
			$result = $this->invoke();
		} catch ( \Throwable $e ) {
			$thrown = $e;
		} finally {
			ob_end_clean();
		}
		$this->story .= "\n  " . ( null === $thrown ? 'returned ' . self::describe( $result ) : get_class( $thrown ) . ': ' . $thrown->getMessage() );
		$this->judge( $thrown, $must_fail, $before );
		if ( $is_watched && $thrown instanceof \WccomHost\Exception && [] !== $registration ) {
			$this->broken[] = 'the variable for the registration still holds ' . self::describe( $registration );
		}
	}

	/** @return array<int, mixed> */
	private function valid_arguments(): array {
		$arguments = [];
		foreach ( $this->function->getParameters() as $position => $parameter ) {
			if ( $parameter->isOptional() && 'options' !== $parameter->getName() && 'on_result' !== $parameter->getName() && mt_rand( 0, 1 ) ) {
				break;
			}
			$arguments[ $position ] = $this->valid( $parameter->getName() );
		}
		return $arguments;
	}

	private function valid( string $parameter ): mixed {
		return match ( $parameter ) {
			'request'                             => $this->request(),
			'requests'                            => $this->requests(),
			'options'                             => $this->options(),
			'registration'                        => $this->registration(),
			'on_result'                           => mt_rand( 0, 1 ) ? $this->values->callback() : static fn() => true,
			'auth'                                => $this->auth(),
			'filters'                             => $this->filters(),
			'order_id', 'site_id'                 => [ 5, '5', '99999999999999999999' ][ mt_rand( 0, 2 ) ],
			'home_url', 'url', 'other_url'        => $this->url(),
			'slug'                                => 'woocommerce-bookings',
			'access_token_secret'                 => 'secret-topsecret',
			default                               => throw new \LogicException( "The fuzzer does not know what to give for \$$parameter of $this->name()." ),
		};
	}

	private function url(): string {
		return 'https://127.0.0.1/shop-' . mt_rand( 1, 3 );
	}

	/** @return array<string, mixed> */
	private function options(): array {
		$options = [
			'key'     => 'key-topsecret',
			'timeout' => [ 5, '5', 5.0 ][ mt_rand( 0, 2 ) ],
		];
		if ( str_contains( $this->name, 'journal' ) || 0 === mt_rand( 0, 3 ) ) {
			$options['journal'] = "$this->folder/journal";
		}
		if ( 'wccom_host_register_many' === $this->name ) {
			$options += [
				'concurrency' => mt_rand( 1, 4 ),
				'limit'       => 20,
				'dry_run'     => 0 === mt_rand( 0, 4 ),
			];
		}
		return $options;
	}

	/** @return array<string, mixed> */
	private function request(): array {
		$request = [ 'url' => $this->url() ];
		switch ( $this->name ) {
			case 'wccom_host_update_url':
				return $request + ( mt_rand( 0, 1 ) ? [ 'order_id' => 5 ] : array_slice( $this->auth(), 0, 2 ) );
			case 'wccom_host_update_connected_site':
				return $request + [ 'order_id' => 5 ];
			case 'wccom_host_install':
				return $request + [
					'order_id'     => 5,
					'product_slug' => 'woocommerce-bookings',
				];
		}
		$more = [
			'products' => [ 'a', 'b' ],
			'metadata' => [ 'customer_email' => 'ada@example.com' ],
		];
		if ( mt_rand( 0, 2 ) ) {
			return $request + [ 'wpcom_access_token' => 'token-topsecret' ] + ( mt_rand( 0, 1 ) ? $more : [] );
		}
		return $request + [
			'customer' => [
				'email'              => 'ada@example.com',
				'wpcom_access_token' => 'token-topsecret',
			],
		];
	}

	private function requests(): mixed {
		$requests = [];
		for ( $i = mt_rand( 0, 4 ); $i > 0; --$i ) {
			$request = $this->request();
			if ( 0 === mt_rand( 0, 3 ) ) {
				$this->mutate_in( $request );
			}
			$key              = [ $i, "k$i", $this->values->name() ][ mt_rand( 0, 2 ) ];
			$requests[ $key ] = $request;
		}
		return mt_rand( 0, 2 ) ? $this->values->traversable( $requests ) : $requests;
	}

	/** @return array<string, mixed> */
	private function auth(): array {
		return [
			'access_token'        => 'token-topsecret',
			'access_token_secret' => 'secret-topsecret',
			'site_id'             => 42506,
			'user_id'             => 1,
			'updated'             => 1700000000,
			'url'                 => $this->url(),
		];
	}

	/** @return array<string, mixed>|int|string|Dying|null What the variable holds before. */
	private function registration(): mixed {
		return match ( mt_rand( 0, 5 ) ) {
			0, 1 => null,
			2 => [ 'order_id' => 5 ],
			3 => $this->values->any(),
			4 => new Dying( Script::draw() ),
			default => 5,
		};
	}

	/** @return array<string, mixed> */
	private function filters(): array {
		$filters = match ( $this->name ) {
			'wccom_host_orders' => [
				'after'       => '2026-01-31T00:00:00Z',
				'before'      => '2027-01-31',
				'status'      => [ 'completed', 'cancelled' ],
				'customer_id' => 5,
				'offset'      => 1,
			],
			'wccom_host_journal' => [
				'state'        => 'received',
				'older_than'   => 1,
				'with_secrets' => true,
			],
			default => [
				'state'      => [ 'received', 'sent' ],
				'older_than' => 1,
				'site'       => [ $this->url() ],
				'forget'     => true,
			],
		};
		return array_filter( $filters, fn() => (bool) mt_rand( 0, 1 ) );
	}

	/** Does something hostile to the arguments. */
	private function mutate(): void {
		switch ( mt_rand( 0, 15 ) ) {
			case 0:
				array_pop( $this->arguments );
				return;
			case 1:
				$this->arguments[] = $this->values->any();
				return;
			case 2:
				$this->name_arguments();
				return;
			case 3:
				$this->refer();
				return;
			default:
				$this->mutate_one();
		}
	}

	private function mutate_one(): void {
		if ( [] === $this->arguments ) {
			return;
		}
		$key = array_rand( $this->arguments );
		if ( is_array( $this->arguments[ $key ] ) && mt_rand( 0, 5 ) ) {
			$this->mutate_in( $this->arguments[ $key ] );
		} elseif ( is_string( $this->arguments[ $key ] ) && mt_rand( 0, 1 ) ) {
			$this->arguments[ $key ] = $this->values->text();
		} else {
			$this->arguments[ $key ] = $this->values->any();
		}
	}

	private function name_arguments(): void {
		$named = [];
		foreach ( $this->arguments as $key => $argument ) {
			$parameter = $this->function->getParameters()[ $key ] ?? null;
			$is_named  = null !== $parameter && ( [] !== array_filter( array_keys( $named ), 'is_string' ) || mt_rand( 0, 1 ) );
			$named[ $is_named ? $parameter->getName() : $key ] = $argument;
		}
		if ( 0 === mt_rand( 0, 3 ) ) {
			$named[ 'no_such' . mt_rand( 0, 9 ) ] = $this->values->any();
		}
		if ( 0 === mt_rand( 0, 3 ) ) {
			array_shift( $named );
		}
		$this->arguments = $named;
	}

	/** Makes arguments references, of each other, of properties, of an element of an array. */
	private function refer(): void {
		$keys = array_keys( $this->arguments );
		if ( [] === $keys ) {
			return;
		}
		$key   = $keys[ mt_rand( 0, count( $keys ) - 1 ) ];
		$typed = new Typed();
		$place = [ 'number', 'list', 'nullable', 'id', 'anything', 'object' ][ mt_rand( 0, 5 ) ];
		switch ( mt_rand( 0, 3 ) ) {
			case 0:
				$this->arguments[ $key ] = &$this->arguments[ $keys[ mt_rand( 0, count( $keys ) - 1 ) ] ];
				break;
			case 1:
				if ( is_array( $this->arguments[ $key ] ) ) {
					$this->arguments[ $key ]['itself'] = &$this->arguments[ $key ];
				}
				break;
			default:
				if ( 'list' === $place && is_array( $this->arguments[ $key ] ) ) {
					$typed->list = $this->arguments[ $key ];
				}
				$typed->anything         = $this->values->any( 3 );
				$this->arguments[ $key ] = &$typed->$place;
		}
	}

	/** @param array<mixed> $list */
	private function mutate_in( array &$list ): void {
		$names = [ 'key', 'key_file', 'base_url', 'helper_base_url', 'api_version', 'timeout', 'connect_timeout', 'proxy', 'ca_file', 'home_url', 'user_id', 'current_auth', 'concurrency', 'per_second', 'limit', 'shard', 'only_failed', 'dry_run', 'url', 'products', 'metadata', 'customer', 'state', 'site', 'forget', 'no_such' ];
		$key   = [] === $list || 0 === mt_rand( 0, 2 ) ? $names[ array_rand( $names ) ] : array_rand( $list );
		if ( in_array( $key, [ 'base_url', 'helper_base_url', 'proxy' ], true ) ) {
			$list[ $key ] = $this->values->address();
			return;
		}
		switch ( mt_rand( 0, 9 ) ) {
			case 0:
				unset( $list[ $key ] );
				return;
			case 1:
				$list[ $this->values->name() ] = $list[ $key ] ?? null;
				return;
			case 2:
				$list[ $key ] = &$list;
				return;
			case 3:
				if ( is_string( $list[ $key ] ?? null ) && '' !== $list[ $key ] ) {
					$list[ $key ][ mt_rand( 0, strlen( $list[ $key ] ) - 1 ) ] = chr( mt_rand( 0, 255 ) );
				}
				return;
			case 4:
				if ( is_array( $list[ $key ] ?? null ) ) {
					$this->mutate_in( $list[ $key ] );
				}
				return;
			default:
				$list[ $key ] = $this->values->any();
		}
	}

	/** Calls it, in one of the ways in which PHP can. */
	private function invoke(): mixed {
		$arguments = $this->arguments;
		foreach ( array_keys( Script::$arguments ) as $key ) {
			$arguments[ $key ] = &Script::$arguments[ $key ];
		}
		$name = $this->name;
		switch ( mt_rand( 0, 9 ) ) {
			case 0:
				return call_user_func_array( $name, $arguments );
			case 1:
				return $this->function->invokeArgs( $arguments );
			case 2:
				return \Closure::fromCallable( $name )( ...$arguments );
			case 3:
				return ( static function () use ( $name, $arguments ) {
					yield $name( ...$arguments );
				} )()->current();
			case 4:
			case 5:
				return Script::$has_fibers ? $this->invoke_in_fiber( $arguments ) : $name( ...$arguments );
			default:
				return $name( ...$arguments );
		}
	}

	/** @param array<int|string, mixed> $arguments */
	private function invoke_in_fiber( array $arguments ): mixed {
		$fiber = new \Fiber( fn() => ( $this->name )( ...$arguments ) );
		$fiber->start();
		for ( $i = mt_rand( 0, 9 ); $i > 0 && $fiber->isSuspended(); --$i ) {
			// The extension is called by others meanwhile.
			0 === $i % 2 ? $this->nested_call() : gc_collect_cycles();
			0 === mt_rand( 0, 5 ) ? $fiber->throw( new Thrown( 'thrown into the fiber' ) ) : $fiber->resume( mt_rand( 0, 1 ) ? null : false );
		}
		// One that is still suspended is given up.
		return $fiber->isTerminated() ? $fiber->getReturn() : null;
	}

	/** A small call of the extension out of the script's code. */
	private function nested_call(): mixed {
		++$this->nested;
		$request = [
			'url'                => 'https://127.0.0.1/nested',
			'wpcom_access_token' => 'token-topsecret',
		];
		$options = [
			'key'     => 'key-topsecret',
			'timeout' => 5,
		];
		return match ( $this->number % 5 ) {
			0 => wccom_host_register( $request, $options ),
			1 => wccom_host_register_many( [ $request ], $options, fn() => Script::act( 'nested' ) ),
			2 => iterator_to_array( wccom_host_orders( [], $options ) ),
			3 => wccom_host_check( $request, $options ),
			default => wccom_host_register_many( [ 1, $request ], $options + [ 'journal' => "$this->folder/journal" ] ),
		};
	}

	/** Why the call must fail without a request; null if it may be valid. */
	private function must_fail(): ?string {
		$parameters = $this->function->getParameters();
		$count      = count( $this->arguments );
		if ( array_is_list( $this->arguments ) && ( $count > count( $parameters ) || $count < $this->function->getNumberOfRequiredParameters() ) ) {
			return "$count arguments";
		}
		foreach ( $parameters as $position => $parameter ) {
			$name = $parameter->getName();
			if ( ! array_key_exists( $position, $this->arguments ) && ! array_key_exists( $name, $this->arguments ) ) {
				continue;
			}
			$argument = $this->arguments[ $name ] ?? $this->arguments[ $position ] ?? null;
			if ( 'registration' === $name || in_array( $argument, Script::$arguments, true ) ) {
				continue;
			}
			$problem = self::problem( (string) $parameter->getType(), $argument );
			if ( null !== $problem ) {
				return "\$$name: $problem";
			}
		}
		return null;
	}

	/** Why it is no argument of this type. */
	private static function problem( string $type, mixed $argument ): ?string {
		$is_fit = match ( $type ) {
			'array'               => is_array( $argument ),
			'string'              => is_string( $argument ),
			'string|int'          => is_string( $argument ) || is_int( $argument ),
			'Traversable|array'   => is_iterable( $argument ),
			'?callable', '?array' => true,
			default               => throw new \LogicException( "The fuzzer does not know the type $type." ),
		};
		if ( ! $is_fit ) {
			return get_debug_type( $argument );
		}
		return 'array' === $type ? self::unfit( $argument, 0 ) : null;
	}

	/** What no array that is sent may hold. */
	private static function unfit( mixed $value, int $depth ): ?string {
		if ( $depth > self::DEPTH ) {
			return 'depth';
		}
		if ( is_array( $value ) ) {
			foreach ( $value as $name => $element ) {
				if ( is_string( $name ) && ! preg_match( '//u', $name ) ) {
					return 'a name that is not UTF-8';
				}
				$unfit = self::unfit( $element, $depth + 1 );
				if ( null !== $unfit ) {
					return $unfit;
				}
				if ( $depth > 2 ) {
					// One is enough of what may be there a million times.
					break;
				}
			}
			return null;
		}
		return match ( true ) {
			is_string( $value ) => preg_match( '//u', $value ) || strlen( $value ) > 100000 ? null : 'text that is not UTF-8',
			is_float( $value ) => is_finite( $value ) ? null : 'a number that is not finite',
			null === $value, is_bool( $value ), is_int( $value ) => null,
			default => get_debug_type( $value ),
		};
	}

	private function judge( ?\Throwable $thrown, ?string $must_fail, int $before ): void {
		$calls_script = 'wccom_host_register_many' === $this->name;
		$is_own       = $thrown instanceof \WccomHost\Exception;
		$message      = $thrown?->getMessage() ?? '';
		$is_argument  = $thrown instanceof \TypeError || $thrown instanceof \ValueError || ( $thrown instanceof \Error && preg_match( '/^(Unknown named parameter|Named parameter|Cannot use positional argument|Cannot pass parameter|.*could not be passed by reference)/', $message ) );
		if ( str_contains( $message, 'Rust panic' ) || str_starts_with( $message, 'cannot throw' ) ) {
			$this->broken[] = "a panic: $message";
		}
		if ( null !== $thrown && ! $is_own && ! $is_argument && ! $calls_script && ! Script::has_thrown( $thrown ) && ! $thrown instanceof \FiberError ) {
			$this->broken[] = 'an exception that is not documented: ' . get_class( $thrown ) . ": $message";
		}
		if ( null !== $must_fail && null === $thrown ) {
			$this->broken[] = "it did not fail: $must_fail";
		}
		$is_refused = $is_argument || $thrown instanceof \WccomHost\InvalidRequestException;
		if ( ! $calls_script && Script::$touched > 0 ) {
			$this->broken[] = 'code of an object in an argument was called';
		}
		$is_quiet = ! $calls_script && [] === Script::$arguments && 0 === $this->nested;
		if ( $is_quiet && ( $is_refused || null !== $must_fail ) && $this->server->count() !== $before ) {
			$this->broken[] = 'something was sent';
		}
		if ( ! $is_refused ) {
			$this->server->catch_up();
		}
		// What the engine throws, before the extension is called, shows the arguments of the script's own functions.
		if ( $is_own || ( $thrown instanceof \TypeError && ! $thrown instanceof \ArgumentCountError && str_starts_with( $message, 'wccom_host' ) ) ) {
			$everything = "$thrown" . print_r( $thrown->getTrace(), true ) . json_encode( get_object_vars( $thrown ), JSON_PARTIAL_OUTPUT_ON_ERROR );
			if ( null === $thrown->getPrevious() && str_contains( $everything, HostileValues::SECRET ) ) {
				$this->broken[] = 'a secret is in the exception';
			}
			if ( strlen( $message ) > 4096 ) {
				$this->broken[] = 'the message is ' . strlen( $message ) . ' bytes long';
			}
		}
	}

	/** A value in words; no code of it is called. */
	private static function describe( mixed $value, int $depth = 0 ): string {
		if ( is_array( $value ) ) {
			if ( $depth > 4 ) {
				return '[ ... ]';
			}
			$words = [];
			foreach ( $value as $key => $element ) {
				$words[] = self::describe( $key ) . ' => ' . self::describe( $element, $depth + 1 );
				if ( count( $words ) > 8 ) {
					$words[] = '... ' . count( $value ) . ' in all';
					break;
				}
			}
			return '[ ' . implode( ', ', $words ) . ' ]';
		}
		if ( is_string( $value ) ) {
			return '"' . addcslashes( substr( $value, 0, 80 ), "\0..\37\"\\\177..\377" ) . ( strlen( $value ) > 80 ? '" of ' . strlen( $value ) . ' bytes' : '"' );
		}
		if ( $value instanceof Dying || $value instanceof Callback || $value instanceof HostileIterator || $value instanceof HostileAggregate ) {
			$words = [];
			foreach ( ( new \ReflectionObject( $value ) )->getProperties() as $property ) {
				if ( in_array( $property->getName(), [ 'act', 'method', 'turn' ], true ) ) {
					$words[] = $property->getName() . ' ' . $property->getValue( $value );
				}
			}
			return get_class( $value ) . '(' . implode( ', ', $words ) . ')';
		}
		return is_scalar( $value ) ? var_export( $value, true ) : get_debug_type( $value );
	}
}
