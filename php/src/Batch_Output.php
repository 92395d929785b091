<?php
/**
 * Where results with secrets are written.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Line by line, each at once: into a new file of this user alone, or to standard output.
 */
final class Batch_Output {

	/**
	 * The bytes of all lines that are in the file.
	 *
	 * @var integer
	 */
	private int $length = 0;

	/**
	 * An output.
	 *
	 * @param resource|null $file The file; null for standard output.
	 * @param string        $path Its path.
	 */
	private function __construct( private $file, private string $path ) {
	}

	/**
	 * Opens it. A file of that name is kept as `<file>.bak`, or `<file>.bak.1` and so on: it may have the only copy of a secret.
	 *
	 * @param string|null $path The path; null or `-` for standard output.
	 * @throws Problem If it cannot be opened.
	 */
	public static function open( ?string $path ): self {
		if ( null === $path || '-' === $path ) {
			return new self( null, '-' );
		}
		if ( '' === $path || str_contains( $path, "\0" ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--output is not the path of a file. Nothing was sent.' );
		}
		$status = @lstat( $path );
		if ( false !== $status ) {
			self::move_aside( $path, $status['mode'] );
		}
		// A new file alone: nobody else has it open, and no link leads away.
		$umask = umask( 0077 );
		$file  = @fopen( $path, 'xb' );
		umask( $umask );
		if ( false === $file ) {
			throw self::refused( $path, 'cannot be made (' . Last_Error::reason() . ')' );
		}
		return new self( $file, $path );
	}

	/**
	 * Whether it is a file.
	 */
	public function is_file(): bool {
		return null !== $this->file;
	}

	/**
	 * Writes a line.
	 *
	 * @param string $line The line, with its end.
	 * @throws Reader_Gone If nobody reads standard output any more.
	 * @throws Problem     If it cannot be written.
	 */
	public function write( #[\SensitiveParameter] string $line ): void {
		if ( null === $this->file ) {
			Standard_Output::write( $line );
			return;
		}
		$rest = $line;
		while ( '' !== $rest ) {
			error_clear_last();
			$written = @fwrite( $this->file, $rest );
			if ( false === $written && null !== error_get_last() ) {
				$reason = Last_Error::reason();
				// Whoever reads the file finds whole lines in it.
				@ftruncate( $this->file, $this->length );
				throw new Problem( Exit_Code::NOT_SENT, "$this->path could not be written: $reason." );
			}
			$rest = substr( $rest, (int) $written );
		}
		$this->length += strlen( $line );
	}

	/**
	 * A name that no file has, for the results of the next run.
	 *
	 * @param string $path The path of these.
	 */
	public static function next_name( string $path ): string {
		$number = 2;
		while ( false !== @lstat( "$path.$number" ) ) {
			++$number;
		}
		return "$path.$number";
	}

	/**
	 * Moves an earlier file out of the way.
	 *
	 * @param string $path The file.
	 * @param int    $mode What kind of file it is.
	 * @throws Problem If it is no file, or cannot be moved.
	 */
	private static function move_aside( string $path, int $mode ): void {
		if ( 0100000 !== ( $mode & 0170000 ) ) {
			throw self::refused( $path, 'is there already, and is not a file' );
		}
		$kept = self::reserved( $path );
		if ( ! @rename( $path, $kept ) ) {
			$reason = Last_Error::reason();
			@unlink( $kept );
			throw self::refused( $path, "is there already, and cannot be kept as $kept ($reason)" );
		}
	}

	/**
	 * The first name of an earlier file that is free; an empty file holds it against another run at the same time.
	 *
	 * @param string $path The file.
	 * @throws Problem If none can be made.
	 */
	private static function reserved( string $path ): string {
		$kept   = "$path.bak";
		$number = 0;
		do {
			$file = @fopen( $kept, 'xb' );
			if ( false !== $file ) {
				fclose( $file );
				return $kept;
			}
			$reason   = Last_Error::reason();
			$is_taken = false !== @lstat( $kept );
			$tried    = $kept;
			$kept     = "$path.bak." . ( ++$number );
		} while ( $is_taken );
		throw self::refused( $path, "is there already, and cannot be kept as $tried ($reason)" );
	}

	/**
	 * The refusal of a file.
	 *
	 * @param string $path Its path.
	 * @param string $why  What is wrong.
	 */
	private static function refused( string $path, string $why ): Problem {
		return new Problem( Exit_Code::PREFLIGHT, "--output=$path $why. Nothing was sent.", 'Give the path of a new file. Without --output the results go to standard output.' );
	}
}
