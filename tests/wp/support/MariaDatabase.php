<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * One database of a server.
 */
final class MariaDatabase extends SiteDatabase {

	public function refuse_writes( string $condition ): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "CREATE TRIGGER refuse_$statement BEFORE $statement ON wp_options FOR EACH ROW IF $condition THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'attempt to write a readonly database'; END IF" );
		}
	}

	/** A trigger cannot delete from its own table: the option gets another name. */
	public function lose_writes( string $option ): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "CREATE TRIGGER lose_$statement BEFORE $statement ON wp_options FOR EACH ROW IF NEW.option_name = '$option' THEN SET NEW.option_name = CONCAT( 'lost_', UUID() ); END IF" );
		}
	}

	public function lock(): \PDO {
		$connection = $this->connect();
		$connection->exec( 'BEGIN' );
		$connection->query( 'SELECT * FROM wp_options FOR UPDATE' )->fetchAll();
		return $connection;
	}

	public function store( string $option, string $text ): void {
		$query = $this->connect()->prepare( "INSERT INTO wp_options ( option_name, option_value, autoload ) VALUES ( ?, ?, 'yes' ) ON DUPLICATE KEY UPDATE option_value = VALUES( option_value )" );
		$query->execute( [ $option, $text ] );
	}

	/** All rows. */
	public function content(): string {
		$connection = $this->connect();
		$text       = '';
		foreach ( $connection->query( 'SHOW TABLES' )->fetchAll( \PDO::FETCH_COLUMN ) as $table ) {
			$text .= print_r( $connection->query( "SELECT * FROM $table" )->fetchAll( \PDO::FETCH_NUM ), true );
		}
		return $text;
	}

	public function remove(): void {
		$this->connect()->exec( 'DROP DATABASE ' . preg_replace( '/.*dbname=/', '', $this->dsn ) );
	}
}
