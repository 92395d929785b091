<?php
/**
 * The columns of a CSV file of requests.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Only sorts cells into the fields of a request; the extension checks each field.
 */
final class Csv_Columns {

	/**
	 * The columns, but for those of the metadata.
	 */
	private const KNOWN = [
		'url',
		'wpcom_access_token',
		'home_url',
		'user_id',
		'products',
		'customer.email',
		'customer.first_name',
		'customer.last_name',
		'customer.wpcom_user_id',
		'customer.wpcom_access_token',
	];

	private const METADATA = 'metadata.';

	/**
	 * The columns of a header.
	 *
	 * @param list<string> $names The cells of the file's first record.
	 * @throws Problem If one is not known, or there twice, or the address is missing.
	 */
	public function __construct( #[\SensitiveParameter] private array $names ) {
		foreach ( $names as $place => $name ) {
			$is_metadata = str_starts_with( $name, self::METADATA ) && self::METADATA !== $name;
			if ( ! $is_metadata && ! in_array( $name, self::KNOWN, true ) ) {
				throw self::refused( 'is not known', $name, $place );
			}
			if ( array_search( $name, $names, true ) !== $place ) {
				throw self::refused( 'is there twice', $name, $place );
			}
		}
		if ( ! in_array( 'url', $names, true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The list has no column url. Nothing was sent.', self::known() );
		}
	}

	/**
	 * The request of a record. An empty cell is a field that is not given.
	 *
	 * @param list<string> $cells Its cells.
	 * @return array<string, mixed>
	 * @throws Bad_Line If there are more or fewer cells than columns.
	 */
	public function request( #[\SensitiveParameter] array $cells ): array {
		if ( count( $cells ) !== count( $this->names ) ) {
			throw new Bad_Line( 'Columns: ' . count( $this->names ) . ', cells here: ' . count( $cells ) . '.' );
		}
		$request = [];
		foreach ( array_filter( array_combine( $this->names, $cells ), static fn ( string $cell ): bool => '' !== $cell ) as $name => $cell ) {
			[ $field, $part ] = explode( '.', (string) $name, 2 ) + [ 1 => null ];
			if ( null !== $part ) {
				$request[ $field ][ $part ] = $cell;
			} else {
				$request[ $field ] = 'products' === $field ? preg_split( '/[\s;]+/', $cell, -1, PREG_SPLIT_NO_EMPTY ) : $cell;
			}
		}
		return $request;
	}

	/**
	 * Whether a text looks like a name, and can be shown: where a list has no header, it may be a key or a customer's token.
	 *
	 * @param string $text The text.
	 */
	public static function is_name( #[\SensitiveParameter] string $text ): bool {
		return strlen( $text ) <= 40 && 1 === preg_match( '/^(?=.)[A-Za-z]{0,16}(?:[_.][A-Za-z]{0,16})*$/D', $text );
	}

	/**
	 * The refusal of a column.
	 *
	 * @param string $why   What is wrong.
	 * @param string $name  The column.
	 * @param int    $place Which it is, from 0.
	 */
	private static function refused( string $why, #[\SensitiveParameter] string $name, int $place ): Problem {
		$shown = self::is_name( $name ) ? ', "' . $name . '",' : '';
		$lines = [ 'Column ' . ( $place + 1 ) . " of the list$shown $why. Nothing was sent.", self::known() ];
		if ( 1 === preg_match( '/^http/i', $name ) ) {
			$lines[] = 'Does the list begin with a header? Its first line must be the names of its columns.';
		}
		return new Problem( Exit_Code::PREFLIGHT, ...$lines );
	}

	/**
	 * What a list may have.
	 */
	private static function known(): string {
		return 'Known are, separated by commas: ' . implode( ', ', self::KNOWN ) . ', ' . self::METADATA . '<name>. A list in JSON has one object a line, beginning with {.';
	}
}
