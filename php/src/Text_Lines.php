<?php
/**
 * The lines of a text that is read twice.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Reads one line at a time, and notices at the second reading if a line is not what it was at the first: what is sent is
 * what was checked. The sums of the lines are kept in a file, so that a million of them take no memory.
 */
final class Text_Lines {

	/**
	 * More than any request: beyond this a file is no list of them.
	 */
	public const MAX_BYTES = 1048576;

	private const BYTE_ORDER_MARK = "\xEF\xBB\xBF";

	/**
	 * The number of the line that was read last; the first is 1.
	 *
	 * @var integer
	 */
	private int $number = 0;

	/**
	 * Whether this is the second reading.
	 *
	 * @var boolean
	 */
	private bool $is_again = false;

	/**
	 * Whether a line is not what it was.
	 *
	 * @var boolean
	 */
	private bool $has_changed = false;

	/**
	 * A sum for each line.
	 *
	 * @var resource
	 */
	private $sums;

	/**
	 * The lines of a stream, from its beginning.
	 *
	 * @param resource $stream A stream that can be rewound.
	 * @throws Problem If no temporary file can be made.
	 */
	public function __construct( private $stream ) {
		$this->sums = Temporary_File::nameless();
	}

	/**
	 * Begins again from the first line.
	 */
	public function rewind(): void {
		$this->is_again = $this->number > 0;
		$this->number   = 0;
		rewind( $this->stream );
		rewind( $this->sums );
	}

	/**
	 * The next line without its end; null after the last, and from the first one that has changed.
	 *
	 * @throws Bad_Line If it is too long.
	 * @throws Problem  If there is no room for its sum.
	 */
	public function next(): ?string {
		$line = $this->has_changed ? false : fgets( $this->stream, self::MAX_BYTES );
		if ( $this->is_again ) {
			$this->compare( $line );
		}
		if ( false === $line || $this->has_changed ) {
			return null;
		}
		++$this->number;
		if ( ! $this->is_again ) {
			$this->note( $line );
		}
		if ( strlen( $line ) === self::MAX_BYTES - 1 && ! str_ends_with( $line, "\n" ) ) {
			$this->skip_rest();
			throw new Bad_Line( 'The line is longer than ' . self::MAX_BYTES . ' bytes.' );
		}
		if ( 1 === $this->number && str_starts_with( $line, self::BYTE_ORDER_MARK ) ) {
			$line = substr( $line, strlen( self::BYTE_ORDER_MARK ) );
		}
		return (string) preg_replace( '/\r?\n\z/', '', $line, 1 );
	}

	/**
	 * The number of the line that was read last.
	 */
	public function number(): int {
		return $this->number;
	}

	/**
	 * How many bytes were read.
	 */
	public function offset(): int {
		return (int) ftell( $this->stream );
	}

	/**
	 * Goes back to the line after one that was read before.
	 *
	 * @param int $number The number of that line.
	 * @param int $offset Where the line after it begins.
	 */
	public function go_back( int $number, int $offset ): void {
		$this->number = $number;
		fseek( $this->stream, $offset );
	}

	/**
	 * Whether the second reading has found something else than the first.
	 */
	public function has_changed(): bool {
		return $this->has_changed;
	}

	/**
	 * Keeps the sum of a line.
	 *
	 * @param string $line The line.
	 * @throws Problem If there is no room for it.
	 */
	private function note( string $line ): void {
		$sum = self::sum( $line );
		if ( strlen( $sum ) !== @fwrite( $this->sums, $sum ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The sums of the list\'s lines could not be written to ' . sys_get_temp_dir() . ': ' . Last_Error::reason() . '. Nothing was sent.', 'Set another folder: TMPDIR in the environment.' );
		}
	}

	/**
	 * Compares a line with what it was at the first reading.
	 *
	 * @param string|false $line The line; false at the end.
	 */
	private function compare( string|false $line ): void {
		$sum = (string) fread( $this->sums, 8 );
		if ( $sum !== ( false === $line ? '' : self::sum( $line ) ) ) {
			$this->has_changed = true;
		}
	}

	/**
	 * What tells a line from others.
	 *
	 * @param string $line The line.
	 */
	private static function sum( string $line ): string {
		return hash( 'xxh64', $line, true );
	}

	/**
	 * Goes on to the end of a line that is too long.
	 */
	private function skip_rest(): void {
		do {
			$part = fgets( $this->stream, self::MAX_BYTES );
		} while ( false !== $part && ! str_ends_with( $part, "\n" ) );
	}
}
