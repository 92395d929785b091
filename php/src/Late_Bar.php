<?php
/**
 * A progress bar for work whose end is known.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use cli\progress\Bar;

/**
 * Appears on a terminal once the work has taken longer than two seconds, with words of its own: how fast it is, and how much
 * time is left.
 */
final class Late_Bar {

	/**
	 * Seconds between two looks at the speed.
	 */
	private const GLANCE = 1.0;

	/**
	 * How much a glance counts against all before it.
	 */
	private const WEIGHT = 0.3;

	/**
	 * The bar, once it is shown.
	 *
	 * @var Bar|null
	 */
	private ?Bar $bar = null;

	/**
	 * How much is done.
	 *
	 * @var integer
	 */
	private int $done = 0;

	/**
	 * How much of that the bar shows.
	 *
	 * @var integer
	 */
	private int $shown = 0;

	/**
	 * When the work began.
	 *
	 * @var float
	 */
	private float $started;

	/**
	 * When the speed was looked at last, and what was done by then.
	 *
	 * @var array{float, int}
	 */
	private array $glance;

	/**
	 * How much is done in a second.
	 *
	 * @var float
	 */
	private float $speed = 0.0;

	/**
	 * Work that begins now.
	 *
	 * @param int  $total     How much there is to do.
	 * @param bool $is_wanted Whether anybody looks.
	 */
	public function __construct( private int $total, private bool $is_wanted ) {
		$this->started = microtime( true );
		$this->glance  = [ $this->started, 0 ];
	}

	/**
	 * Some of it is done.
	 *
	 * @param int                            $done  How much in all.
	 * @param \Closure(int, string): string $words What to say, given what is done in a second, and the time that is left.
	 */
	public function advance( int $done, \Closure $words ): void {
		$this->done = $done;
		if ( ! $this->is_wanted ) {
			return;
		}
		$now     = microtime( true );
		$seconds = $now - $this->glance[0];
		if ( $seconds >= self::GLANCE ) {
			$speed        = ( $done - $this->glance[1] ) / $seconds;
			$this->speed  = 0.0 === $this->speed ? $speed : $this->speed * ( 1 - self::WEIGHT ) + $speed * self::WEIGHT;
			$this->glance = [ $now, $done ];
		}
		if ( $now - $this->started > Progress::PATIENCE && $this->total > 0 ) {
			$this->bar ??= Progress::bar( '', $this->total, Bare_Bar::class );
			$this->bar->tick( $done - $this->shown, $words( (int) round( $this->speed ), $this->left() ) );
			$this->shown = $done;
		}
	}

	/**
	 * It is at its end, or ends before: the bar stays as it is, and what is said next begins a line.
	 */
	public function end(): void {
		if ( null !== $this->bar ) {
			fwrite( STDERR, "\n" );
			$this->bar = null;
		}
		$this->is_wanted = false;
	}

	/**
	 * The time that is left, such as 3:05 or 1:20:00.
	 */
	private function left(): string {
		if ( $this->speed <= 0.0 ) {
			return '?';
		}
		$seconds = (int) ceil( ( $this->total - $this->done ) / $this->speed );
		return $seconds < 3600 ? sprintf( '%d:%02d', intdiv( $seconds, 60 ), $seconds % 60 ) : sprintf( '%d:%02d:%02d', intdiv( $seconds, 3600 ), intdiv( $seconds, 60 ) % 60, $seconds % 60 );
	}
}
