<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

// phpcs:disable Generic.Metrics -- one table of acts

/**
 * What the code of a hostile script does when the extension calls it.
 */
final class Script {
	/** What such code can do; those at the end, which end the process, are rare. */
	private const ACTS = [ 'nothing', 'nothing', 'nothing', 'false', 'throw', 'error', 'nested', 'suspend', 'collect', 'modify', 'warn', 'print', 'garbage' ];
	private const ENDS = [ 'exit', 'fatal', 'memory' ];

	/** Calls of code that the extension has no business to call. */
	public static int $touched = 0;

	/** A file that is there if an act is meant to end the process. */
	public static string $ending = '';

	/** @var array<int|string, mixed> The arguments of the call, some of them by reference. */
	public static array $arguments = [];

	/** Fibers switch stacks, which tools that look at memory may not know. */
	public static bool $has_fibers = true;

	/** Such tools take time and memory of their own. */
	public static bool $is_measured = true;

	/** How deep calls of the extension are nested. */
	public static int $depth = 0;

	/** @var null|callable(): mixed What `nested` calls. */
	public static $nested = null;

	/** Such as for a callback; drawn when it is made, so that it does not depend on what is called when. */
	public static function draw(): string {
		return 0 === mt_rand( 0, 99 ) ? self::ENDS[ array_rand( self::ENDS ) ] : self::ACTS[ array_rand( self::ACTS ) ];
	}

	public static function act( string $act ): mixed {
		switch ( $act ) {
			case 'false':
				return false;
			case 'throw':
				throw new Thrown( 'thrown by the script' );
			case 'error':
				throw new \Error( 'thrown by the script' );
			case 'nested':
				if ( self::$depth < 3 && null !== self::$nested ) {
					++self::$depth;
					try {
						return ( self::$nested )();
					} finally {
						--self::$depth;
					}
				}
				return null;
			case 'suspend':
				return null === \Fiber::getCurrent() ? null : \Fiber::suspend( 'suspended' );
			case 'collect':
				return gc_collect_cycles();
			case 'modify':
				foreach ( array_keys( self::$arguments ) as $key ) {
					if ( is_array( self::$arguments[ $key ] ) ) {
						array_splice( self::$arguments[ $key ], 0 );
					}
					self::$arguments[ $key ] = str_repeat( 'x', 100 );
				}
				return null;
			case 'warn':
				return trigger_error( 'a warning of the script', E_USER_WARNING );
			case 'print':
				ob_start();
				echo 'printed';
				return ob_get_clean();
			case 'garbage':
				return [ 'topsecret' => NAN ];
			case 'exit':
				touch( self::$ending );
				exit( 0 );
			case 'fatal':
				touch( self::$ending );
				return trigger_error( 'a fatal error of the script', E_USER_ERROR );
			case 'memory':
				touch( self::$ending );
				return str_repeat( 'x', 1 << 30 );
			default:
				return null;
		}
	}

	/** Whether it is an exception of such code. */
	public static function has_thrown( \Throwable $e ): bool {
		return $e instanceof Thrown || 'thrown by the script' === $e->getMessage();
	}

	/** Code that must not be called. */
	public static function touch(): never {
		++self::$touched;
		throw new Thrown( 'code of an object was called' );
	}
}
