<?php
/**
 * A call that no signal breaks off.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What a signal would have thrown meanwhile is thrown when the call is through.
 */
final class Shielded_Call {

	/**
	 * What is to be thrown.
	 *
	 * @var Interrupted|null
	 */
	private ?Interrupted $waiting = null;

	/**
	 * A call that has not begun.
	 *
	 * @param \Closure $work What must not be broken off.
	 */
	public function __construct( private \Closure $work ) {
	}

	/**
	 * Does it.
	 *
	 * @param mixed ...$arguments What it is given.
	 * @return mixed What it gives.
	 * @throws Interrupted If a signal came meanwhile.
	 */
	public function __invoke( #[\SensitiveParameter] mixed ...$arguments ): mixed {
		$result                      = ( $this->work )( ...$arguments );
		[ $waiting, $this->waiting ] = [ $this->waiting, null ];
		if ( null !== $waiting ) {
			throw $waiting;
		}
		return $result;
	}

	/**
	 * Throws, now or when the call is through.
	 *
	 * @param Interrupted $interrupted What.
	 * @throws Interrupted Unless the call is under way.
	 */
	public function interrupt( Interrupted $interrupted ): void {
		// No flag: PHP may run a signal's handler before the first instruction of the call, which could not have set one yet.
		$callers = array_slice( debug_backtrace( DEBUG_BACKTRACE_PROVIDE_OBJECT | DEBUG_BACKTRACE_IGNORE_ARGS ), 1 );
		if ( ! in_array( $this, array_column( $callers, 'object' ), true ) ) {
			throw $interrupted;
		}
		$this->waiting = $interrupted;
	}
}
