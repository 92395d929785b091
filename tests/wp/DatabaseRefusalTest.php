<?php
/**
 * MariaDB takes no writes any more, or not these: read-only, full, too small a packet, a table that is gone, another character set.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class DatabaseRefusalTest extends DatabaseTestCase {

	private function database( string $statement ): void {
		$this->site->database()->exec( $statement );
	}

	private function assertRefused( Run $run, string ...$words ): void {
		self::assertExit( 1, $run );
		foreach ( [ 'Nothing was sent', ...$words ] as $word ) {
			self::assertStringContainsString( $word, $run->stderr );
		}
		$this->assertNothingSent();
		$this->assertNoJournal();
	}

	public function test_a_server_that_becomes_read_only(): void {
		$run = $this->register_while( fn() => $this->server->tell( 'SET GLOBAL read_only = 1' ) );
		$this->assertLeftInJournal( $run, 'read-only' );
		$this->assertLeftInJournal( $this->site->command( 'recover' ), 'read-only' );
		$this->server->tell( 'SET GLOBAL read_only = 0' );
		$this->assertRecovers();
	}

	public function test_a_server_that_is_read_only_from_the_start(): void {
		$this->server->tell( 'SET GLOBAL read_only = 1' );
		$this->assertRefused( $this->site->command( 'register' ), 'read-only' );
		self::assertStringContainsString( 'read-only', $this->site->command( 'doctor --format=json' )->stdout );
	}

	/** A user who has lost the right to write. */
	public function test_a_user_without_the_right_to_write(): void {
		$name = $this->site->database()->query( 'SELECT DATABASE()' )->fetchColumn();
		$run  = $this->register_while(
			function () use ( $name ): void {
				$this->database( "REVOKE INSERT, UPDATE ON $name.* FROM site@localhost" );
				// A connection keeps the rights that it began with.
				$this->server->end_connections();
			}
		);
		$this->assertLeftInJournal( $run, 'denied' );
		$this->database( "GRANT ALL ON $name.* TO site@localhost" );
		$this->assertRecovers();
	}

	/** Rows of two bytes' distance: the data of such a table cannot grow beyond 64 KiB. */
	private function fill_table(): void {
		$this->database( 'ALTER TABLE wp_options ENGINE = MyISAM, MAX_ROWS = 1, AVG_ROW_LENGTH = 1' );
		for ( $size = 4096, $row = 0; $size > 0; ) {
			try {
				$this->database( "INSERT INTO wp_options ( option_name, option_value, autoload ) VALUES ( 'filler_" . ++$row . "', REPEAT( 'x', $size ), 'no' )" );
			} catch ( \PDOException $exception ) {
				self::assertStringContainsString( 'is full', $exception->getMessage() );
				$size = intdiv( $size, 2 );
			}
		}
	}

	public function test_a_disk_that_is_full(): void {
		$run = $this->register_while( fn() => $this->fill_table() );
		$this->assertLeftInJournal( $run, 'is full' );
		// A larger one.
		$this->database( 'ALTER TABLE wp_options ENGINE = InnoDB' );
		$this->assertRecovers();
	}

	public function test_a_disk_that_is_full_from_the_start(): void {
		$this->fill_table();
		$this->assertRefused( $this->site->command( 'register' ), 'is full' );
	}

	public function test_a_table_that_is_gone(): void {
		$run = $this->register_while( fn() => $this->database( 'RENAME TABLE wp_options TO gone' ) );
		self::assertStringNotContainsString( 'Problem was thrown', $run->stderr );
		$this->assertLeftInJournal( $run, 'database' );
		self::assertExit( 1, $this->site->command( 'recover' ), 'Without its options there is no site.' );
		$this->database( 'RENAME TABLE gone TO wp_options' );
		$this->assertRecovers();
	}

	/** What else is in the option makes it longer than one statement may be. */
	public function test_a_packet_that_is_too_small_is_noticed_before(): void {
		$this->site->store( Site::OPTION, [ 'other' => str_repeat( 'x', 300_000 ) ] );
		$this->server->tell( 'SET GLOBAL max_allowed_packet = 262144' );
		$this->assertRefused( $this->site->command( 'register' ), 'max_allowed_packet' );
	}

	public function test_a_packet_that_becomes_too_small(): void {
		$this->site->store( Site::OPTION, [ 'other' => str_repeat( 'x', 300_000 ) ] );
		$run = $this->register_while(
			function (): void {
				$this->server->tell( 'SET GLOBAL max_allowed_packet = 262144' );
				// A connection keeps the size that it began with.
				$this->server->end_connections();
			}
		);
		$this->assertLeftInJournal( $run, 'max_allowed_packet' );
		self::assertSame( 300_000, strlen( $this->site->stored( Site::OPTION )['other'] ) );
		$this->server->tell( 'SET GLOBAL max_allowed_packet = 16777216' );
		$this->assertRecovers();
		self::assertSame( 300_000, strlen( $this->site->stored( Site::OPTION )['other'] ) );
	}

	/** An address beyond the three bytes of the old utf8: the note of the preflight has it, too. */
	public function test_an_address_that_the_character_set_cannot_hold(): void {
		$this->database( 'ALTER TABLE wp_options CONVERT TO CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci' );
		$config = $this->site->path( '/wp-config.php' );
		file_put_contents( $config, str_replace( '$table_prefix =', "define( 'WP_HOME', 'http://🛒.example.com' );\n\$table_prefix =", (string) file_get_contents( $config ) ) );
		$this->assertRefused( $this->site->command( 'register' ) );
	}

	/** The name of the account is an ornament: the connection is kept without it. */
	public function test_a_name_that_the_character_set_cannot_hold(): void {
		$this->database( 'ALTER TABLE wp_options CONVERT TO CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci' );
		$this->sandbox->fault( 'me', [ 'kind' => 'patch', 'set' => [ 'name' => 'Ada 🛒' ] ] );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	/** @dataProvider tables */
	#[DataProvider( 'tables' )]
	public function test_a_table_in_another_character_set( string $conversion ): void {
		$this->database( "ALTER TABLE wp_options CONVERT TO $conversion" );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
	}

	/** @return array<string, array{string}> */
	public static function tables(): array {
		return [
			'latin1'           => [ 'CHARACTER SET latin1' ],
			'a binary one'     => [ 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' ],
			'another language' => [ 'CHARACTER SET utf8mb4 COLLATE utf8mb4_turkish_ci' ],
		];
	}

	/** No answer is not the same as an option that is not there. */
	public function test_code_that_swallows_the_question(): void {
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->site->add_mu_plugin( 'swallows-questions' );
		$run = $this->site->command( 'register' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'cannot be read', $run->stderr );
		$this->assertOrders( 1 );
	}

	public function test_a_server_that_is_as_strict_as_it_can_be(): void {
		$this->site->add_mu_plugin( 'strict-database' );
		self::assertExit( 0, $this->site->command( 'register --email=o\\neill@example.com' ) );
		$this->assertConnected();
		self::assertExit( 0, $this->site->command( 'update-url --yes' ) );
		self::assertExit( 0, $this->site->command( 'status --verify' ) );
	}
}
