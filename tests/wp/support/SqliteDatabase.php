<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A file below the site.
 */
final class SqliteDatabase extends SiteDatabase {

	public function refuse_writes( string $condition ): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "CREATE TRIGGER refuse_$statement BEFORE $statement ON wp_options WHEN $condition BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END" );
		}
	}

	public function lose_writes( string $option ): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "CREATE TRIGGER lose_$statement AFTER $statement ON wp_options WHEN NEW.option_name = '$option' BEGIN DELETE FROM wp_options WHERE option_name = '$option'; END" );
		}
	}

	public function lock(): \PDO {
		$connection = $this->connect();
		$connection->exec( 'BEGIN EXCLUSIVE' );
		return $connection;
	}

	public function store( string $option, string $text ): void {
		$query = $this->connect()->prepare( "INSERT INTO wp_options ( option_name, option_value, autoload ) VALUES ( ?, ?, 'yes' ) ON CONFLICT ( option_name ) DO UPDATE SET option_value = excluded.option_value" );
		$query->execute( [ $option, $text ] );
	}

	/** As it lies on the disk. */
	public function content(): string {
		return implode( array_map( 'file_get_contents', glob( substr( $this->dsn, strlen( 'sqlite:' ) ) . '*' ) ) );
	}

	public function remove(): void {
		// It goes with the site's folder.
	}
}
