<?php
/**
 * The journal of a control host is looked into, exported and pruned.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class JournalCommandTest extends BatchTestCase {

	/** Site 1 is refused, 2 unknown, 3 has no secret, 4 and 5 are registered. */
	private function run_batch(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 409, 'body' => [ 'code' => 'conflict', 'message' => 'No.', 'data' => null ] ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ] );
		self::assertExit( 5, $this->register( "{$this->list( self::csv( 1, 2, 3, 4, 5 ) )} --concurrency=1 --output={$this->path( 'out' )}" ) );
	}

	private function journal( string $arguments, string $stdin = '' ): Run {
		return $this->desk->command( "journal $arguments", $stdin, [ 'WCCOM_HOST_KEY' => null ] + $this->env() );
	}

	private function batch_file(): string {
		return $this->path( 'state/wccom-host/batch.jsonl' );
	}

	/** The secrets of a site, as register-many has printed them. */
	private function auth( int $site ): array {
		return $this->results_in( 'out' )[ $site + 1 ]['auth'];
	}

	/** Lets the records be older. */
	private function age( int $seconds ): void {
		// A line without its checksum is one of an earlier release.
		$log  = (string) preg_replace( '/,"crc32":"[0-9a-f]{8}"/', '', (string) file_get_contents( $this->batch_file() ) );
		$text = preg_replace_callback( '/"started":(\d+)/', fn( array $found ) => '"started":' . ( $found[1] - $seconds ), $log );
		file_put_contents( $this->batch_file(), $text );
	}

	public function test_what_it_has_is_listed_without_secrets(): void {
		$this->run_batch();
		$rows = $this->journal( 'list --format=json' )->json();
		self::assertSame( [ 'home_url', 'state', 'started', 'order_id', 'has_secret' ], array_keys( $rows[0] ) );
		$states = array_column( $rows, 'state', 'home_url' );
		ksort( $states );
		self::assertSame( [ 'refused', 'sent', 'secret_unavailable', 'received', 'received' ], array_values( $states ) );
		self::assertSame( [ self::url( 4 ), self::url( 5 ) ], array_column( array_filter( $rows, fn( array $row ) => $row['has_secret'] ), 'home_url' ) );
		self::assertSame( $this->results_in( 'out' )[5]['registration']['order_id'], array_column( $rows, 'order_id', 'home_url' )[ self::url( 4 ) ] );
		self::assertEqualsWithDelta( time(), strtotime( $rows[0]['started'] ), 60 );

		self::assertSame( "2\n", $this->journal( 'list --state=received --format=count' )->stdout );
		self::assertSame( self::url( 2 ) . "\n", $this->journal( 'list --state=sent --format=ids' )->stdout );
		self::assertSame( self::url( 1 ) . ' ' . self::url( 2 ) . "\n", $this->journal( 'list --state=sent,refused --format=ids' )->stdout );
		self::assertSame( "customer-2@example.com\n", $this->journal( 'list --state=sent --field=email' )->stdout );
		self::assertSame( "0\n", $this->journal( 'list --older-than=1 --format=count' )->stdout );
		$this->age( 43300 );
		self::assertSame( "0\n", $this->journal( 'list --older-than=1 --format=count' )->stdout );
		self::assertSame( "5\n", $this->journal( 'list --older-than=0.5 --format=count' )->stdout );
	}

	public function test_one_site_is_shown(): void {
		$this->run_batch();
		$shown = $this->journal( 'show ' . self::url( 4 ) . '/ --format=json' )->json();
		self::assertSame( [ self::url( 4 ), 'received', true ], [ $shown['home_url'], $shown['state'], $shown['has_secret'] ] );
		self::assertArrayNotHasKey( 'auth', $shown );
		self::assertStringContainsString( 'conflict', $this->journal( 'show ' . self::url( 1 ) . ' --field=reason' )->stdout );
		self::assertSame( "secret_unavailable\n", $this->journal( 'show ' . self::url( 3 ) . ' --field=state' )->stdout );
		$missing = $this->journal( 'show ' . self::url( 9 ) );
		self::assertExit( 1, $missing );
		self::assertStringContainsString( self::url( 9 ), $missing->stderr );
	}

	public function test_secrets_are_exported_only_if_they_are_asked_for(): void {
		$this->run_batch();
		$export = $this->journal( 'export' );
		self::assertExit( 0, $export );
		$lines = array_map( fn( string $line ) => json_decode( $line, true ), explode( "\n", trim( $export->stdout ) ) );
		self::assertSame( [ null ], array_values( array_unique( array_column( $lines, 'auth' ), SORT_REGULAR ) ) );
		$statuses = array_column( $lines, 'status', 'url' );
		ksort( $statuses );
		self::assertSame( [ 'refused', 'unknown', 'secret_unavailable', 'from_journal', 'from_journal' ], array_values( $statuses ) );

		$run = $this->desk->finish( $this->desk->start( "journal export --with-secrets --output={$this->path( 'exported' )}", $this->env(), before: 'umask 000;' ) );
		self::assertExit( 0, $run );
		self::assertSame( '', $run->stdout );
		self::assertSame( 0600, fileperms( $this->path( 'exported' ) ) & 0777 );
		$lines = array_map( fn( string $line ) => json_decode( $line, true ), file( $this->path( 'exported' ) ) );
		$auths = array_column( $lines, 'auth', 'url' );
		self::assertSame( [ $this->auth( 4 ), $this->auth( 5 ) ], [ $auths[ self::url( 4 ) ], $auths[ self::url( 5 ) ] ] );

		$this->prints_results = true;
		$one                  = $this->journal( 'export ' . self::url( 5 ) . ' --with-secrets' );
		self::assertSame( $this->auth( 5 ), $one->json()['auth'] );
		self::assertNull( $this->journal( 'export ' . self::url( 5 ) )->json()['auth'] );
		$missing = $this->journal( 'export ' . self::url( 5 ) . ' ' . self::url( 9 ) . ' --with-secrets' );
		self::assertExit( 1, $missing );
		self::assertSame( '', $missing->stdout );
	}

	public function test_what_is_pruned_has_no_secret_on_the_disk_and_is_not_sent_again(): void {
		$this->run_batch();
		$secrets = [ $this->auth( 4 )['access_token_secret'], $this->auth( 5 )['access_token_secret'] ];
		$run     = $this->journal( 'prune --state=received', "y\n" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'received: 2.', $run->stderr );
		self::assertStringContainsString( 'Pruned: 2.', $run->stderr );
		foreach ( $secrets as $secret ) {
			self::assertStringNotContainsString( $secret, $this->journal_text() );
		}
		self::assertSame( "2\n", $this->journal( 'list --state=closed --format=count' )->stdout );

		$sent  = $this->sent();
		$again = $this->register( "{$this->list( self::csv( 4, 5 ) )} --output={$this->path( 'again' )} --format=json" );
		self::assertExit( 0, $again );
		self::assertCounts( [ 'total' => 2, 'closed' => 2 ], $again );
		self::assertSame( [ 'closed', 'closed' ], array_column( $this->results_in( 'again' ), 'status' ) );
		self::assertSame( $sent, $this->sent() );
	}

	/** @dataProvider answers */
	#[DataProvider( 'answers' )]
	public function test_nothing_is_pruned_unless_somebody_says_yes( string $arguments, string $stdin, bool $is_pruned ): void {
		$this->run_batch();
		$before = $this->journal_text();
		self::assertExit( $is_pruned ? 0 : 1, $this->journal( $arguments, $stdin ) );
		self::assertSame( ! $is_pruned, $before === $this->journal_text() );
	}

	/** @return array<string, array{string, string, bool}> */
	public static function answers(): array {
		return [
			'yes'              => [ 'prune', "y\n", true ],
			'no'               => [ 'prune', "n\n", false ],
			'nothing'          => [ 'prune', '', false ],
			'--yes'            => [ 'prune --yes', '', true ],
			'unknown ones'     => [ 'prune --state=sent --yes', '', false ],
			'forget what'      => [ 'prune --forget --yes', '', false ],
			'forget, and no'   => [ 'prune --state=sent --forget', "n\n", false ],
			'forget'           => [ 'prune --state=sent --forget --yes', '', true ],
			'a misspelt state' => [ 'prune --state=recieved --yes', '', false ],
			'no number'        => [ 'prune --older-than=month --yes', '', false ],
			'a site that is none' => [ 'prune https://nobody.example.com --yes', '', false ],
		];
	}

	public function test_nobody_is_asked_about_what_is_not_pruned_anyway(): void {
		$this->run_batch();
		$run = $this->journal( 'prune --state=received,sent', "y\n" );
		self::assertExit( 1, $run );
		self::assertStringContainsString( '--forget', $run->stderr );
		self::assertStringNotContainsString( 'Prune?', $run->stderr );
		self::assertSame( "2\n", $this->journal( 'list --state=received --format=count' )->stdout );
	}

	public function test_only_the_sites_that_are_named_are_pruned(): void {
		$this->run_batch();
		self::assertExit( 0, $this->journal( 'prune ' . self::url( 4 ) . '/ --yes' ) );
		self::assertSame( self::url( 4 ) . "\n", $this->journal( 'list --state=closed --format=ids' )->stdout );
		self::assertSame( self::url( 5 ) . "\n", $this->journal( 'list --state=received --format=ids' )->stdout );
		$none = $this->journal( 'prune --older-than=1 --yes' );
		self::assertExit( 0, $none );
		self::assertStringContainsString( 'nothing to prune', $none->stderr );
	}

	public function test_what_is_forgotten_is_sent_again(): void {
		$this->run_batch();
		$run = $this->journal( 'prune ' . self::url( 2 ) . ' --state=sent --forget --yes' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'second orders', $run->stderr );
		self::assertExit( 7, $this->register( "{$this->list( self::csv( 2 ) )} --output={$this->path( 'again' )}" ) );
		self::assertCount( 2, array_keys( array_column( $this->sandbox->orders(), 'url' ), self::url( 2 ), true ) );
	}

	public function test_nothing_is_pruned_while_a_batch_runs(): void {
		$this->run_batch();
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1500, 'when' => 'before' ], 10 );
		$sent    = $this->sent();
		$process = $this->desk->start( "register-many {$this->list( self::csv( 6 ) )} --output={$this->path( 'again' )}", $this->env() );
		wait_for( fn() => $this->sent() > $sent || ! $process->is_running(), 'the batch' );
		$run = $this->desk->command( 'journal prune --yes', env: $this->env(), ini: [ 'wccom_host.timeout' => '0.2' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'can be run again', $run->stderr );
		self::assertStringContainsString( "Waiting for another run that has the journal {$this->path( 'state/wccom-host' )}", $run->stderr );
		self::assertExit( 0, $this->desk->finish( $process ) );
		self::assertSame( "3\n", $this->journal( 'list --state=received --format=count' )->stdout );
	}

	public function test_where_there_is_no_journal_nothing_is_made(): void {
		foreach ( [ 'list --format=count' => 0, 'export' => 0, 'prune --yes' => 0, 'lookup' => 0, 'show ' . self::url( 1 ) => 1 ] as $command => $exit_code ) {
			$run = $this->journal( $command );
			self::assertExit( $exit_code, $run );
			self::assertStringContainsString( 'There is no journal yet', $run->stderr );
		}
		self::assertDirectoryDoesNotExist( $this->path( 'state' ) );
		self::assertExit( 1, $this->journal( 'list --state=unknown' ) );
	}

	/** @dataProvider commands */
	#[DataProvider( 'commands' )]
	public function test_a_journal_that_is_named_must_be_there( string $command ): void {
		$this->run_batch();
		file_put_contents( $this->path( 'file' ), '' );
		symlink( $this->path( 'loop' ), $this->path( 'loop' ) );
		foreach ( [ 'mistyped' => 'is not there', 'file' => 'is not a folder', 'loop' => 'cannot be looked into (Too many levels of symbolic links)' ] as $name => $named ) {
			$run = $this->journal( "$command --journal={$this->path( $name )}" );
			self::assertExit( 1, $run );
			self::assertSame( '', $run->stdout );
			self::assertStringContainsString( "{$this->path( $name )} $named", $run->stderr );
		}
		self::assertFileDoesNotExist( $this->path( 'mistyped' ) );
		foreach ( [ '--journal', '--journal=' ] as $option ) {
			$run = $this->journal( "$command $option" );
			self::assertExit( 1, $run );
			self::assertSame( '', $run->stdout );
			self::assertStringContainsString( '--journal', $run->stderr );
		}
	}

	/** @return array<string, array{string}> */
	public static function commands(): array {
		$commands = [ 'list', 'show ' . self::url( 4 ), 'export', 'prune --yes', 'lookup' ];
		return array_map( fn( string $command ) => [ $command ], array_combine( $commands, $commands ) );
	}

	public function test_commands_to_type_have_the_journal_that_was_named(): void {
		$this->run_batch();
		$option = "--journal={$this->path( 'state/wccom-host' )}";
		self::assertStringContainsString( "wp wccom-host journal list $option", $this->journal( "show https://nobody.example.com $option" )->stderr );
		self::assertStringContainsString( "wp wccom-host journal prune <url> --state=sent --forget $option", $this->desk->command( "journal lookup $option", env: $this->env() )->stderr );
	}

	public function test_a_site_is_found_by_the_address_that_was_registered(): void {
		$row      = fn( int $site, string $name ): string => "https://$name.example.net," . self::TOKEN . "$site," . self::url( $site ) . "\n";
		$register = fn( string $rows, string $output ): Run => $this->register( "{$this->list( "url,wpcom_access_token,home_url\n$rows" )} --concurrency=1 --output={$this->path( $output )}" );
		self::assertExit( 0, $register( $row( 4, 'shared' ), 'earlier' ) );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 409, 'body' => [ 'code' => 'conflict', 'message' => 'No.', 'data' => null ] ] );
		// The service has no second secret for an address.
		self::assertExit( 7, $register( $row( 1, 'refused' ) . $row( 2, 'temporary' ) . $row( 3, 'shared' ), 'out' ) );
		self::assertSame( [ self::url( 1 ), self::url( 2 ), self::url( 3 ) ], array_values( array_column( $this->results_in( 'out' ), 'home_url' ) ) );

		self::assertSame( self::url( 1 ) . "\n", $this->journal( 'show https://refused.example.net --field=home_url' )->stdout );
		self::assertSame( self::url( 2 ) . "\n", $this->journal( 'show https://temporary.example.net/ --field=home_url' )->stdout );
		$this->prints_results = true;
		$export               = $this->journal( 'export https://temporary.example.net --with-secrets' )->json();
		self::assertSame( [ 'https://temporary.example.net', self::url( 2 ) ], [ $export['url'], $export['home_url'] ] );
		self::assertSame( $this->auth( 2 ), $export['auth'] );

		$several = $this->journal( 'prune https://shared.example.net --yes' );
		self::assertExit( 1, $several );
		self::assertStringContainsString( self::url( 3 ) . ', ' . self::url( 4 ), $several->stderr );
		self::assertExit( 0, $this->journal( 'prune https://temporary.example.net --yes' ) );
		self::assertSame( self::url( 2 ) . "\n", $this->journal( 'list --state=closed --format=ids' )->stdout );
		self::assertSame( self::url( 4 ) . "\n", $this->journal( 'list --state=received --format=ids' )->stdout );
	}

	public function test_a_site_that_was_registered_under_its_own_address_has_one_in_its_line(): void {
		$this->run_batch();
		foreach ( $this->results_in( 'out' ) as $line ) {
			self::assertArrayNotHasKey( 'home_url', $line );
		}
		self::assertStringNotContainsString( 'home_url', $this->journal( 'export' )->stdout );
	}

	/** @dataProvider flags */
	#[DataProvider( 'flags' )]
	public function test_a_flag_with_a_value_is_refused( string $command, string $flag ): void {
		$this->run_batch();
		$before = [ $this->journal_text(), $this->sent() ];
		$run    = $this->desk->command( strtr( "$command $flag=no", [ '<list>' => $this->path( 'list' ) ] ), "y\n", $this->env() );
		self::assertExit( 1, $run );
		self::assertStringContainsString( "$flag takes no value", $run->stderr );
		self::assertSame( '', $run->stdout );
		self::assertSame( $before, [ $this->journal_text(), $this->sent() ] );
	}

	/** @return array<string, array{string, string}> */
	public static function flags(): array {
		return [
			'forget'         => [ 'journal prune ' . self::url( 4 ) . ' --state=received --yes', '--forget' ],
			'yes'            => [ 'journal prune', '--yes' ],
			'with-secrets'   => [ 'journal export', '--with-secrets' ],
			'forget-missing' => [ 'journal lookup', '--forget-missing' ],
			'dry-run'        => [ 'register-many <list>', '--dry-run' ],
			'only-failed'    => [ 'register-many <list>', '--only-failed' ],
		];
	}

	/** What the folder has on the disk. */
	private function journal_text(): string {
		return implode( array_map( 'file_get_contents', array_filter( glob( dirname( $this->batch_file() ) . '/{,.}*', GLOB_BRACE ), 'is_file' ) ) );
	}
}
