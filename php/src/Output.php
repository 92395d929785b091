<?php
/**
 * What commands print: results on standard output, words for people on standard error.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Formatter;

/**
 * One result of a command, in the format that was asked for.
 */
final class Output {

	private const FORMATS = [ 'table', 'json', 'yaml', 'csv' ];

	/**
	 * The value of --format.
	 *
	 * @var string
	 */
	private string $format;

	/**
	 * The fields to print.
	 *
	 * @var list<string>
	 */
	private array $fields;

	/**
	 * Checks --format and --fields before anything is done: WP-CLI would only do so when the result is printed.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @param list<string>         $fields     All fields of the result.
	 * @throws Problem If one of them is not known.
	 */
	public function __construct( array $assoc_args, array $fields ) {
		$this->format = (string) ( $assoc_args['format'] ?? 'table' );
		$this->fields = isset( $assoc_args['fields'] ) ? array_map( 'trim', explode( ',', (string) $assoc_args['fields'] ) ) : $fields;
		$unknown      = array_diff( $this->fields, $fields );
		if ( [] !== $unknown ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--fields: not known: ' . implode( ', ', $unknown ), 'Known are: ' . implode( ', ', $fields ) );
		}
		if ( ! in_array( $this->format, self::FORMATS, true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--format=$this->format is not known.", 'Known are: ' . implode( ', ', self::FORMATS ) );
		}
	}

	/**
	 * Prints one result.
	 *
	 * @param array<string, mixed> $item The result.
	 */
	public function item( array $item ): void {
		$this->formatter()->display_item( $item );
	}

	/**
	 * Prints a list of results.
	 *
	 * @param list<array<string, mixed>> $items The results.
	 */
	public function items( array $items ): void {
		if ( in_array( $this->format, [ 'table', 'csv' ], true ) ) {
			// As a single item has them; an empty cell says nothing.
			$items = array_map( static fn ( array $item ): array => array_map( static fn ( mixed $value ): mixed => is_bool( $value ) ? wp_json_encode( $value ) : $value, $item ), $items );
		}
		$this->formatter()->display_items( $items );
		if ( 'json' === $this->format ) {
			echo "\n";
		}
	}

	/**
	 * Says something to people.
	 *
	 * @param string $words The words; dropped with --quiet.
	 */
	public static function say( string $words ): void {
		if ( ! WP_CLI::get_config( 'quiet' ) ) {
			fwrite( STDERR, $words . "\n" );
		}
	}

	/**
	 * WP-CLI's own printer.
	 */
	private function formatter(): Formatter {
		$arguments = [
			'format' => $this->format,
			'fields' => $this->fields,
		];
		return new Formatter( $arguments, $this->fields );
	}
}
