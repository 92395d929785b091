<?php
/**
 * Where results with secrets are written.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;

/**
 * Line by line, each at once: into a new file of this user alone, or to standard output. The file is made for the first line: what
 * comes before, such as waiting for the journal, leaves an earlier file alone, which another run may still be writing.
 */
final class Batch_Output {

	/**
	 * The file; null for standard output, and as long as there is no line.
	 *
	 * @var resource|null
	 */
	private $file = null;

	/**
	 * The bytes of all lines that are in the file.
	 *
	 * @var integer
	 */
	private int $length = 0;

	/**
	 * An output.
	 *
	 * @param string|null $path The path of the file; null for standard output.
	 */
	private function __construct( private ?string $path ) {
	}

	/**
	 * Prepares it: whether the file can be made is tried out, and nothing stays. When it is made, a file of that name is kept as
	 * `<file>.bak`, or `<file>.bak.1` and so on: it may have the only copy of a secret.
	 *
	 * @param string|null           $path    The path; null or `-` for standard output.
	 * @param string                $journal The folder of the journal, which need not be there.
	 * @param array<string, string> $read    The files that the command reads, by what names them: none is moved.
	 * @throws Problem If it cannot be made.
	 */
	public static function open( ?string $path, string $journal, array $read = [] ): self {
		if ( null === $path || '-' === $path ) {
			return new self( null );
		}
		if ( '' === $path || str_contains( $path, "\0" ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--output is not the path of a file. Nothing was sent.' );
		}
		$folder = @stat( dirname( $path ) );
		$theirs = @stat( $journal );
		if ( false !== $folder && false !== $theirs && [ $folder['dev'], $folder['ino'] ] === [ $theirs['dev'], $theirs['ino'] ] ) {
			throw self::refused( $path, "lies in the journal's folder" );
		}
		foreach ( $read as $name => $file ) {
			if ( Input_File::is_same( $path, $file ) ) {
				throw self::refused( $path, "is the file of $name" );
			}
		}
		try {
			self::try_out( $path );
		} catch ( \RuntimeException $complaint ) {
			throw self::refused( $path, $complaint->getMessage() );
		}
		return new self( $path );
	}

	/**
	 * Whether it is a file.
	 */
	public function is_file(): bool {
		return null !== $this->path;
	}

	/**
	 * Writes a line.
	 *
	 * @param string $line The line, with its end.
	 * @throws Reader_Gone If nobody reads standard output any more.
	 * @throws Problem     If it cannot be written.
	 */
	public function write( #[\SensitiveParameter] string $line ): void {
		if ( null === $this->path ) {
			Standard_Output::write( $line );
			return;
		}
		$this->make();
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
	 * Makes the file, unless that is done.
	 *
	 * @throws Problem If it cannot be made.
	 */
	public function make(): void {
		if ( null === $this->path || null !== $this->file ) {
			return;
		}
		try {
			self::move_aside( $this->path );
			$this->file = self::new_file( $this->path );
		} catch ( \RuntimeException $complaint ) {
			throw new Problem( Exit_Code::NOT_SENT, "$this->path {$complaint->getMessage()}." );
		}
	}

	/**
	 * Ends it, and says so if what is at the path is not what was written. Without a line, an earlier file stays.
	 *
	 * @param bool $is_through Whether nothing was cut off: then a file without a line is made if there is none.
	 * @throws Problem If it cannot be made.
	 */
	public function end( bool $is_through ): void {
		if ( null === $this->path ) {
			return;
		}
		if ( null === $this->file && false !== @lstat( $this->path ) ) {
			Output::say( "Nothing was written: $this->path stays as it was." );
		} elseif ( null === $this->file && $is_through ) {
			$this->make();
		} elseif ( null !== $this->file ) {
			clearstatcache();
			$identity = Input_File::identity( fstat( $this->file ) );
			if ( Input_File::identity( @lstat( $this->path ) ) !== $identity ) {
				$place = self::place_of( $identity );
				WP_CLI::warning( "$this->path is not what this run has written any more: " . ( null === $place ? 'that was removed.' : "that is $place." ) );
			}
		}
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
	 * Where a file is that this process has open.
	 *
	 * @param string $identity Which one.
	 * @return string|null Null if it has no name any more, or the system does not tell.
	 */
	private static function place_of( string $identity ): ?string {
		foreach ( function_exists( 'readlink' ) ? glob( '/proc/self/fd/*' ) ?: [] : [] as $link ) {
			if ( Input_File::identity( @stat( $link ) ) === $identity ) {
				$place = (string) @readlink( $link );
				return false === @lstat( $place ) ? null : $place;
			}
		}
		return null;
	}

	/**
	 * Tries whether a file can be made, and an earlier one be moved. Nothing stays.
	 *
	 * @param string $path The file.
	 * @throws \RuntimeException If not: what is wrong.
	 */
	private static function try_out( string $path ): void {
		$trial = "$path." . bin2hex( random_bytes( 4 ) );
		self::require_movable( $path );
		fclose( self::new_file( $trial ) );
		@unlink( $trial );
	}

	/**
	 * Makes a file: nobody else has it open, and no link leads away.
	 *
	 * @param string $path The file.
	 * @return resource
	 * @throws \RuntimeException If it cannot be made: what is wrong.
	 */
	private static function new_file( string $path ) {
		$umask = umask( 0077 );
		$file  = @fopen( $path, 'xb' );
		umask( $umask );
		if ( false === $file ) {
			throw new \RuntimeException( 'cannot be made (' . Last_Error::reason() . ')' );
		}
		return $file;
	}

	/**
	 * Moves an earlier file out of the way, if there is one.
	 *
	 * @param string $path The file.
	 * @throws \RuntimeException If it is no file, or cannot be moved: what is wrong.
	 */
	private static function move_aside( string $path ): void {
		if ( ! self::require_movable( $path ) ) {
			return;
		}
		$kept = self::reserved( $path );
		if ( ! @rename( $path, $kept ) ) {
			$reason = Last_Error::reason();
			@unlink( $kept );
			throw new \RuntimeException( "is there already, and cannot be kept as $kept ($reason)" );
		}
	}

	/**
	 * Refuses what is at a path if it cannot be moved.
	 *
	 * @param string $path The path.
	 * @return bool Whether there is a file.
	 * @throws \RuntimeException If it is no file, or another user's in a folder like /tmp: what is wrong.
	 */
	private static function require_movable( string $path ): bool {
		clearstatcache();
		$status = @lstat( $path );
		if ( false === $status ) {
			return false;
		}
		if ( 0100000 !== ( $status['mode'] & 0170000 ) ) {
			throw new \RuntimeException( 'is there already, and is not a file' );
		}
		$folder = @stat( dirname( $path ) );
		if ( false !== $folder && 0 !== ( $folder['mode'] & 01000 ) && function_exists( 'posix_geteuid' ) && ! in_array( posix_geteuid(), [ 0, $status['uid'], $folder['uid'] ], true ) ) {
			throw new \RuntimeException( 'is there already, and is another user\'s' );
		}
		return true;
	}

	/**
	 * The first name of an earlier file that is free; an empty file holds it against another run at the same time.
	 *
	 * @param string $path The file.
	 * @throws \RuntimeException If none can be made: what is wrong.
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
		throw new \RuntimeException( "is there already, and cannot be kept as $tried ($reason)" );
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
