<?php
/**
 * The playbook that ships registers the list on the control host and connects several sites; a second run changes nothing.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class AnsibleTest extends ControlHostTestCase {
	private const PLAY = 'ansible-playbook --inventory';

	private const LOG = 'var/ansible.log';

	protected function setUp(): void {
		parent::setUp();
		$this->make_sites( self::ONE, self::TWO );
		$this->control_host->write( 'etc/inventory.yml', (string) file_get_contents( $this->control_host->path( 'examples/ansible-inventory.yml' ) ) );
		$this->control_host->list_sites( self::ONE, self::TWO );
	}

	public function test_the_first_run_connects_and_the_second_changes_nothing(): void {
		$first = $this->play();
		self::assertExit( 0, $first );
		$this->assertConnected( self::ONE, self::TWO );
		self::assertSame( 2, $this->changed( $first, 'Connect the site' ), (string) $first );
		self::assertSame( 1, $this->changed( $first, 'Register the list' ), (string) $first );

		$before = array_map( fn( Site $site ) => $site->auth(), $this->sites );
		$second = $this->play();
		self::assertExit( 0, $second );
		foreach ( [ 'shop-one.example.com', 'shop-two.example.com' ] as $host ) {
			self::assertMatchesRegularExpression( "/^$host +: ok=[1-9]\\d* +changed=0 +unreachable=0 +failed=0 /m", $second->stdout );
		}
		self::assertSame( $before, array_map( fn( Site $site ) => $site->auth(), $this->sites ) );
		self::assertCount( 2, $this->sandbox->orders() );
	}

	public function test_a_site_with_an_unknown_outcome_fails_with_its_reason_and_the_other_is_connected(): void {
		$this->register( true, self::ONE, self::TWO );
		$run = $this->play();
		self::assertExit( 2, $run );
		$this->assertConnected( self::ONE );
		self::assertMatchesRegularExpression( '/^shop-one.example.com +: ok=\d+ +changed=1 +unreachable=0 +failed=0 /m', $run->stdout );
		self::assertMatchesRegularExpression( '/^shop-two.example.com +: ok=\d+ +changed=0 +unreachable=0 +failed=1 /m', $run->stdout );
		self::assertStringContainsString( 'An order may exist', $this->failures( $run )['shop-two.example.com'] );
		self::assertCount( 2, $this->sandbox->log( '/register' ), 'Something was sent again.' );
	}

	public function test_a_site_that_is_not_in_the_list_fails_with_words(): void {
		$this->control_host->list_sites( self::ONE );
		$run = $this->play();
		self::assertExit( 2, $run );
		$this->assertConnected( self::ONE );
		self::assertStringContainsString( self::TWO, $this->failures( $run )['shop-two.example.com'] );
	}

	public function test_the_address_of_the_list_may_be_written_in_another_way(): void {
		$this->control_host->list_sites( 'https://Shop-One.example.com/', self::TWO );
		self::assertExit( 0, $this->play() );
		self::assertNotNull( $this->sites[ self::ONE ]->auth() );
		self::assertNotNull( $this->sites[ self::TWO ]->auth() );
	}

	public function test_a_site_that_is_registered_under_another_address_is_connected(): void {
		$this->control_host->write( 'etc/sites.csv', "url,wpcom_access_token,home_url\nhttps://temporary.example.net," . Site::WPCOM_ACCESS_TOKEN . ',' . self::ONE . "\n" . self::TWO . ',' . Site::WPCOM_ACCESS_TOKEN . ",\n" );
		self::assertExit( 0, $this->play() );
		$auth = $this->sites[ self::ONE ]->auth();
		self::assertSame( [ self::ONE, 'https://temporary.example.net' ], [ $auth['url'], $this->sandbox->sites()[ $auth['site_id'] ] ] );
		$again = $this->play();
		self::assertExit( 0, $again );
		self::assertSame( 0, $this->changed( $again, 'Connect the site' ), (string) $again );
	}

	public function test_a_site_that_cannot_save_fails_with_what_connect_said(): void {
		$this->sites[ self::TWO ]->refuse_writes( "NEW.option_name = 'woocommerce_helper_data'" );
		$run = $this->play();
		self::assertExit( 2, $run );
		$this->assertConnected( self::ONE );
		self::assertStringContainsString( 'the database refused the write', $this->failures( $run )['shop-two.example.com'] );
		$this->sites[ self::TWO ]->allow_writes();
		self::assertExit( 0, $this->play() );
		$this->assertConnected( self::ONE, self::TWO );
		self::assertCount( 2, $this->sandbox->orders() );
	}

	public function test_a_list_that_is_wrong_sends_nothing_and_is_shown_once(): void {
		$this->control_host->list_sites( self::ONE, 'shop-two' );
		$run = $this->play();
		self::assertExit( 2, $run );
		$this->assertConnected();
		self::assertSame( [], $this->sandbox->log() );
		self::assertStringContainsString( 'Line 3: url', implode( $this->failures( $run ) ) );
	}

	public function test_no_secret_is_shown_or_logged_or_left(): void {
		$run = $this->play( '-vvv' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'censored', $run->stdout );
		$log = (string) file_get_contents( $this->control_host->path( self::LOG ) );
		self::assertStringContainsString( 'censored', $log );
		$this->assertNoSecret( $log, 'Logged' );
	}

	public function test_check_mode_does_nothing(): void {
		$run = $this->play( '--check' );
		self::assertExit( 0, $run );
		self::assertSame( [], $this->sandbox->log() );
		self::assertSame( [], array_diff( (array) scandir( $this->control_host->path( 'var' ) ), [ '.', '..', 'ansible.log' ] ) );
		self::assertNull( $this->sites[ self::ONE ]->auth() );
		self::assertNull( $this->sites[ self::TWO ]->auth() );
	}

	private function play( string $options = '' ): Run {
		$tools = (string) getenv( 'WCCOM_HOST_PYTHON_TOOLS' );
		return $this->control_host->type(
			rtrim( $this->documented( self::PLAY ) ) . " $options",
			[
				'PATH'                       => $this->control_host->path( 'bin' ) . ":$tools:" . getenv( 'PATH' ),
				'ANSIBLE_LOG_PATH'           => $this->control_host->path( self::LOG ),
				'ANSIBLE_PYTHON_INTERPRETER' => "$tools/python",
				'ANSIBLE_REMOTE_TMP'         => $this->control_host->path( 'home/.ansible/tmp' ),
				'ANSIBLE_NOCOLOR'            => '1',
			]
		);
	}

	/** On how many hosts a task changed something. */
	private function changed( Run $run, string $task ): int {
		return preg_match_all( '/^changed: /m', $this->results( $run )[ $task ] );
	}

	/**
	 * What was said of the hosts that failed.
	 *
	 * @return array<string, string>
	 */
	private function failures( Run $run ): array {
		preg_match_all( '/^(?:fatal|failed): \[([^] ]+)[^]]*\]: FAILED! => (.*)$/m', $run->stdout, $found );
		return array_combine( $found[1], $found[2] );
	}

	/**
	 * What was shown of each task.
	 *
	 * @return array<string, string>
	 */
	private function results( Run $run ): array {
		preg_match_all( '/^TASK \[(.*)\] \*+$\n((?:(?!TASK|PLAY).*\n)*)/m', $run->stdout, $found );
		return array_combine( $found[1], $found[2] );
	}
}
