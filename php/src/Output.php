<?php
/**
 * What commands print: results on standard output, words for people on standard error.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use Mustangostang\Spyc;
use WP_CLI;

/**
 * The result of a command, in the format that was asked for.
 *
 * Without WordPress as well. A reader who closes the pipe, as `head` does, ends the printing and nothing else.
 */
final class Output {

	private const FORMATS = [ 'table', 'json', 'yaml', 'csv' ];

	/**
	 * Formats of lists whose items have an id.
	 */
	private const LIST_FORMATS = [ 'ids', 'count' ];

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
	 * Whether --field asked for the value of one field alone.
	 *
	 * @var boolean
	 */
	private bool $is_bare;

	/**
	 * Checks --format, --fields and --field before anything is done: WP-CLI would only do so when the result is printed.
	 *
	 * @param array<string, mixed> $assoc_args  The command's options.
	 * @param list<string>         $fields      The fields that are printed by default.
	 * @param list<string>         $more_fields Those that are printed if they are asked for.
	 * @param string|null          $id_field    The field for --format=ids; null for results that are no list of such.
	 * @throws Problem If one of them is not known.
	 */
	public function __construct( array $assoc_args, array $fields, array $more_fields = [], private ?string $id_field = null ) {
		$this->format  = (string) ( $assoc_args['format'] ?? 'table' );
		$this->is_bare = isset( $assoc_args['field'] );
		$option        = $this->is_bare ? 'field' : 'fields';
		$this->fields  = isset( $assoc_args[ $option ] ) ? self::names( (string) $assoc_args[ $option ], $this->is_bare ) : $fields;
		$known_fields  = [ ...$fields, ...$more_fields ];
		$known_formats = null === $id_field ? self::FORMATS : [ ...self::FORMATS, ...self::LIST_FORMATS ];
		$unknown       = array_diff( $this->fields, $known_fields );
		if ( [] !== $unknown ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--$option: not known: " . implode( ', ', $unknown ), 'Known are: ' . implode( ', ', $known_fields ) );
		}
		if ( ! in_array( $this->format, $known_formats, true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--format=$this->format is not known.", 'Known are: ' . implode( ', ', $known_formats ) );
		}
	}

	/**
	 * Whether the format is one of these.
	 *
	 * @param string ...$formats Names of formats.
	 */
	public function is_format( string ...$formats ): bool {
		return in_array( $this->format, $formats, true );
	}

	/**
	 * Whether a table is drawn on a terminal once all rows are there.
	 */
	public function is_drawn(): bool {
		return 'table' === $this->format && ! $this->is_bare && Standard_Output::is_terminal();
	}

	/**
	 * Prints one result. In a table, a list of texts has a row for each.
	 *
	 * @param array<string, mixed> $item The result.
	 */
	public function item( array $item ): void {
		if ( $this->is_bare ) {
			$value = $item[ $this->fields[0] ] ?? null;
			$this->write( $this->is_format( 'table', 'csv' ) ? Rows::text( $value ) . "\n" : $this->structure( $value ) );
		} elseif ( $this->is_format( 'table', 'csv' ) ) {
			self::printed( fn () => ( new Rows( $this->format, [ 'Field', 'Value' ] ) )->print( $this->cells( $item ) ) );
		} else {
			$this->write( $this->structure( $this->picked( $item ) ) );
		}
	}

	/**
	 * Prints a list of results, each as soon as it is there.
	 *
	 * @param iterable<array<string, mixed>> $items The results.
	 */
	public function items( iterable $items ): void {
		$fields = 'ids' === $this->format ? [ (string) $this->id_field ] : $this->fields;
		self::printed( fn () => ( new Rows( $this->format, $fields, $this->is_bare ) )->print( $items ) );
	}

	/**
	 * Prints how many results there are.
	 *
	 * @param int $count How many.
	 */
	public function count( int $count ): void {
		$this->write( "$count\n" );
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
	 * The names in the value of --fields or --field.
	 *
	 * @param string $value   The value.
	 * @param bool   $is_bare Whether it is one name.
	 * @return list<string>
	 */
	private static function names( string $value, bool $is_bare ): array {
		return $is_bare ? [ $value ] : array_values( array_unique( array_map( 'trim', explode( ',', $value ) ) ) );
	}

	/**
	 * A value in JSON or YAML.
	 *
	 * @param mixed $value The value.
	 */
	private function structure( mixed $value ): string {
		return 'json' === $this->format ? Rows::json( $value ) . "\n" : Spyc::YAMLDump( $value, 2, 0 ) . "\n";
	}

	/**
	 * The fields to print, in their order.
	 *
	 * @param array<string, mixed> $item The result.
	 * @return array<string, mixed>
	 */
	private function picked( array $item ): array {
		return array_replace( array_fill_keys( $this->fields, null ), array_intersect_key( $item, array_flip( $this->fields ) ) );
	}

	/**
	 * The rows of a result that is printed as a table of its fields.
	 *
	 * @param array<string, mixed> $item The result.
	 * @return iterable<array{Field: string, Value: string}>
	 */
	private function cells( array $item ): iterable {
		foreach ( $this->picked( $item ) as $name => $value ) {
			$is_list = 'table' === $this->format && is_array( $value ) && array_is_list( $value ) && [] !== $value && array_filter( $value, 'is_string' ) === $value;
			foreach ( $is_list ? $value : [ $value ] as $part ) {
				yield [
					'Field' => (string) $name,
					'Value' => is_string( $part ) ? $part : Rows::json( $part ),
				];
			}
		}
	}

	/**
	 * Prints text.
	 *
	 * @param string $text The text.
	 */
	private function write( string $text ): void {
		self::printed( static fn () => Standard_Output::write( $text ) );
	}

	/**
	 * Prints until nobody reads any more.
	 *
	 * @param callable(): void $print Prints.
	 */
	private static function printed( callable $print ): void {
		try {
			$print();
		} catch ( Reader_Gone ) {
			return;
		}
	}
}
