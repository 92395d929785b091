<?php
/**
 * With WP-CLI's aliases, as the README has it, each site on the control host takes its line.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class AliasTest extends ControlHostTestCase {
	private const ALIASES = '@shop-one.example.com:';
	private const CONNECT = 'wp @all wccom-host connect';

	protected function setUp(): void {
		parent::setUp();
		$this->make_sites( self::ONE, self::TWO );
		$this->control_host->aliases( $this->documented( self::ALIASES ) );
	}

	public function test_every_site_takes_its_line(): void {
		$this->register( false, self::TWO, 'https://elsewhere.example.com', self::ONE );
		$run = $this->control_host->type( $this->documented( self::CONNECT ) );
		self::assertExit( 0, $run );
		$this->assertConnected( self::ONE, self::TWO );
		self::assertSame( 2, preg_match_all( '/^status\tconnected$/m', $run->stdout ), (string) $run );
		self::assertCount( 3, $this->sandbox->orders() );
	}

	public function test_a_second_run_leaves_the_sites_as_they_are(): void {
		$this->register( false, self::ONE, self::TWO );
		$this->control_host->type( $this->documented( self::CONNECT ) );
		$before = array_map( fn( Site $site ) => $site->auth(), $this->sites );
		$run    = $this->control_host->type( $this->documented( self::CONNECT ) );
		self::assertSame( 2, preg_match_all( '/^status\talready_connected$/m', $run->stdout ), (string) $run );
		self::assertSame( $before, array_map( fn( Site $site ) => $site->auth(), $this->sites ) );
	}

	public function test_a_site_with_an_unknown_outcome_is_told_so_and_the_next_one_is_connected(): void {
		$this->register( true, self::TWO, self::ONE );
		$run = $this->control_host->type( $this->documented( self::CONNECT ) );
		$this->assertConnected( self::TWO );
		self::assertStringContainsString( 'an order may exist', $run->stderr );
		self::assertExit( 5, $this->control_host->type( 'wp @shop-one.example.com wccom-host connect --registrations=/var/lib/wccom-host/registered.jsonl' ) );
	}

	public function test_one_site_takes_its_line_from_a_pipe_and_all_together_are_told_to_take_a_file(): void {
		$this->register( false, self::TWO, self::ONE );
		$run = $this->control_host->type( 'wp @shop-one.example.com wccom-host connect --registrations=<(cat /var/lib/wccom-host/registered.jsonl)' );
		self::assertExit( 0, $run );
		$this->assertConnected( self::ONE );

		$run = $this->control_host->type( 'wp @all wccom-host connect --registrations=<(cat /var/lib/wccom-host/registered.jsonl)' );
		self::assertSame( 1, preg_match_all( '/^status\talready_connected$/m', $run->stdout ), (string) $run );
		self::assertStringContainsString( 'has no line for ' . self::TWO, $run->stderr );
		self::assertStringContainsString( 'A pipe can be read once: for more than one site, give a file.', $run->stderr );
		$this->assertConnected( self::ONE );
	}

	public function test_a_site_with_the_control_hosts_journal_gives_its_secret_up_and_stays_connected(): void {
		$register = (string) preg_replace( '/ --journal=\S+/', '', $this->documented( self::REGISTER_MANY ) );
		$this->control_host->list_sites( self::ONE, self::TWO );
		self::assertExit( 0, $this->control_host->type( $register ) );
		$this->control_host->type( 'wp @shop-one.example.com wccom-host connect --registrations=/var/lib/wccom-host/registered.jsonl' );
		$auth = $this->sites[ self::ONE ]->auth();
		self::assertNotNull( $auth );

		self::assertExit( 0, $this->control_host->type( $register ) );
		self::assertSame( [ 'closed', 'from_journal' ], array_column( $this->control_host->output(), 'status' ) );
		$run = $this->control_host->type( $this->documented( self::CONNECT ) );
		self::assertSame( $auth, $this->sites[ self::ONE ]->auth() );
		self::assertNotNull( $this->sites[ self::TWO ]->auth(), (string) $run );
		self::assertExit( 0, $this->control_host->type( 'wp @shop-one.example.com wccom-host connect --registrations=/var/lib/wccom-host/registered.jsonl' ) );
		self::assertCount( 2, $this->sandbox->log( '/register' ) );

		$this->sites[ self::ONE ]->database()->exec( "DELETE FROM wp_options WHERE option_name = 'woocommerce_helper_data'" );
		self::assertExit( 7, $this->control_host->type( 'wp @shop-one.example.com wccom-host connect --registrations=/var/lib/wccom-host/registered.jsonl' ) );
	}
}
