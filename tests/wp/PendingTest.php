<?php
/**
 * Another user, another home folder or a new address of the site has another journal: no second order all the same.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class PendingTest extends SiteTestCase {
	private const MARKER = 'wccom_host_pending';

	/** @return array<string, string> The environment of somebody else. */
	private function somebody_else(): array {
		return [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-somebody-else' ];
	}

	private function leave_received(): void {
		$this->site->refuse_writes( "NEW.option_name = 'woocommerce_helper_data'" );
		self::assertExit( 6, $this->site->command( 'register' ) );
		$this->site->allow_writes();
	}

	private function leave_unknown(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register' ) );
	}

	/** @dataProvider finishing */
	#[DataProvider( 'finishing' )]
	public function test_somebody_else_finishes_what_was_received( string $command ): void {
		$this->leave_received();
		self::assertExit( 0, $this->site->command( $command, env: $this->somebody_else() ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	/** @return array<string, array{string}> */
	public static function finishing(): array {
		return [
			'register' => [ 'register' ],
			'recover'  => [ 'recover' ],
		];
	}

	public function test_somebody_else_sends_nothing_while_the_outcome_is_unknown(): void {
		$this->leave_unknown();
		foreach ( [ 'register', 'register --force', 'recover' ] as $command ) {
			$run = $this->site->command( $command, env: $this->somebody_else() );
			self::assertExit( 5, $run );
			self::assertStringContainsString( "{$this->site->journal_folder()} of user ", $run->stderr );
			self::assertStringContainsString( ' on host ' . gethostname(), $run->stderr );
		}
		$status = $this->site->command( 'status --format=json', env: $this->somebody_else() );
		self::assertExit( 1, $status );
		self::assertSame( 'sent', $status->json()['journal'] );
		self::assertStringContainsString( $this->site->journal_folder(), $status->stderr );
		$this->assertOrders( 1 );

		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $this->somebody_else() ) );
		$this->assertNoJournal();
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	public function test_a_journal_that_cannot_be_read_stops_everybody_until_a_person_decides(): void {
		$this->leave_unknown();
		rename( $this->site->journal_folder(), $this->folder() . '/on-another-machine' );
		foreach ( [ 'register', 'recover', 'connect' ] as $command ) {
			$run = $this->site->command( $command, $this->connection(), env: $this->somebody_else() );
			self::assertExit( 5, $run );
			self::assertStringContainsString( $this->site->journal_folder(), $run->stderr );
			self::assertStringContainsString( 'Finish it as that user', $run->stderr );
			self::assertStringNotContainsString( 'sudo', $run->stderr );
		}
		self::assertSame( 'elsewhere', $this->site->command( 'status --format=json', env: $this->somebody_else() )->json()['journal'] );
		self::assertDirectoryDoesNotExist( $this->site->journal_folder() );
		self::assertExit( 1, $this->site->command( 'recover --forget', "n\n", env: $this->somebody_else() ) );
		$this->assertOrders( 1 );

		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $this->somebody_else() ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
		self::assertExit( 7, $this->site->command( 'register', env: $this->somebody_else() ), 'It is sent again, since a person said so.' );
		$this->assertOrders( 2 );
	}

	public function test_root_leaves_the_journal_of_the_user_who_began_alone(): void {
		if ( 0 !== posix_geteuid() ) {
			self::markTestSkipped( 'Only root can make a folder of another user.' );
		}
		$this->leave_received();
		$before = $this->site->journal();
		chown( $this->site->journal_folder(), 'nobody' );
		foreach ( [ 'register', 'recover' ] as $command ) {
			$run = $this->site->command( $command, env: $this->somebody_else() );
			self::assertExit( 5, $run );
			self::assertStringContainsString( "is another user's: root leaves it alone.", $run->stderr );
			self::assertStringContainsString( 'Finish it as that user', $run->stderr );
			self::assertStringNotContainsString( 'gone for good', $run->stderr );
		}
		self::assertSame( 'elsewhere', $this->site->command( 'status --format=json', env: $this->somebody_else() )->json()['journal'] );
		self::assertSame( $before, $this->site->journal() );
		$this->assertOrders( 1 );
	}

	/** The site was moved from one host of a pool to another, or its container got another name. */
	public function test_a_journal_of_another_host_is_not_called_unreadable(): void {
		$this->site->store(
			self::MARKER,
			[
				'started'  => time() - 60,
				'url'      => 'http://shop.example.com',
				'home_url' => 'http://shop.example.com',
				'folder'   => $this->site->journal_folder(),
				'journal'  => str_repeat( '0a', 16 ),
				'user'     => 'root',
				'host'     => 'web-2.example.net',
			]
		);
		$run = $this->site->command( 'register' );
		self::assertExit( 5, $run );
		self::assertStringNotContainsString( 'cannot be read', $run->stderr );
		self::assertStringContainsString( "on host web-2.example.net. Its journal is not at {$this->site->journal_folder()} any more", $run->stderr );
		$this->assertNothingSent();

		$elsewhere = $this->site->command( 'register', env: $this->somebody_else() );
		self::assertExit( 5, $elsewhere );
		self::assertStringNotContainsString( 'cannot be read', $elsewhere->stderr );
	}

	private function connection(): string {
		return '{"access_token":"token-0123456789","access_token_secret":"secret-0123456789","site_id":5,"url":"http://shop.example.com"}';
	}

	public function test_a_site_that_has_moved_to_https_finishes_what_was_received(): void {
		$this->leave_received();
		$this->site->store( 'home', 'https://shop.example.com' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
		self::assertSame( 'https://shop.example.com', $this->site->auth()['url'] );
		$this->assertOrders( 1 );
	}

	public function test_a_site_that_has_moved_to_https_sends_nothing_while_the_outcome_is_unknown(): void {
		$this->leave_unknown();
		$this->site->store( 'home', 'https://shop.example.com' );
		self::assertExit( 5, $this->site->command( 'register' ) );
		$this->assertOrders( 1 );
	}

	public function test_somebody_else_waits_for_a_request_that_is_under_way(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1500, 'when' => 'before' ] );
		$first = $this->site->start( 'register' );
		wait_for( fn() => null !== $this->site->stored( self::MARKER ), 'the note' );
		self::assertExit( 0, $this->site->command( 'register', env: $this->somebody_else() ) );
		self::assertExit( 0, $this->site->finish( $first ) );
		$this->assertOrders( 1 );
		$this->assertConnected();
	}

	public function test_a_note_without_a_record_hinders_nobody(): void {
		mkdir( $this->site->journal_folder(), 0700, true );
		file_put_contents( $this->site->journal_folder() . '/id', str_repeat( '0a', 16 ) );
		$marker = [
			'started'  => time() - 60,
			'url'      => 'http://shop.example.com',
			'home_url' => 'http://shop.example.com',
			'folder'   => $this->site->journal_folder(),
			'journal'  => str_repeat( '0a', 16 ),
			'user'     => 'root',
			'host'     => 'a-container-before-this-one',
		];
		$this->site->store( self::MARKER, $marker );
		self::assertExit( 0, $this->site->command( 'recover' ) );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	/** @dataProvider ends */
	#[DataProvider( 'ends' )]
	public function test_nothing_is_left_when_nothing_is_open( int $code, string $key ): void {
		self::assertExit( $code, $this->site->command( 'register', env: [ 'WCCOM_HOST_KEY' => $key ] ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	/** @return array<string, array{int, string}> */
	public static function ends(): array {
		return [
			'done'    => [ 0, Sandbox::KEY ],
			'refused' => [ 3, 'wrong' ],
		];
	}

	public function test_nothing_is_left_where_a_batch_has_given_the_secret_up(): void {
		$list = $this->folder() . '/sites.csv';
		file_put_contents( $list, "url,wpcom_access_token\nhttp://shop.example.com," . Site::WPCOM_ACCESS_TOKEN . "\n" );
		self::assertExit( 0, $this->site->command( "register-many $list --output={$this->folder()}/registered.jsonl" ) );
		self::assertExit( 0, $this->site->command( 'journal prune --yes' ) );
		$run = $this->site->command( 'register' );
		self::assertExit( 7, $run );
		self::assertStringContainsString( 'Nothing was sent', $run->stderr );
		self::assertNull( $this->site->stored( self::MARKER ), (string) $run );
		$this->assertOrders( 1 );
	}

	public function test_two_users_at_once_make_one_order(): void {
		for ( $round = 0; $round < 3; ++$round ) {
			$url = "http://shop-$round.example.com";
			$this->restart( $url );
			$runs  = [ $this->site->start( 'register' ), $this->site->start( 'register', $this->somebody_else() ) ];
			$codes = array_map( fn( Process $process ) => $this->site->finish( $process )->exit_code, $runs );
			sort( $codes );
			self::assertContains( $codes, [ [ 0, 0 ], [ 0, 4 ] ] );
			$this->assertConnected();
			$this->assertOrders( 1 );
		}
	}

	/** Its marker is none of another's any more, and the connection that it looked for was not there yet. */
	public function test_a_run_that_another_user_has_overtaken_sends_nothing(): void {
		$this->site->add_mu_plugin( 'waits-at' );
		$go   = $this->folder() . '/go';
		$late = $this->site->start( 'register', [ 'WAIT_AT' => 'query', 'WAIT_ON' => "VALUES ( 'wccom_host_pending'", 'WAIT_FOR' => $go ] );
		while ( ! file_exists( "$go.reached" ) ) {
			usleep( 10000 );
			clearstatcache();
		}
		self::assertExit( 0, $this->site->command( 'register', env: $this->somebody_else() ) );
		touch( $go );
		$run = $this->site->finish( $late );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Another run has changed the connection of this site at the same moment. Nothing was sent.', $run->stderr );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
		$this->assertOrders( 1 );
		$this->assertConnected();
		self::assertNull( $this->site->stored( self::MARKER ) );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
	}

	public function test_a_request_that_is_refused_leaves_the_note_of_an_answer_without_a_secret(): void {
		$this->sandbox->register_elsewhere( 'http://shop.example.com' );
		self::assertExit( 7, $this->site->command( 'register' ) );
		self::assertExit( 1, $this->site->command( 'register --metadata={"a":{"b":1}}' ) );
		$sent = count( $this->sandbox->log( '/register' ) );
		self::assertExit( 7, $this->site->command( 'register', env: $this->somebody_else() ) );
		self::assertCount( $sent, $this->sandbox->log( '/register' ) );
		self::assertSame( $this->site->journal_folder(), $this->site->stored( self::MARKER )['folder'] );
	}

	public function test_a_user_of_a_directory_service_keeps_others_from_sending(): void {
		$passwd = $this->folder() . '/passwd';
		file_put_contents( $passwd, "CORP\\ada:x:0:0:root:/root:/bin/sh\n" );
		$under = [ 'unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', $passwd ];
		exec( implode( ' ', array_map( 'escapeshellarg', [ ...$under, 'true' ] ) ) . ' 2>/dev/null', $output, $code );
		if ( 0 !== $code ) {
			self::markTestSkipped( 'This user cannot mount anything here.' );
		}
		$this->site->under = $under;
		$this->leave_unknown();
		$this->site->under = [];
		self::assertSame( 'CORP_ada', $this->site->stored( self::MARKER )['user'] );
		self::assertExit( 5, $this->site->command( 'register', env: $this->somebody_else() ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
	}

	public function test_a_note_that_nobody_understands_stops_everybody_until_a_person_decides(): void {
		$this->site->store( self::MARKER, [ 'started' => time(), 'user' => 'CORP\\ada' ] );
		foreach ( [ 'register', 'register --force', 'recover' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 5, $run );
			self::assertStringContainsString( 'has been damaged', $run->stderr );
		}
		$this->assertNothingSent();
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );
		self::assertExit( 0, $this->site->command( 'register' ) );
		$this->assertConnected();
	}

	public function test_one_folder_by_two_names_is_one_journal(): void {
		mkdir( $this->folder() . '/real' );
		symlink( $this->folder() . '/real', $this->folder() . '/link' );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register', env: [ 'XDG_STATE_HOME' => $this->folder() . '/link' ] ) );
		$by_the_other = [ 'XDG_STATE_HOME' => $this->folder() . '/real' ];
		self::assertExit( 5, $this->site->command( 'recover', env: $by_the_other, ini: [ 'wccom_host.timeout' => '2' ] ) );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $by_the_other, ini: [ 'wccom_host.timeout' => '2' ] ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	/** A home folder that was lost, a volume that is not mounted, another host of the same name. */
	public function test_an_empty_folder_at_the_place_of_the_journal_is_not_that_journal(): void {
		$this->leave_unknown();
		rename( $this->site->journal_folder(), $this->folder() . '/lost' );
		mkdir( $this->site->journal_folder(), 0700 );
		foreach ( [ 'register', 'register --force', 'recover' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 5, $run );
			self::assertStringContainsString( 'Its journal is not at ' . $this->site->journal_folder() . ' any more', $run->stderr );
		}
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	public function test_an_id_that_a_power_loss_has_emptied_is_made_anew(): void {
		mkdir( $this->site->journal_folder(), 0700, true );
		touch( $this->site->journal_folder() . '/id' );
		self::assertExit( 0, $this->site->command( 'register' ) );
		self::assertMatchesRegularExpression( '/^[0-9a-f]{32}$/D', (string) file_get_contents( $this->site->journal_folder() . '/id' ) );
		self::assertSame( [ '.', '..', 'id' ], array_values( preg_grep( '/lock/', scandir( $this->site->journal_folder() ), PREG_GREP_INVERT ) ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	public function test_a_journal_that_was_moved_is_the_same_journal(): void {
		$this->leave_received();
		$moved = $this->folder() . '/moved';
		rename( $this->site->journal_folder(), $moved );
		self::assertExit( 0, $this->site->command( 'recover', ini: [ 'wccom_host.journal' => $moved ] ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
		self::assertExit( 0, $this->site->command( 'register', ini: [ 'wccom_host.journal' => $moved ] ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	public function test_an_own_record_does_not_replace_the_note_of_another_one(): void {
		$this->prints_registration = true;
		$states                    = $this->folder() . '/states';
		mkdir( $states );
		$user    = fn( string $name ) => [ 'XDG_STATE_HOME' => "$states/$name" ];
		$printed = $this->site->command( 'register --no-save', env: $user( 'first' ) );
		self::assertExit( 0, $printed );
		rename( "$states/first", "$states/away" );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $user( 'second' ) ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register', env: $user( 'second' ) ) );
		rename( "$states/away", "$states/first" );
		self::assertExit( 5, $this->site->command( 'connect', $printed->stdout, env: $user( 'first' ) ) );
		self::assertSame( "$states/second/wccom-host", $this->site->stored( self::MARKER )['folder'] );
	}

	public function test_on_a_network_the_advice_for_a_site_that_has_moved_is_for_that_site(): void {
		$this->restart( 'http://shop.example.com', 'network' );
		$second = 'http://shop.example.com/second';
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( "register --url=$second" ) );
		$this->site->database()->exec( "UPDATE wp_2_options SET option_value = 'http://www.example.com/second' WHERE option_name = 'home'" );
		$run = $this->site->command( "recover --url=$second" );
		self::assertExit( 1, $run );
		$url = "--url='shop.example.com/second/'";
		self::assertStringContainsString( "wp option update home 'http://shop.example.com/second' $url, then wp wccom-host recover $url, then", $run->stderr );
	}

	public function test_who_forgets_an_own_record_leaves_the_note_of_another_one(): void {
		$states = $this->folder() . '/states';
		mkdir( $states );
		$user = fn( string $name ) => [ 'XDG_STATE_HOME' => "$states/$name" ];
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500 ] );
		self::assertExit( 5, $this->site->command( 'register', env: $user( 'first' ) ) );
		// Out of reach, so that a person has to decide.
		rename( "$states/first", "$states/away" );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $user( 'second' ) ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 500, 'process' => true ] );
		self::assertExit( 5, $this->site->command( 'register', env: $user( 'second' ) ) );
		rename( "$states/away", "$states/first" );
		rename( "$states/second", "$states/away" );
		self::assertExit( 0, $this->site->command( 'recover --forget --yes', env: $user( 'first' ) ) );
		self::assertExit( 5, $this->site->command( 'register', env: $user( 'first' ) ) );
		self::assertCount( 2, $this->sandbox->log( '/register' ) );
		$this->assertOrders( 1 );
	}

	public function test_a_connect_that_was_overtaken_leaves_the_note_of_what_is_not_saved_yet(): void {
		$this->prints_registration = true;
		$printed                   = $this->site->command( 'register --no-save' );
		self::assertExit( 0, $printed );
		$this->site->add_mu_plugin( 'waits-at' );
		$go   = $this->folder() . '/go';
		$late = $this->site->start( 'connect --skip-verify', [ 'WAIT_AT' => 'query', 'WAIT_ON' => "WHERE option_name = 'wccom_host_pending' AND option_value", 'WAIT_FOR' => $go ] + $this->somebody_else() );
		$late->write( $printed->stdout );
		$late->close();
		wait_for( fn() => file_exists( "$go.reached" ) || ! $late->is_running(), 'the marker' );
		$this->site->store( Site::OPTION, [ 'auth' => [ 'access_token' => '' ] ] );
		touch( $go );
		self::assertExit( 4, $this->site->finish( $late ) );
		self::assertExit( 0, $this->site->command( 'register --force', env: [ 'XDG_STATE_HOME' => $this->folder() . '/state-of-a-third' ] ) );
		self::assertCount( 1, $this->sandbox->log( '/register' ) );
		$this->assertConnected();
	}

	/** As a job runner does it: a timer, and a helper forked in its handler. */
	public function test_a_child_that_is_forked_before_the_request_leaves_the_note_of_its_parent(): void {
		$ended = $this->folder() . '/ended';
		$code  = <<<'PHP'
			<?php
			add_filter( 'query', function ( $query ) {
				if ( preg_match( '/(INSERT|UPDATE).*wccom_host_pending/', $query ) ) {
					pcntl_async_signals( true );
					pcntl_signal( SIGALRM, function () {
						$child = pcntl_fork();
						if ( 0 === $child ) {
							register_shutdown_function( fn() => touch( getenv( 'ENDED' ) ) );
						} else {
							while ( ! file_exists( getenv( 'ENDED' ) ) ) {
								usleep( 10000 );
								clearstatcache();
							}
							usleep( 500000 );
						}
					} );
					pcntl_alarm( 1 );
				}
				return $query;
			} );
			PHP;
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/forks.php' ), $code );
		// Connections are made, and nobody answers.
		$silent  = stream_socket_server( 'tcp://127.0.0.1:0' );
		$address = 'https://' . stream_socket_get_name( $silent, false );
		$parent  = $this->site->start( 'register', [ 'ENDED' => $ended ], [ 'wccom_host.base_url' => $address, 'wccom_host.timeout' => '3' ] );
		wait_for( fn() => file_exists( $ended ), 'the end of the child' );
		self::assertTrue( $parent->is_running() );
		self::assertNotNull( $this->site->stored( self::MARKER ) );
		self::assertExit( 4, $this->site->finish( $parent ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
	}

	public function test_a_copy_of_a_site_leaves_the_registration_to_the_original(): void {
		$this->leave_received();
		$this->site->store( 'home', 'http://staging.example.net' );
		foreach ( [ 'register', 'recover' ] as $command ) {
			$run = $this->site->command( $command );
			self::assertExit( 1, $run );
			self::assertStringContainsString( 'http://shop.example.com', $run->stderr );
		}
		$this->assertNotConnected();
		self::assertExit( 0, $this->site->command( 'recover --forget --yes' ) );
		self::assertCount( 1, $this->site->journal(), 'The record of the original is gone.' );

		$this->site->store( 'home', 'http://shop.example.com' );
		self::assertExit( 0, $this->site->command( 'recover' ) );
		$this->assertConnected();
		$this->assertOrders( 1 );
	}

	/** @dataProvider finishing */
	#[DataProvider( 'finishing' )]
	public function test_a_note_that_was_left_behind_is_removed( string $command ): void {
		$fault = [ 'extension' => (string) getenv( 'WCCOM_HOST_FAULT_EXTENSION' ) ];
		$this->site->command( 'register', env: [ 'WCCOM_HOST_FAULT_POINT' => 'closed' ], ini: $fault );
		$this->assertConnected();
		self::assertNotNull( $this->site->stored( self::MARKER ) );
		self::assertExit( 0, $this->site->command( $command ) );
		self::assertNull( $this->site->stored( self::MARKER ) );
		$this->assertOrders( 1 );
	}
}
