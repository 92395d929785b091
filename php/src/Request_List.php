<?php
/**
 * The list of sites that `register-many` is given.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * CSV with a header, or a JSON object a line; told apart by the first character. It is read twice, one request at a time:
 * everything is checked before anything is sent.
 */
final class Request_List {

	private const JSON_DEPTH = 16;

	/**
	 * What may come before the first character.
	 */
	private const BLANK = " \t\r\n\xEF\xBB\xBF";

	/**
	 * The columns; null if it is JSON, or as long as the header was not read.
	 *
	 * @var Csv_Columns|null
	 */
	private ?Csv_Columns $columns = null;

	/**
	 * Whether a request has a customer's token.
	 *
	 * @var boolean
	 */
	private bool $has_tokens = false;

	/**
	 * A list.
	 *
	 * @param Text_Lines $lines   Its lines.
	 * @param bool       $is_json Whether each is an object in JSON.
	 * @param int        $size    How many bytes it has.
	 * @param int        $mode    The file's mode; 0 if it is none that others could read.
	 * @param string     $file    Which file it is; empty if it is none.
	 */
	private function __construct( private Text_Lines $lines, private bool $is_json, private int $size, private int $mode, private string $file ) {
	}

	/**
	 * Opens a list.
	 *
	 * @param string $path Its path; `-` is standard input, of which a copy is made, as of every pipe.
	 * @throws Problem If it cannot be read, or is empty.
	 */
	public static function open( string $path ): self {
		if ( '' === $path || str_contains( $path, "\0" ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, Rows::json( $path ) . ' is not the path of a list. Nothing was sent.', 'A variable of the shell may be empty; - is standard input.' );
		}
		$is_stdin = Input_File::is_standard_input( $path );
		$stream   = Input_File::open( $path );
		if ( false === $stream ) {
			throw new Problem( Exit_Code::PREFLIGHT, Rows::json( $path ) . ' is not a file that this user can read. Nothing was sent.', 'Check the path and its permissions; - is standard input.' );
		}
		$file    = Input_File::identity( fstat( $stream ) );
		$is_file = ! $is_stdin && is_file( $path );
		$stream  = $is_file ? $stream : self::copy( $stream );
		$status  = fstat( $stream );
		$begin   = ltrim( (string) fread( $stream, 4096 ), self::BLANK );
		if ( '' === $begin ) {
			throw new Problem( Exit_Code::PREFLIGHT, ( $is_stdin ? 'Standard input' : Rows::json( $path ) ) . ' is empty: neither a header nor a request. Nothing was sent.' );
		}
		if ( '[' === $begin[0] ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The list is a JSON array, and not one object a line. Nothing was sent.', 'jq makes that of it: jq -c \'.[]\'' );
		}
		return new self( new Text_Lines( $stream ), '{' === $begin[0], (int) $status['size'], $is_file ? $status['mode'] : 0, $file );
	}

	/**
	 * Reads the requests, from the first one.
	 *
	 * @param \Closure(int, string): void $complain Is told of each line that is no request, and why.
	 * @return \Generator<string, array<string, mixed>> The key is place_of() the request.
	 * @throws Problem If it is no list at all.
	 */
	public function requests( \Closure $complain ): \Generator {
		$this->lines->rewind();
		if ( ! $this->is_json ) {
			$this->read_header();
		}
		do {
			$record = $this->record( $complain );
			if ( is_array( $record ) ) {
				[ $number, $request ] = $record;
				$this->has_tokens     = $this->has_tokens || isset( $request['wpcom_access_token'] ) || isset( $request['customer']['wpcom_access_token'] );
				yield self::key( $number, $request ) => $request;
			}
		} while ( null !== $record );
	}

	/**
	 * What the key of a request says.
	 *
	 * @param string $key The key.
	 * @return array{int, string, string} The number of the line where the request begins, its address, and the site's own; each is
	 *                                    empty if it has none.
	 */
	public static function place_of( string $key ): array {
		[ $place, $home_url ] = explode( "\n", $key, 2 );
		[ $line, $url ]       = explode( ' ', $place, 2 );
		return [ (int) $line, $url, $home_url ];
	}

	/**
	 * Whether the list is not any more what it was when it was read first. Then the requests end before what has changed.
	 */
	public function has_changed(): bool {
		return $this->lines->has_changed();
	}

	/**
	 * Whether others than the file's owner can read customers' tokens in it, as far as it was read.
	 */
	public function is_open_to_others(): bool {
		return $this->has_tokens && 0 !== ( $this->mode & 0044 );
	}

	/**
	 * Whether the list was read from the file that a path names now, by whatever name.
	 *
	 * @param string $path The path.
	 */
	public function is_file_at( string $path ): bool {
		return '' !== $this->file && Input_File::identity( @stat( $path ) ) === $this->file;
	}

	/**
	 * How many bytes there are.
	 */
	public function size(): int {
		return $this->size;
	}

	/**
	 * How many of them were read.
	 */
	public function offset(): int {
		return $this->lines->offset();
	}

	/**
	 * Reads the header of a CSV file.
	 *
	 * @throws Problem If it is none.
	 */
	private function read_header(): void {
		try {
			$line = $this->next_line();
			if ( null !== $line ) {
				$this->columns = new Csv_Columns( self::utf8( Csv_Record::cells( $line, $this->lines ) ) );
			}
		} catch ( Bad_Line $bad_line ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Line ' . $this->lines->number() . ', the header: ' . $bad_line->getMessage() . ' Nothing was sent.' );
		}
	}

	/**
	 * The next request, with the number of the line where it begins.
	 *
	 * @param \Closure(int, string): void $complain Is told if it is none.
	 * @return array{int, array<string, mixed>}|false|null False: it is none. Null: there is no more, or what comes has changed.
	 */
	private function record( \Closure $complain ): array|false|null {
		$number = null;
		try {
			$line    = $this->next_line();
			$number  = $this->lines->number();
			$request = null === $line ? null : $this->request( $line );
			return null === $request || $this->lines->has_changed() ? null : [ $number, $request ];
		} catch ( Bad_Line $bad_line ) {
			if ( $this->lines->has_changed() ) {
				return null;
			}
			$complain( $number ?? $this->lines->number(), $bad_line->getMessage() );
			return false;
		}
	}

	/**
	 * The request that begins with a line.
	 *
	 * @param string $line The line.
	 * @return array<string, mixed>
	 * @throws Bad_Line If it is none.
	 */
	private function request( #[\SensitiveParameter] string $line ): array {
		return null === $this->columns ? self::from_json( $line ) : $this->columns->request( self::utf8( Csv_Record::cells( $line, $this->lines ) ) );
	}

	/**
	 * The next line that is not empty.
	 *
	 * @throws Bad_Line If it is too long.
	 */
	private function next_line(): ?string {
		do {
			$line = $this->lines->next();
		} while ( null !== $line && '' === trim( $line ) );
		return $line;
	}

	/**
	 * The request of a line in JSON.
	 *
	 * @param string $line The line.
	 * @return array<string, mixed>
	 * @throws Bad_Line If it is none.
	 */
	private static function from_json( #[\SensitiveParameter] string $line ): array {
		$request = '{' === ltrim( $line )[0] ? json_decode( $line, true, self::JSON_DEPTH, JSON_BIGINT_AS_STRING ) : null;
		if ( ! is_array( $request ) ) {
			throw new Bad_Line( 'This is not an object in JSON, {...}' . ( '{' === ltrim( $line )[0] ? ' (' . json_last_error_msg() . ')' : '' ) . '.' );
		}
		$twice = self::name_twice( $line );
		if ( null !== $twice ) {
			throw new Bad_Line( ( Csv_Columns::is_name( $twice ) ? '"' . $twice . '"' : 'A name' ) . ' is there twice.' );
		}
		return $request;
	}

	/**
	 * A name that an object in JSON has twice: PHP would take the last of them for the only one.
	 *
	 * @param string $json What PHP has decoded.
	 * @return string|null Null if there is none.
	 */
	private static function name_twice( #[\SensitiveParameter] string $json ): ?string {
		preg_match_all( '/[{}]|("(?:[^"\\\\]++|\\\\.)*+")\s*+(:?)/s', $json, $tokens, PREG_SET_ORDER );
		$objects = [];
		foreach ( $tokens as $token ) {
			if ( '{' === $token[0] ) {
				$objects[] = [];
			} elseif ( '}' === $token[0] ) {
				array_pop( $objects );
			} elseif ( ':' === $token[2] ) {
				$name = (string) json_decode( $token[1] );
				$last = array_key_last( $objects );
				if ( isset( $objects[ $last ][ $name ] ) ) {
					return $name;
				}
				$objects[ $last ][ $name ] = true;
			}
		}
		return null;
	}

	/**
	 * Cells, if they are text.
	 *
	 * @param list<string> $cells The cells.
	 * @return list<string>
	 * @throws Bad_Line If they are not.
	 */
	private static function utf8( #[\SensitiveParameter] array $cells ): array {
		foreach ( $cells as $place => $cell ) {
			if ( 1 !== preg_match( '//u', $cell ) ) {
				throw new Bad_Line( 'Cell ' . ( $place + 1 ) . ' is not UTF-8.' );
			}
		}
		return $cells;
	}

	/**
	 * The key of a request: the extension hands it back with the result, so that nothing has to be remembered meanwhile.
	 *
	 * @param int                  $number  The number of its line.
	 * @param array<string, mixed> $request The request.
	 */
	private static function key( int $number, #[\SensitiveParameter] array $request ): string {
		// No address that is one has white space in it.
		[ $url, $home_url ] = array_map( static fn ( mixed $url ): string => is_string( $url ) ? strtr( $url, "\n", ' ' ) : '', [ $request['url'] ?? null, $request['home_url'] ?? null ] );
		return "$number $url\n$home_url";
	}

	/**
	 * A copy of a stream that can be read once, without a name in any folder: it may hold customers' tokens.
	 *
	 * @param resource $stream The stream.
	 * @return resource
	 * @throws Problem If it cannot be kept.
	 */
	private static function copy( $stream ) {
		$copy = Temporary_File::nameless();
		error_clear_last();
		$length = @stream_copy_to_stream( $stream, $copy );
		if ( false === $length || null !== error_get_last() ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The list could not be copied to ' . sys_get_temp_dir() . ': ' . Last_Error::reason() . '. Nothing was sent.', 'Give it as a file, or set another folder: TMPDIR in the environment.' );
		}
		rewind( $copy );
		return $copy;
	}
}
