<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A site's database, past WordPress.
 */
abstract class SiteDatabase {

	/** @param string $dsn PDO's name of it. */
	final public function __construct( protected readonly string $dsn ) {}

	/** The database of a site that site.sh has made. */
	public static function of( string $site ): self {
		$dsn = (string) file_get_contents( "$site/database.dsn" );
		return str_starts_with( $dsn, 'sqlite:' ) ? new SqliteDatabase( $dsn ) : new MariaDatabase( $dsn );
	}

	/** A connection with all rights. */
	public function connect(): \PDO {
		return new \PDO( $this->dsn, 'root', '', [ \PDO::ATTR_TIMEOUT => 10 ] );
	}

	/** Has the database refuse to write some options, for example `NEW.option_name = 'x'`. */
	abstract public function refuse_writes( string $condition ): void;

	public function allow_writes(): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "DROP TRIGGER refuse_$statement" );
		}
	}

	/** Has the database accept an option and lose it at once, as one does that fails over to an older copy. */
	abstract public function lose_writes( string $option ): void;

	public function keep_writes(): void {
		foreach ( [ 'INSERT', 'UPDATE' ] as $statement ) {
			$this->connect()->exec( "DROP TRIGGER lose_$statement" );
		}
	}

	/** A connection that lets nobody else write options until it ends, or rolls back. */
	abstract public function lock(): \PDO;

	/** Writes an option, over the one that is there. */
	abstract public function store( string $option, string $text ): void;

	/** Everything that is in it. */
	abstract public function content(): string;

	/** The site is gone. */
	abstract public function remove(): void;
}
