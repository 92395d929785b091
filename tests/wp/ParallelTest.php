<?php
/**
 * With GNU parallel, as the README has it, each line of the output goes to its site.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ParallelTest extends ControlHostTestCase {
	private const CONNECT = 'parallel --pipe';

	protected function setUp(): void {
		parent::setUp();
		$this->make_sites( self::ONE, self::TWO );
		$this->control_host->aliases( $this->documented( '@shop-one.example.com:' ) );
	}

	public function test_every_line_goes_to_its_site(): void {
		$this->register( false, self::ONE, self::TWO );
		self::assertExit( 0, $this->control_host->type( $this->documented( self::CONNECT ) ) );
		$this->assertConnected( self::ONE, self::TWO );
		self::assertExit( 0, $this->control_host->type( $this->documented( self::CONNECT ) ) );
		self::assertCount( 2, $this->sandbox->orders() );
	}

	public function test_a_site_behind_ssh_gets_its_line_through_the_connection(): void {
		// As sshd does: the last argument is a command line for a shell.
		$this->control_host->program( 'ssh', 'while [ $# -gt 1 ]; do shift; done; exec sh -c "$1"' );
		$this->control_host->aliases( "@shop-one.example.com:\n  ssh: shop-one.example.com/srv/www/shop-one.example.com\n@shop-two.example.com:\n  path: /srv/www/shop-two.example.com\n" );
		$this->register( false, self::ONE, self::TWO );
		self::assertExit( 0, $this->control_host->type( $this->documented( self::CONNECT ) ) );
		$this->assertConnected( self::ONE, self::TWO );
	}

	public function test_a_line_that_fails_is_counted_and_named_and_the_others_are_connected(): void {
		$this->register( true, self::ONE, 'https://elsewhere.example.com', self::TWO );
		$run = $this->control_host->type( $this->documented( self::CONNECT ) );
		self::assertExit( 2, $run );
		$this->assertConnected( self::ONE );
		self::assertStringContainsString( 'an order may exist', $run->stderr );
		self::assertStringContainsString( '@shop-two.example.com is not connected: exit code 5.', $run->stderr );
		self::assertStringContainsString( '@elsewhere.example.com is not connected: exit code 1.', $run->stderr );
		self::assertEquals( [ self::ONE => 0, 'https://elsewhere.example.com' => 1, self::TWO => 5 ], $this->logged_exit_codes() );
	}

	/** @dataProvider lines_without_a_site */
	#[DataProvider( 'lines_without_a_site' )]
	public function test_a_line_that_names_no_site_runs_nothing( string $line ): void {
		$this->control_host->write( 'line', $line );
		$run = $this->control_host->type( 'sh /usr/local/share/wccom-host/examples/connect-line.sh < line' );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'nothing was done', $run->stderr );
		self::assertFileDoesNotExist( $this->control_host->path( 'ran' ) );
	}

	/** @return array<string, array{string}> */
	public static function lines_without_a_site(): array {
		return array_map(
			fn( mixed $url ) => [ json_encode( [ 'url' => $url ] ) . "\n" ],
			[
				'no address'       => null,
				'a command'        => 'https://$(touch ran)',
				'an option'        => '--exec=touch ran',
				'more than a line' => "https://shop-one.example.com\n; touch ran",
			]
		) + [ 'no JSON' => [ 'touch ran' ] ];
	}

	/** @return array<string, string> Address of the line with the job's number => exit code. */
	private function logged_exit_codes(): array {
		$codes = [];
		foreach ( array_slice( file( $this->control_host->path( 'var/connect.log' ) ), 1 ) as $row ) {
			$columns = explode( "\t", $row );
			$codes[ $this->control_host->output()[ $columns[0] - 1 ]['url'] ] = $columns[6];
		}
		return $codes;
	}
}
