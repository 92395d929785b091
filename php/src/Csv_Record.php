<?php
/**
 * A record of a CSV file.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * As RFC 4180 has it: cells with commas, quotes or line ends stand in quotes, and a quote in them is doubled. PHP's own
 * fgetcsv() guesses where that is broken, and may take two customers for one.
 */
final class Csv_Record {

	/**
	 * The cells that were read.
	 *
	 * @var list<string>
	 */
	private array $cells = [];

	/**
	 * A record that begins with a line.
	 *
	 * @param string     $text  The line.
	 * @param Text_Lines $lines Where the rest of it is, if a cell has line ends.
	 */
	private function __construct( private string $text, private Text_Lines $lines ) {
	}

	/**
	 * The cells of a record.
	 *
	 * @param string     $line  Its first line.
	 * @param Text_Lines $lines Where that was read.
	 * @return list<string>
	 * @throws Bad_Line If it is none. Then the line after the first one is the next.
	 */
	public static function cells( string $line, Text_Lines $lines ): array {
		$number = $lines->number();
		$offset = $lines->offset();
		try {
			$cells = str_contains( $line, '"' ) ? ( new self( $line, $lines ) )->read() : explode( ',', $line );
		} catch ( Bad_Line $bad_line ) {
			$lines->go_back( $number, $offset );
			throw $bad_line;
		}
		return $cells;
	}

	/**
	 * Reads cell by cell.
	 *
	 * @return list<string>
	 * @throws Bad_Line If the quotes are wrong.
	 */
	private function read(): array {
		$at = 0;
		do {
			$at    = '"' === ( $this->text[ $at ] ?? '' ) ? $this->read_quoted( $at + 1 ) : $this->read_plain( $at );
			$after = $this->text[ $at ] ?? '';
			if ( '' !== $after && ',' !== $after ) {
				throw self::bad( count( $this->cells ), 'has something behind the quote that closes it' );
			}
			++$at;
		} while ( '' !== $after );
		return $this->cells;
	}

	/**
	 * Reads a cell without quotes.
	 *
	 * @param int $from Where it begins.
	 * @return int Where it ends.
	 * @throws Bad_Line If there is one.
	 */
	private function read_plain( int $from ): int {
		$cell = substr( $this->text, $from, strcspn( $this->text, ',', $from ) );
		if ( str_contains( $cell, '"' ) ) {
			throw self::bad( count( $this->cells ) + 1, 'has a quote in it: put the whole cell in quotes, and double those in it' );
		}
		$this->cells[] = $cell;
		return $from + strlen( $cell );
	}

	/**
	 * Reads a cell in quotes, with the lines that belong to it.
	 *
	 * @param int $from Where it begins.
	 * @return int Where it ends, behind the quote that closes it.
	 * @throws Bad_Line If it is not closed.
	 */
	private function read_quoted( int $from ): int {
		$end = $from;
		for ( ;; ) {
			$end += strcspn( $this->text, '"', $end );
			if ( strlen( $this->text ) === $end ) {
				$this->read_on();
			} elseif ( '"' === ( $this->text[ $end + 1 ] ?? '' ) ) {
				$end += 2;
			} else {
				$this->cells[] = str_replace( '""', '"', substr( $this->text, $from, $end - $from ) );
				return $end + 1;
			}
		}
	}

	/**
	 * Takes one more line.
	 *
	 * @throws Bad_Line If there is none.
	 */
	private function read_on(): void {
		$line = $this->lines->next();
		if ( null === $line || strlen( $this->text ) + strlen( $line ) > Text_Lines::MAX_BYTES ) {
			throw self::bad( count( $this->cells ) + 1, 'begins with a quote that is never closed' );
		}
		$this->text .= "\n$line";
	}

	/**
	 * What is wrong with a cell.
	 *
	 * @param int    $number Which it is, from 1.
	 * @param string $what   The words.
	 */
	private static function bad( int $number, string $what ): Bad_Line {
		return new Bad_Line( "Cell $number $what." );
	}
}
