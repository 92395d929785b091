<?php
/**
 * A wrapper in the place of PHP's own, for files or for php://: it does what is asked, and keeps what it reads.
 *
 * @package WccomHost
 */

declare(strict_types=1);

/**
 * The methods are those that PHP wants of a stream wrapper.
 */
final class Hostile_Stream {

	/** @var resource|null */
	public $context;

	/** @var resource|null */
	private $stream;

	/** @var resource|null */
	private $folder;

	private string $path = '';

	public static function replace( string $scheme ): void {
		stream_wrapper_unregister( $scheme );
		stream_wrapper_register( $scheme, self::class );
	}

	/** Does something with PHP's own wrappers. */
	public static function really( Closure $work ): mixed {
		@stream_wrapper_restore( 'file' );
		@stream_wrapper_restore( 'php' );
		try {
			return $work();
		} finally {
			self::replace( 'file' );
			self::replace( 'php' );
		}
	}

	public function stream_open( string $path, string $mode, int $options, ?string &$opened ): bool {
		$this->path   = $path;
		$this->stream = self::really( fn () => $options & STREAM_REPORT_ERRORS ? fopen( $path, $mode, (bool) ( $options & STREAM_USE_PATH ) ) : @fopen( $path, $mode, (bool) ( $options & STREAM_USE_PATH ) ) ) ?: null;
		Hostile_Neighbour::take( 'wrapper', $path );
		return null !== $this->stream;
	}

	public function stream_read( int $size ): string|false {
		$text = fread( $this->stream, $size );
		if ( ! str_ends_with( $this->path, '.php' ) && ! str_starts_with( $this->path, '/proc/' ) ) {
			Hostile_Neighbour::take( 'wrapper', (string) $text );
		}
		return $text;
	}

	public function stream_write( string $text ): int|false {
		Hostile_Neighbour::take( 'wrapper', $text );
		return fwrite( $this->stream, $text );
	}

	public function stream_eof(): bool {
		return feof( $this->stream );
	}

	public function stream_close(): void {
		fclose( $this->stream );
	}

	public function stream_flush(): bool {
		return fflush( $this->stream );
	}

	public function stream_seek( int $offset, int $whence ): bool {
		return 0 === fseek( $this->stream, $offset, $whence );
	}

	public function stream_tell(): int|false {
		return ftell( $this->stream );
	}

	public function stream_stat(): array|false {
		return fstat( $this->stream );
	}

	public function stream_lock( int $operation ): bool {
		return flock( $this->stream, $operation ?: LOCK_SH );
	}

	public function stream_truncate( int $size ): bool {
		return ftruncate( $this->stream, $size );
	}

	/** @return resource */
	public function stream_cast() {
		return $this->stream;
	}

	public function stream_set_option( int $option, int $first, ?int $second ): bool {
		return STREAM_OPTION_BLOCKING === $option && stream_set_blocking( $this->stream, (bool) $first );
	}

	public function stream_metadata( string $path, int $option, mixed $value ): bool {
		return self::really(
			static fn (): bool => match ( $option ) {
				STREAM_META_TOUCH  => touch( $path, ...$value ),
				STREAM_META_ACCESS => chmod( $path, $value ),
				default            => false,
			}
		);
	}

	public function url_stat( string $path, int $flags ): array|false {
		return self::really( static fn () => $flags & STREAM_URL_STAT_LINK ? @lstat( $path ) : @stat( $path ) );
	}

	public function unlink( string $path ): bool {
		return self::really( static fn () => unlink( $path ) );
	}

	public function rename( string $from, string $to ): bool {
		return self::really( static fn () => rename( $from, $to ) );
	}

	public function mkdir( string $path, int $mode, int $options ): bool {
		return self::really( static fn () => mkdir( $path, $mode, (bool) ( $options & STREAM_MKDIR_RECURSIVE ) ) );
	}

	public function rmdir( string $path ): bool {
		return self::really( static fn () => rmdir( $path ) );
	}

	public function dir_opendir( string $path ): bool {
		$this->folder = self::really( static fn () => @opendir( $path ) ) ?: null;
		return null !== $this->folder;
	}

	public function dir_readdir(): string|false {
		return readdir( $this->folder );
	}

	public function dir_rewinddir(): bool {
		rewinddir( $this->folder );
		return true;
	}

	public function dir_closedir(): bool {
		closedir( $this->folder );
		return true;
	}
}
