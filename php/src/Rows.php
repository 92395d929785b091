<?php
/**
 * A list of results, printed as it comes.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use cli\Colors;
use cli\table\Ascii;
use Mustangostang\Spyc;
use WP_CLI;

/**
 * Prints in the formats of WP-CLI's list commands. WP-CLI's own Formatter collects everything first, takes minutes for
 * a table of 100,000 rows, and complains when a pipe is closed.
 *
 * Only a table on a terminal needs all rows, for the width of its columns. All else is written row by row, in constant
 * memory, and nothing is written before the first row has come.
 */
final class Rows {

	/**
	 * How a list is to be printed.
	 *
	 * @param string       $format One of table, csv, json, yaml, ids and count.
	 * @param list<string> $fields The fields to print; for ids the one with the id.
	 * @param bool         $is_bare Whether it is the values of one field, and not rows.
	 */
	public function __construct( private string $format, private array $fields, private bool $is_bare = false ) {
	}

	/**
	 * Prints a list.
	 *
	 * @param iterable<array<string, mixed>> $items The list.
	 */
	public function print( iterable $items ): void {
		if ( 'table' === $this->format && ! $this->is_bare && Standard_Output::is_terminal() ) {
			$this->print_drawn_table( $items );
			return;
		}
		$count = 0;
		foreach ( $items as $item ) {
			Standard_Output::write( ( 0 === $count ? $this->head() : $this->separator() ) . $this->row( $item ) );
			++$count;
		}
		Standard_Output::write( ( 0 === $count ? $this->head() : '' ) . $this->tail( $count ) );
	}

	/**
	 * A value as JSON.
	 *
	 * @param mixed $value The value.
	 */
	public static function json( mixed $value ): string {
		// phpcs:ignore Generic.PHP.ForbiddenFunctions.FoundWithAlternative -- some commands run without WordPress.
		return (string) json_encode( $value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE );
	}

	/**
	 * A value as text.
	 *
	 * @param mixed $value The value.
	 */
	public static function text( mixed $value ): string {
		return match ( true ) {
			null === $value     => '',
			is_string( $value ) => $value,
			default             => self::json( $value ),
		};
	}

	/**
	 * What comes before the first row.
	 */
	private function head(): string {
		return match ( $this->format ) {
			'json'         => '[',
			'yaml'         => "---\n",
			'csv', 'table' => $this->is_bare ? '' : $this->line( $this->fields ),
			default        => '',
		};
	}

	/**
	 * What comes between two rows.
	 */
	private function separator(): string {
		return match ( $this->format ) {
			'json'  => ',',
			'ids'   => ' ',
			default => '',
		};
	}

	/**
	 * What comes after the last row.
	 *
	 * @param int $count How many there were.
	 */
	private function tail( int $count ): string {
		return match ( $this->format ) {
			'json'  => "]\n",
			'ids'   => "\n",
			'count' => "$count\n",
			'yaml'  => 0 === $count ? "[ ]\n" : '',
			default => '',
		};
	}

	/**
	 * One row.
	 *
	 * @param array<string, mixed> $item The result.
	 */
	private function row( array $item ): string {
		$value = $this->is_bare ? $item[ $this->fields[0] ] ?? null : $this->picked( $item );
		return match ( $this->format ) {
			'json'  => self::json( $value ),
			'yaml'  => Spyc::YAMLDump( [ $value ], 2, 0, true ),
			'ids'   => self::text( $item[ $this->fields[0] ] ?? null ),
			'count' => '',
			default => $this->line( array_map( [ self::class, 'text' ], $this->is_bare ? [ $value ] : $value ) ),
		};
	}

	/**
	 * The fields to print, in their order.
	 *
	 * @param array<string, mixed> $item The result.
	 * @return array<string, mixed>
	 */
	private function picked( array $item ): array {
		$values = [];
		foreach ( $this->fields as $field ) {
			$values[ $field ] = $item[ $field ] ?? null;
		}
		return $values;
	}

	/**
	 * A line of cells.
	 *
	 * @param array<string> $cells The cells.
	 */
	private function line( array $cells ): string {
		if ( 'csv' === $this->format && ! $this->is_bare ) {
			return implode( ',', array_map( [ self::class, 'csv_cell' ], $cells ) ) . "\n";
		}
		return implode( "\t", array_map( [ self::class, 'printable' ], $cells ) ) . "\n";
	}

	/**
	 * A cell for a spreadsheet: as with WP-CLI, nothing that it would take for a formula.
	 *
	 * @param string $cell The cell.
	 */
	private static function csv_cell( string $cell ): string {
		if ( 1 === preg_match( '/^[=+\-@\t\r]/', $cell ) ) {
			$cell = "'$cell";
		}
		return false === strpbrk( $cell, " ,\"'\\\t\r\n" ) ? $cell : '"' . str_replace( '"', '""', $cell ) . '"';
	}

	/**
	 * Text in one line, without anything that a terminal would take for a command.
	 *
	 * @param string $text The text.
	 */
	private static function printable( string $text ): string {
		return (string) preg_replace( '/[\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u', ' ', $text );
	}

	/**
	 * Draws a table for a terminal.
	 *
	 * @param iterable<array<string, mixed>> $items The rows.
	 */
	private function print_drawn_table( iterable $items ): void {
		// Otherwise a per cent sign in a cell begins a colour.
		$is_coloured = WP_CLI::get_runner()->in_color();
		if ( $is_coloured ) {
			Colors::disable( true );
		}
		$rows   = [];
		$widths = array_map( [ Colors::class, 'width' ], $this->fields );
		foreach ( $items as $item ) {
			$cells  = array_map( static fn ( mixed $value ): string => self::printable( self::text( $value ) ), array_values( $this->picked( $item ) ) );
			$widths = array_map( 'max', $widths, array_map( [ Colors::class, 'width' ], $cells ) );
			$rows[] = $cells;
		}
		$table = new Ascii();
		$table->setWidths( $widths );
		Standard_Output::write( "{$table->border()}\n{$table->row( $this->fields )}\n{$table->border()}\n" );
		foreach ( $rows as $cells ) {
			Standard_Output::write( $table->row( $cells ) . "\n" );
		}
		Standard_Output::write( $table->border() . "\n" );
		if ( $is_coloured ) {
			Colors::enable( true );
		}
	}
}
