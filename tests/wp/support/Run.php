<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * What a finished command left: its two streams and its exit code (128 + signal if it was killed).
 */
final class Run {

	public function __construct(
		public readonly string $command,
		public readonly int $exit_code,
		public readonly string $stdout,
		public readonly string $stderr,
	) {}

	/**
	 * Standard output as the one JSON value that it must be.
	 *
	 * @return array<mixed>
	 */
	public function json(): array {
		$value = json_decode( $this->stdout, true );
		if ( ! is_array( $value ) ) {
			throw new \UnexpectedValueException( "Standard output is not JSON.\n$this" );
		}
		return $value;
	}

	/** Both streams, as a person in front of a terminal sees them. */
	public function output(): string {
		return $this->stdout . $this->stderr;
	}

	/** For the message of a failed assertion. */
	public function __toString(): string {
		return "\$ $this->command\n[exit $this->exit_code]\n[stdout]\n$this->stdout\n[stderr]\n$this->stderr\n";
	}
}
