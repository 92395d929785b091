<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A store with files of the test's own making, at links that look like signed ones. It ends with the test.
 */
final class Store {

	/** Must never be seen anywhere. */
	public const SIGNATURE = 'iJMJrkCsUqJNPvctF3HQVZ2ubMI';

	private Process $process;

	private string $address;

	public function __construct( private readonly string $folder ) {
		mkdir( $folder );
		$this->process = new Process( [ PHP_BINARY, '-S', '127.0.0.1:0', '-t', $folder ], getenv(), $folder );
		wait_for( fn() => str_contains( $this->process->complained(), 'started' ), 'the store' );
		preg_match( '#http://127\.0\.0\.1:\d+#', $this->process->complained(), $address );
		$this->address = $address[0];
	}

	/**
	 * A zip file with these files; the link to it.
	 *
	 * @param array<string, string> $files Contents by name.
	 */
	public function zip( string $name, array $files ): string {
		$zip = new \ZipArchive();
		$zip->open( "$this->folder/$name.zip", \ZipArchive::CREATE );
		foreach ( $files as $file => $content ) {
			$zip->addFromString( $file, $content );
			$zip->setCompressionName( $file, \ZipArchive::CM_STORE );
		}
		$zip->close();
		return $this->link( $name );
	}

	/** Changes the file that zip() made. */
	public function change( string $name, callable $change ): void {
		file_put_contents( "$this->folder/$name.zip", $change( (string) file_get_contents( "$this->folder/$name.zip" ) ) );
	}

	public function link( string $name ): string {
		return "$this->address/$name.zip?AWSAccessKeyId=AKIAJE6A7GBT4ZRLENMA&Expires=1541139531&Signature=" . self::SIGNATURE . '%3D';
	}

	/** How often a file was asked for. */
	public function requests( string $name ): int {
		return substr_count( $this->process->complained(), "GET /$name.zip?" );
	}

	public function stop(): void {
		$this->process->signal( SIGTERM );
		$this->process->finish( 10.0 );
	}
}
