<?php
/**
 * Many sites are registered from a control host: the list, the results, the numbers and the exit codes.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class RegisterManyTest extends BatchTestCase {

	private const REFUSED = [ 'kind' => 'status', 'status' => 409, 'body' => [ 'code' => 'conflict', 'message' => 'A conflict of interest.', 'data' => null ] ];

	public function test_each_site_has_its_line_in_a_file_that_others_cannot_read(): void {
		$list = $this->list( self::csv( ...range( 1, 30 ) ) );
		$run  = $this->desk->finish( $this->desk->start( "register-many $list --output={$this->path( 'out' )} --format=json", $this->env(), before: 'umask 000;' ) );
		self::assertExit( 0, $run );
		self::assertSame( self::begun( $this->path( 'state/wccom-host' ) ), $run->stderr );
		self::assertCounts( [ 'total' => 30, 'registered' => 30 ], $run );
		self::assertSame( 0600, fileperms( $this->path( 'out' ) ) & 0777 );
		$this->assertOrderedOnce( 30 );

		$results = $this->results_in( 'out' );
		self::assertSame( range( 2, 31 ), array_keys( $results ) );
		$orders = array_column( $this->sandbox->orders(), null, 'url' );
		foreach ( $results as $line => $result ) {
			$order = $orders[ self::url( $line - 1 ) ];
			self::assertSame( [ 'line', 'url', 'status', 'auth', 'registration' ], array_keys( $result ) );
			self::assertSame( [ self::url( $line - 1 ), 'registered' ], [ $result['url'], $result['status'] ] );
			self::assertSame( [ 'access_token', 'access_token_secret', 'site_id', 'user_id', 'updated', 'url' ], array_keys( $result['auth'] ) );
			self::assertSame( [ $order['site_id'], self::url( $line - 1 ) ], [ $result['auth']['site_id'], $result['auth']['url'] ] );
			self::assertSame( [ $order['id'], $order['customer_id'] ], [ $result['registration']['order_id'], $result['registration']['customer_id'] ] );
		}
	}

	public function test_without_an_output_the_results_are_standard_output_and_the_summary_is_not(): void {
		$this->prints_results = true;
		$run                  = $this->register( '- --format=json', self::csv( 1, 2 ) );
		self::assertExit( 0, $run );
		self::assertSame( [ 2, 3 ], array_keys( $this->results( $run->stdout ) ) );
		$summary = json_decode( substr( $run->stderr, (int) strpos( $run->stderr, '{' ) ), true );
		self::assertSame( [ 2, 0 ], [ $summary['registered'], $summary['to_send'] ] );
	}

	public function test_the_summary_has_all_numbers_in_one_order(): void {
		$run = $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )}" );
		self::assertMatchesRegularExpression(
			"/^Field\tValue\ntotal\t1\nregistered\t1\nfrom_journal\t0\nclosed\t0\nrefused\t0\nnot_sent\t0\nunknown\t0\nsecret_unavailable\t0\nduplicate\t0\ninvalid\t0\nskipped\t0\nto_send\t0\nseconds\t[0-9.]+\nper_second\t[0-9.]+\n\$/",
			$run->stdout
		);
	}

	public function test_csv_and_json_lines_make_the_same_requests(): void {
		$request = [
			'url'      => 'https://shop.example.com',
			'customer' => [
				'email'              => 'ada@example.com',
				'first_name'         => 'Ada "the first", of London',
				'wpcom_access_token' => self::TOKEN . 'ada;#(*$!%^@)',
			],
			'products' => [ 'galleria', 'woocommerce-bookings' ],
			'metadata' => [ 'plan.name' => "gold\nand silver" ],
		];
		$csv     = "\xEF\xBB\xBFproducts,customer.email,customer.first_name,customer.last_name,customer.wpcom_access_token,metadata.plan.name,metadata.empty,url\r\n" .
			'galleria; woocommerce-bookings,ada@example.com,"Ada ""the first"", of London",,"' . self::TOKEN . 'ada;#(*$!%^@)","gold' . "\r\n" . 'and silver",,https://shop.example.com' . "\r\n";
		self::assertExit( 0, $this->register( "{$this->list( $csv, 'csv' )} --output={$this->path( 'out' )}" ) );
		$json = "\n" . json_encode( [ 'url' => 'https://other.example.com' ] + $request ) . "\n\n";
		self::assertExit( 0, $this->register( "{$this->list( $json, 'json' )} --output={$this->path( 'out' )}" ) );
		$bodies = array_map( fn( array $entry ) => json_decode( $entry['body'], true ), $this->sandbox->log( '/register' ) );
		self::assertCount( 2, $bodies );
		self::assertEquals( $request, $bodies[0] );
		self::assertEquals( [ 'url' => 'https://other.example.com' ] + $request, $bodies[1] );
		self::assertSame( '/wp-json/wccom/host-plan/v1.0/register', $this->sandbox->log()[0]['path'] );
	}

	public function test_what_belongs_to_the_site_comes_back_with_its_connection(): void {
		$csv = "url,wpcom_access_token,home_url,user_id\nhttps://temporary.example.com," . self::TOKEN . "1,https://shop.example.com,7\n";
		self::assertExit( 0, $this->register( "{$this->list( $csv )} --output={$this->path( 'out' )}" ) );
		$result = $this->results_in( 'out' )[2];
		self::assertSame( 'https://temporary.example.com', $result['url'] );
		self::assertSame( [ 7, 'https://shop.example.com' ], [ $result['auth']['user_id'], $result['auth']['url'] ] );
		self::assertSame( 'https://temporary.example.com', $this->sandbox->orders()[0]['url'] );
	}

	public function test_every_bad_line_is_named_and_nothing_is_sent(): void {
		$token = self::TOKEN . '1';
		$csv   = implode(
			"\r\n",
			[
				'url,wpcom_access_token,metadata.note',
				"https://a.example.com,$token,\"two\nlines\"", // 2 and 3
				'',
				"https://b.example.com,$token", // 5
				"ftp://c.example.com,$token,", // 6
				"https://d.example.com,$token\"x,", // 7
				"https://e.example.com,$token,\"x\"y", // 8
				",$token,", // 9
				"https://f.example.com,$token,caf\xE9", // 10
				"https://g.example.com,$token,\"one", // 11
				'two',
				'three",', // 13: one cell too many
				"https://user:password@h.example.com,$token,", // 14
				"https://i.example.com,$token,fine",
				"https://j.example.com,\"$token", // 16: never closed
				'',
				"https://k.example.com,$token", // 18
			]
		);
		$run   = $this->register( "{$this->list( $csv )} --output={$this->path( 'out' )}" );
		$this->assertRefusedUnsent( $run, 'Lines that are wrong: 10' );
		preg_match_all( '/^Line (\d+): (.+)$/m', $run->stderr, $lines );
		$words = array_combine( $lines[1], $lines[2] );
		ksort( $words );
		self::assertSame( [ 5, 6, 7, 8, 9, 10, 11, 14, 16, 18 ], array_keys( $words ) );
		foreach ( [ 5 => 'Columns: 3, cells here: 2', 6 => 'url', 7 => 'Cell 2', 8 => 'Cell 3', 9 => 'url is missing', 10 => 'UTF-8', 11 => 'cells here: 4', 14 => 'url', 16 => 'never closed', 18 => 'cells here: 2' ] as $line => $named ) {
			self::assertStringContainsString( $named, $words[ $line ] );
		}
		self::assertStringNotContainsString( 'password@', $run->stderr );
		self::assertFileDoesNotExist( $this->path( 'out' ) );
	}

	public function test_the_whole_list_is_checked_however_little_of_it_is_sent_now(): void {
		$this->assertRefusedUnsent( $this->register( '- --limit=1', self::csv( ...range( 1, 100 ) ) . "nowhere,x,\n" ), 'Line 102' );
	}

	public function test_every_bad_line_of_json_is_named_and_nothing_is_sent(): void {
		$lines = [
			'{"url":"https://a.example.com","wpcom_access_token":"' . self::TOKEN . '1"}',
			'["https://b.example.com"]',
			'',
			'{"url":"https://c.example.com","wpcom_access_token":"' . self::TOKEN . '1","metdata":{}}',
			'{"url":"https://d.example.com",',
			'{"url":"https://e.example.com","customer":{"email":"nobody"}}',
			'{"url":"https://f.example.com","wpcom_access_token":"' . str_repeat( 'x', 1048576 ) . '"}',
			'{}',
		];
		$run   = $this->register( '-', implode( "\n", $lines ) );
		$this->assertRefusedUnsent( $run, 'Lines that are wrong: 6' );
		foreach ( [ 2 => 'JSON', 4 => 'metadata', 5 => 'JSON', 6 => 'customer.email', 7 => 'longer', 8 => 'url is missing' ] as $line => $named ) {
			self::assertMatchesRegularExpression( "/^Line $line: .*$named/m", $run->stderr );
		}
	}

	/** @dataProvider wrong_lists */
	#[DataProvider( 'wrong_lists' )]
	public function test_a_list_that_is_none_is_refused( string $text, string $named ): void {
		$this->assertRefusedUnsent( $this->register( '-', $text ), $named );
	}

	/** @return array<string, array{string, string}> */
	public static function wrong_lists(): array {
		return [
			'nothing'                 => [ '', 'empty' ],
			'blanks'                  => [ " \n\n", 'empty' ],
			'an unknown column'       => [ "url,token\n", '"token"' ],
			'what is known'           => [ "url,token\n", 'wpcom_access_token' ],
			'a column twice'          => [ "url,products,url\n", 'Column 3 of the list, "url", is there twice' ],
			'no address'              => [ "wpcom_access_token\n", 'no column url' ],
			'metadata without a name' => [ "url,metadata.\n", '"metadata."' ],
			'semicolons'              => [ "url;products\n", 'separated by commas' ],
			'no header'               => [ "https://shop.example.com,token\n", 'Column 1' ],
			'UTF-16'                  => [ "\xFF\xFEu\0r\0l\0\n", 'UTF-8' ],
			'an address first'        => [ "https://shop.example.com,token\n", 'Does the list begin with a header' ],
			'a JSON array'            => [ '[{"url":"https://shop.example.com"}]', 'jq' ],
		];
	}

	/** @dataProvider secrets_in_a_header */
	#[DataProvider( 'secrets_in_a_header' )]
	public function test_what_may_be_a_secret_is_not_shown_of_a_header( string $secret ): void {
		$run = $this->register( '-', "url,$secret,$secret\n" );
		$this->assertRefusedUnsent( $run, 'Column 2 of the list is not known' );
		self::assertStringNotContainsString( $secret, $run->stderr );
		self::assertStringNotContainsString( substr( $secret, 0, 8 ), $run->stderr );
	}

	/** @return array<string, array{string}> */
	public static function secrets_in_a_header(): array {
		return [
			'a key'           => [ 'hk_live_9f2c1a77d0b34e' ],
			'letters alone'   => [ 'QwertzuiopAsdfghjklYxcvbnm' ],
			'a token'         => [ 'x(k#W2)abc*def' ],
			'something long'  => [ str_repeat( 'ab_', 20 ) ],
		];
	}

	public function test_a_name_twice_in_a_line_of_json_is_refused(): void {
		$lines = [
			'{"url":"https://a.example.com","url":"https://b.example.com","wpcom_access_token":"' . self::TOKEN . '1"}',
			'{"url":"https://c.example.com","metadata":{"note":"{\"note\":1,\"note\":2}","n\u006fte":"url"}}',
			'{"url":"https://d.example.com","wpcom_access_token":"' . self::TOKEN . '4","metadata":{"url":"a \"url\":","x":"{}[]"}}',
			'{"url":"https://e.example.com","' . str_repeat( 'Secret9', 4 ) . '":1,"' . str_repeat( 'Secret9', 4 ) . '":2}',
		];
		$run   = $this->register( '-', implode( "\n", $lines ) );
		$this->assertRefusedUnsent( $run, 'Lines that are wrong: 3' );
		self::assertStringContainsString( 'Line 1: "url" is there twice.', $run->stderr );
		self::assertStringContainsString( 'Line 2: "note" is there twice.', $run->stderr );
		self::assertStringContainsString( 'Line 4: A name is there twice.', $run->stderr );
		self::assertStringNotContainsString( 'Secret9', $run->stderr );
	}

	public function test_the_known_names_of_a_line_of_json_are_all_named(): void {
		$this->assertRefusedUnsent( $this->register( '-', '{"url":"https://a.example.com","zzzzzz":1}' ), 'home_url, user_id, current_auth' );
		$nested = $this->register( '-', '{"url":"https://a.example.com","customer":{"zzzzzz":1}}' );
		self::assertExit( 1, $nested );
		self::assertStringNotContainsString( 'current_auth', $nested->stderr );
	}

	/** @dataProvider wrong_use */
	#[DataProvider( 'wrong_use' )]
	public function test_wrong_use_is_refused_by_name_before_anything_is_sent( string $arguments, string $named, array $env = [] ): void {
		$list = $this->list( self::csv( 1 ) );
		mkdir( $this->path( 'folder' ) );
		symlink( '/dev/null', $this->path( 'link' ) );
		link( $list, $this->path( 'same' ) );
		$this->assertRefusedUnsent( $this->register( str_replace( [ '{list}', '{}' ], [ $list, $this->path( '' ) ], $arguments ), '', $env ), $named );
	}

	/** @return array<string, array<mixed>> */
	public static function wrong_use(): array {
		return [
			'no list'              => [ '/nowhere/list', '/nowhere/list' ],
			'a folder'             => [ '{}folder', 'folder' ],
			'concurrency 0'        => [ '{list} --concurrency=0', '--concurrency' ],
			'concurrency 257'      => [ '{list} --concurrency=257', '--concurrency' ],
			'no speed'             => [ '{list} --per-second=0', '--per-second' ],
			'limit 0'              => [ '{list} --limit=0', '--limit' ],
			'limit with letters'   => [ '{list} --limit=5x', '--limit' ],
			'part 4 of 4'          => [ '{list} --shard=4/4', '--shard' ],
			'no resume'            => [ '{list} --no-resume', '--no-resume' ],
			'both on a pipe'       => [ '- --key-file=-', 'both' ],
			'an unknown format'    => [ '{list} --format=xml', 'format' ],
			'an unknown option'    => [ '{list} --only-faild', 'only-faild' ],
			'no key'               => [ '{list}', '--key-file', [ 'WCCOM_HOST_KEY' => null ] ],
			'an empty key'         => [ '{list} --output={}out', 'key', [ 'WCCOM_HOST_KEY' => '' ] ],
			'no key file'          => [ '{list} --key-file=/nowhere/key', '/nowhere/key' ],
			'output is a folder'   => [ '{list} --output={}folder', 'folder' ],
			'output is a link'     => [ '{list} --output={}link', 'link' ],
			'output is nowhere'    => [ '{list} --output=/nowhere/out', '/nowhere/out' ],
			'journal is a file'    => [ '{list} --journal={list}', 'journal' ],
			'journal without name' => [ '{list} --journal=', 'journal' ],
			'no journal typed'     => [ '{list} --journal', '--journal needs a value' ],
			'no part typed'        => [ '{list} --shard', '--shard needs a value' ],
			'no limit typed'       => [ '{list} --limit', '--limit needs a value' ],
			'no speed typed'       => [ '{list} --per-second', '--per-second needs a value' ],
			'no output typed'      => [ '{list} --output', '--output needs a value' ],
			'no key file typed'    => [ '{list} --key-file', '--key-file needs a value' ],
			'no number typed'      => [ '{list} --concurrency', '--concurrency needs a value' ],
			'no list typed'        => [ "''", 'the path of a list' ],
			'output without name'  => [ '{list} --output=', '--output is not the path' ],
			'without name, dry'    => [ '{list} --dry-run --output=', '--output is not the path' ],
			'output is the list'   => [ '{list} --output={}same', 'is the list itself' ],
			'failed in no journal' => [ '{list} --only-failed --journal={}mistyped', 'mistyped' ],
		];
	}

	public function test_nobody_is_told_to_take_another_journal(): void {
		$run = $this->register( "{$this->list( self::csv( 1 ) )} --journal=" );
		$this->assertRefusedUnsent( $run, '--journal is not the path of a folder' );
		self::assertStringContainsString( '--journal=<folder>', $run->stderr );
		self::assertStringNotContainsString( 'another folder', $run->stderr );
	}

	public function test_a_journal_that_others_can_open_is_refused(): void {
		mkdir( $this->path( 'open' ), 0755 );
		$this->assertRefusedUnsent( $this->register( "{$this->list( self::csv( 1 ) )} --journal={$this->path( 'open' )}" ), 'chmod 700' );
	}

	public function test_a_dry_run_needs_no_key_and_leaves_nothing_behind(): void {
		$run = $this->register( "{$this->list( self::csv( 1, 2, 3 ) )} --dry-run --format=json --output={$this->path( 'out' )}", env: [ 'WCCOM_HOST_KEY' => null ] );
		self::assertExit( 0, $run );
		self::assertCounts( [ 'total' => 3, 'to_send' => 3 ], $run );
		self::assertSame( "A run would begin a new journal in {$this->path( 'state/wccom-host' )}: sites that another journal knows would be ordered again.\nNothing was sent.\n", $run->stderr );
		self::assertSame( [], $this->sandbox->log() );
		self::assertExit( 1, $this->register( '- --dry-run', "url\nnowhere\n" ) );
		self::assertExit( 0, $this->register( "{$this->path( 'list' )} --dry-run --journal={$this->path( 'named' )}" ) );
		self::assertSame( [ '.', '..', 'list', 'tmp' ], scandir( $this->path( '' ) ) );
		self::assertExit( 1, $this->register( "{$this->path( 'list' )} --dry-run --journal={$this->path( 'list' )}" ) );
		mkdir( $this->path( 'open' ), 0755 );
		$this->assertRefusedUnsent( $this->register( "{$this->path( 'list' )} --dry-run --journal={$this->path( 'open' )}" ), 'chmod 700' );
	}

	public function test_a_list_with_a_header_alone_is_done(): void {
		$run = $this->register( "- --output={$this->path( 'out' )} --format=json", "url,wpcom_access_token\n" );
		self::assertExit( 0, $run );
		self::assertCounts( [], $run );
		self::assertSame( '', file_get_contents( $this->path( 'out' ) ) );
	}

	public function test_a_list_that_others_can_read_is_remarked_on(): void {
		$list = $this->list( self::csv( 1 ) );
		chmod( $list, 0640 );
		$run = $this->register( "$list --output={$this->path( 'out' )}" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( "chmod 600 $list", $run->stderr );
		$without = $this->list( "url,customer.email,customer.wpcom_user_id\n" . self::url( 2 ) . ",ada@example.com,12\n" );
		chmod( $without, 0644 );
		self::assertSame( '', $this->register( "$without --output={$this->path( 'out' )}" )->stderr, 'There is no token in it.' );
	}

	public function test_a_second_run_gives_the_same_results_without_a_request(): void {
		$command = "{$this->list( self::csv( 1, 2, 3 ) )} --output={$this->path( 'out' )} --resume --format=json";
		self::assertExit( 0, $this->register( $command ) );
		$first = $this->results_in( 'out' );
		$again = $this->register( $command );
		self::assertExit( 0, $again );
		self::assertCounts( [ 'total' => 3, 'from_journal' => 3 ], $again );
		self::assertSame( 3, $this->sent() );
		self::assertSame( $first, $this->results_in( 'out.bak' ) );
		self::assertSame( 0600, fileperms( $this->path( 'out' ) ) & 0777 );
		foreach ( $this->results_in( 'out' ) as $line => $result ) {
			self::assertSame( 'from_journal', $result['status'] );
			self::assertSame( $first[ $line ]['auth'], $result['auth'] );
		}
	}

	public function test_a_journal_that_is_begun_is_remarked_on(): void {
		$list  = $this->list( self::csv( 1, 2 ) );
		$words = 'sites that another journal knows would be ordered again.';
		self::assertStringContainsString( $words, $this->register( "$list --dry-run" )->stderr );
		$first = $this->register( "$list --limit=1 --output={$this->path( 'out' )}" );
		self::assertStringContainsString( self::begun( $this->path( 'state/wccom-host' ) ), $first->stderr );
		$second = $this->register( "$list --output={$this->path( 'out' )}" );
		self::assertExit( 0, $second );
		self::assertStringNotContainsString( $words, $second->stderr );
		self::assertStringContainsString( self::begun( $this->path( 'other' ) ), $this->register( "$list --limit=1 --journal={$this->path( 'other' )} --output={$this->path( 'out' )}" )->stderr );
	}

	private static function begun( string $folder ): string {
		return "A new journal is begun in $folder: sites that another journal knows would be ordered again.\n";
	}

	public function test_only_failed_needs_a_journal_and_makes_none(): void {
		$list = $this->list( self::csv( 1 ) );
		$this->assertRefusedUnsent( $this->register( "$list --only-failed" ), $this->path( 'state/wccom-host' ) );
		self::assertDirectoryDoesNotExist( $this->path( 'state' ) );
		self::assertExit( 1, $this->register( "$list --only-failed --dry-run" ) );
	}

	public function test_no_earlier_output_is_ever_overwritten(): void {
		$list = $this->list( self::csv( 1 ) );
		foreach ( [ 'out.bak' => 'first', 'out.bak.1' => 'second', 'out' => 'third' ] as $name => $text ) {
			file_put_contents( $this->path( $name ), $text );
		}
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		self::assertSame( [ 'first', 'second', 'third' ], array_map( fn( string $name ) => file_get_contents( $this->path( $name ) ), [ 'out.bak', 'out.bak.1', 'out.bak.2' ] ) );
		self::assertSame( 'registered', $this->results_in( 'out.bak.3' )[2]['status'] );
		self::assertSame( 'from_journal', $this->results_in( 'out' )[2]['status'] );
	}

	public function test_the_list_is_not_moved_aside_for_its_results(): void {
		$list   = $this->list( self::csv( 1 ) );
		$before = (string) file_get_contents( $list );
		$this->assertRefusedUnsent( $this->register( "$list --output=$list" ), 'is the list itself' );
		self::assertSame( $before, file_get_contents( $list ) );
		self::assertFileDoesNotExist( "$list.bak" );
	}

	/** @dataProvider outputs_in_the_journal */
	#[DataProvider( 'outputs_in_the_journal' )]
	public function test_the_journal_is_not_moved_aside_for_the_results( string $output ): void {
		$list    = $this->list( self::csv( 1 ) );
		$journal = $this->path( 'state/wccom-host' );
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		symlink( $journal, $this->path( 'elsewhere' ) );
		$before = [ scandir( $journal ), file_get_contents( "$journal/batch.jsonl" ) ];
		foreach ( [ "register-many $list", "register-many $list --dry-run", 'journal export', 'journal export ' . self::url( 1 ) ] as $command ) {
			$run = $this->desk->command( "$command --journal=$journal --output={$this->path( $output )}", env: $this->env() );
			self::assertExit( 1, $run );
			self::assertStringContainsString( "{$this->path( $output )} lies in the journal's folder", $run->stderr );
			self::assertSame( $before, [ scandir( $journal ), file_get_contents( "$journal/batch.jsonl" ) ] );
		}
		self::assertSame( 1, $this->sent() );
	}

	/** @return array<string, array{string}> */
	public static function outputs_in_the_journal(): array {
		return [
			'its file'         => [ 'state/wccom-host/batch.jsonl' ],
			'a new file'       => [ 'state/wccom-host/new' ],
			'by a link'        => [ 'elsewhere/batch.jsonl' ],
			'by another name'  => [ 'state/../state/./wccom-host/batch.jsonl' ],
		];
	}

	/** @dataProvider files_that_are_read */
	#[DataProvider( 'files_that_are_read' )]
	public function test_a_file_that_is_read_is_not_moved_aside_for_the_results( string $options, array $ini, string $named ): void {
		file_put_contents( $this->path( 'read' ), Sandbox::KEY . "\n" );
		link( $this->path( 'read' ), $this->path( 'same' ) );
		foreach ( [ 'read', 'same' ] as $output ) {
			$ini = array_map( fn() => $this->path( 'read' ), $ini );
			$run = $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( $output )} " . str_replace( '{}', $this->path( '' ), $options ), ini: $ini );
			$this->assertRefusedUnsent( $run, "--output={$this->path( $output )} is the file of $named." );
		}
		self::assertSame( [ '.', '..', 'list', 'read', 'same', 'state', 'tmp' ], scandir( $this->path( '' ) ) );
		self::assertSame( Sandbox::KEY . "\n", file_get_contents( $this->path( 'read' ) ) );
	}

	/** @return array<string, array<mixed>> */
	public static function files_that_are_read(): array {
		return [
			'the key'          => [ '--key-file={}read', [], '--key-file' ],
			'the same, open'   => [ '--key-file=- < {}read', [], '--key-file' ],
			'the certificates' => [ '', [ 'wccom_host.ca_file' => '' ], 'wccom_host.ca_file' ],
		];
	}

	public function test_another_users_file_in_a_common_folder_is_refused_before_anything_is_sent(): void {
		if ( 0 !== posix_geteuid() ) {
			self::markTestSkipped( 'Only root can make a file of another user.' );
		}
		mkdir( $this->path( 'common' ) );
		chmod( $this->path( 'common' ), 01777 );
		touch( $this->path( 'common/out' ) );
		$script = 'foreach ( [ "Problem", "Exit_Code", "Input_File", "Last_Error", "Batch_Output" ] as $class ) { require "$class.php"; }
			chdir( $argv[1] );
			posix_seteuid( 65534 );
			WccomHost\Cli\Batch_Output::open( "out", "/nowhere" );';
		$run    = ( new Process( [ PHP_BINARY, '-r', $script, $this->path( 'common' ) ], [], dirname( __DIR__, 2 ) . '/php/src' ) )->finish();
		self::assertStringContainsString( "--output=out is there already, and is another user's. Nothing was sent.\n", $run->output() );
		self::assertSame( [ '.', '..', 'out' ], scandir( $this->path( 'common' ) ) );
	}

	public function test_without_a_result_an_earlier_output_stays(): void {
		$list = $this->list( self::csv( 1 ) );
		self::assertExit( 0, $this->register( "$list --output={$this->path( 'out' )}" ) );
		$before = (string) file_get_contents( $this->path( 'out' ) );
		$run    = $this->register( "$list --only-failed --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 0, $run );
		self::assertCounts( [ 'total' => 1, 'skipped' => 1 ], $run );
		self::assertSame( "Nothing was written: {$this->path( 'out' )} stays as it was.\n", $run->stderr );
		self::assertSame( $before, file_get_contents( $this->path( 'out' ) ) );
		self::assertFileDoesNotExist( $this->path( 'out.bak' ) );
	}

	public function test_a_journal_of_another_user_is_left_alone(): void {
		if ( 0 !== posix_geteuid() ) {
			self::markTestSkipped( 'Only root can make a folder of another user.' );
		}
		$list = $this->list( self::csv( 1 ) );
		mkdir( $this->path( 'theirs' ), 0700 );
		chown( $this->path( 'theirs' ), 'nobody' );
		$this->assertRefusedUnsent( $this->register( "$list --journal={$this->path( 'theirs' )}" ), 'it belongs to user nobody', 'Run the same command as that user.' );
		$run = $this->desk->command( "journal prune --yes --journal={$this->path( 'theirs' )}", env: $this->env() );
		self::assertExit( 1, $run );
		self::assertStringContainsString( 'it belongs to user nobody', $run->stderr );
		self::assertStringContainsString( 'Run the same command as that user.', $run->stderr );
		self::assertSame( [ '.', '..' ], scandir( $this->path( 'theirs' ) ) );
	}

	public function test_a_site_that_is_there_twice_is_sent_once(): void {
		$csv = self::csv( 1 ) . self::url( 1 ) . '/,' . self::TOKEN . "1,\n";
		$run = $this->register( "{$this->list( $csv )} --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Line 3, ' . self::url( 1 ) . '/', $run->stderr );
		self::assertCounts( [ 'total' => 2, 'registered' => 1, 'duplicate' => 1 ], $run );
		self::assertSame( [ 'registered', 'duplicate' ], array_column( $this->results_in( 'out' ), 'status' ) );
		$this->assertOrderedOnce( 1 );
	}

	public function test_an_unknown_site_is_reported_and_not_sent_and_the_others_go_on(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		$list = $this->list( self::csv( 1, 2, 3 ) );
		$run  = $this->register( "$list --concurrency=1 --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 5, $run );
		self::assertCounts( [ 'total' => 3, 'registered' => 2, 'unknown' => 1 ], $run );
		self::assertStringContainsString( "wp wccom-host journal lookup --journal={$this->path( 'state/wccom-host' )} --key-file", $run->stderr );
		$result = $this->results_in( 'out' )[2];
		self::assertSame( [ 'line', 'url', 'status', 'outcome', 'error', 'auth', 'registration', 'http_status', 'order_id' ], array_keys( $result ) );
		self::assertSame( [ self::url( 1 ), 'unknown', 'unknown', null, null, null ], [ $result['url'], $result['status'], $result['outcome'], $result['auth'], $result['registration'], $result['http_status'] ] );
		self::assertStringContainsString( 'order may exist', $result['error'] );

		$dry = $this->register( "$list --dry-run --format=json" );
		self::assertExit( 5, $dry );
		self::assertCounts( [ 'total' => 3, 'from_journal' => 2, 'unknown' => 1 ], $dry );
		self::assertStringContainsString( 'Line 2, ' . self::url( 1 ), $dry->stderr );

		$longer = $this->list( self::csv( 1, 2, 3, 4 ) );
		$again  = $this->register( "$longer --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 5, $again );
		self::assertCounts( [ 'total' => 4, 'registered' => 1, 'from_journal' => 2, 'unknown' => 1 ], $again );
		$this->assertOrderedOnce( 4 );
	}

	/**
	 * @dataProvider failures
	 * @param list<array<string, mixed>> $faults
	 */
	#[DataProvider( 'failures' )]
	public function test_the_gravest_result_is_the_exit_code( int $exit_code, array $faults, array $statuses ): void {
		foreach ( $faults as $fault ) {
			$this->sandbox->fault( 'register', $fault );
		}
		$run = $this->register( "{$this->list( self::csv( 1, 2, 3 ) )} --concurrency=1 --output={$this->path( 'out' )} --format=json" );
		self::assertExit( $exit_code, $run );
		self::assertSame( $statuses, array_column( $this->results_in( 'out' ), 'status' ) );
		foreach ( array_count_values( $statuses ) as $status => $count ) {
			self::assertSame( $count, $run->json()[ $status ] );
		}
	}

	/** @return array<string, array<mixed>> */
	public static function failures(): array {
		$unknown = [ 'kind' => 'status', 'status' => 500 ];
		$secret  = [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ];
		return [
			'refused'                            => [ 3, [ self::REFUSED ], [ 'refused', 'registered', 'registered' ] ],
			'refused, unknown'                   => [ 5, [ self::REFUSED, $unknown ], [ 'refused', 'unknown', 'registered' ] ],
			'secret unavailable'                 => [ 7, [ $secret ], [ 'secret_unavailable', 'registered', 'registered' ] ],
			'refused, secret unavailable'        => [ 7, [ self::REFUSED, $secret ], [ 'refused', 'secret_unavailable', 'registered' ] ],
			'unknown, refused, secret not there' => [ 5, [ $unknown, self::REFUSED, $secret ], [ 'unknown', 'refused', 'secret_unavailable' ] ],
		];
	}

	public function test_results_tell_what_the_service_has_said(): void {
		$this->sandbox->fault( 'register', self::REFUSED );
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 502, 'body' => '<html>Bad gateway</html>' ] );
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ] );
		$this->register( "{$this->list( self::csv( 1, 2, 3 ) )} --concurrency=1 --output={$this->path( 'out' )}" );
		[ $refused, $unknown, $secret ] = array_values( $this->results_in( 'out' ) );
		self::assertStringContainsString( 'A conflict of interest.', $refused['error'] );
		self::assertSame( [ 409, null ], [ $refused['http_status'], $refused['order_id'] ] );
		self::assertSame( 502, $unknown['http_status'] );
		self::assertStringNotContainsString( '<html>', $unknown['error'] );
		self::assertContains( $secret['order_id'], array_column( $this->sandbox->orders(), 'id' ) );
	}

	public function test_only_what_failed_is_sent_again(): void {
		$this->sandbox->fault( 'register', self::REFUSED, 2 );
		$list = $this->list( self::csv( 1, 2, 3 ) );
		$run  = $this->register( "$list --concurrency=1 --output={$this->path( 'out' )}" );
		self::assertExit( 3, $run );
		self::assertStringContainsString( "To go on:\n  wp wccom-host register-many $list --concurrency=1 --output={$this->path( 'out' )} --journal={$this->path( 'state/wccom-host' )}\n", $run->stderr );
		$longer = $this->list( self::csv( 1, 2, 3, 4 ) );
		$again  = $this->register( "$longer --only-failed --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 0, $again );
		self::assertSame( [ 2 => 'registered', 3 => 'registered' ], array_column( $this->results_in( 'out' ), 'status', 'line' ) );
		self::assertSame( 2, $again->json()['skipped'] );
		$this->assertOrderedOnce( 3 );
	}

	public function test_a_limit_leaves_the_rest_for_the_next_run(): void {
		$command = "{$this->list( self::csv( ...range( 1, 10 ) ) )} --output={$this->path( 'out' )} --format=json";
		$run     = $this->register( "$command --limit=4" );
		self::assertExit( 4, $run );
		self::assertCounts( [ 'total' => 10, 'registered' => 4, 'to_send' => 6 ], $run );
		self::assertStringContainsString( 'Left: 6.', $run->stderr );
		$this->assertOrderedOnce( 4 );
		self::assertExit( 4, $this->register( "$command --limit=5" ) );
		self::assertExit( 0, $this->register( "$command --limit=1" ) );
		self::assertCount( 10, $this->results_in( 'out' ) );
		$this->assertOrderedOnce( 10 );
	}

	public function test_all_parts_together_are_the_whole(): void {
		$list  = $this->list( self::csv( ...range( 1, 40 ) ) );
		$lines = [];
		for ( $part = 0; $part < 3; $part++ ) {
			$run = $this->register( "$list --shard=$part/3 --journal={$this->path( "journal-$part" )} --output={$this->path( "out-$part" )} --format=json" );
			self::assertExit( 0, $run );
			$results = array_keys( $this->results_in( "out-$part" ) );
			self::assertNotSame( [], $results );
			self::assertSame( 40 - count( $results ), $run->json()['skipped'] );
			$lines = [ ...$lines, ...$results ];
		}
		sort( $lines );
		self::assertSame( range( 2, 41 ), $lines );
		$this->assertOrderedOnce( 40 );
	}

	public function test_the_whole_batch_waits_when_it_is_asked_to(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 429, 'headers' => [ 'Retry-After' => '1' ] ], 3 );
		$run = $this->register( "{$this->list( self::csv( ...range( 1, 6 ) ) )} --concurrency=3 --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 0, $run );
		self::assertCounts( [ 'total' => 6, 'registered' => 6 ], $run );
		self::assertGreaterThanOrEqual( 1.0, $run->json()['seconds'] );
		$this->assertOrderedOnce( 6 );
	}

	public function test_a_batch_that_only_fails_stops_by_itself(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'status', 'status' => 401 ], 1000 );
		$run = $this->register( "{$this->list( self::csv( ...range( 1, 200 ) ) )} --concurrency=4 --output={$this->path( 'out' )} --format=json" );
		self::assertExit( 3, $run );
		self::assertGreaterThan( 100, $run->json()['to_send'] );
		self::assertSame( 200 - $run->json()['to_send'], count( $this->results_in( 'out' ) ) );
		self::assertStringContainsString( '401', $run->stderr );
		self::assertSame( [], $this->sandbox->orders() );
	}

	public function test_nobody_listens(): void {
		$socket = stream_socket_server( 'tcp://127.0.0.1:0' );
		$port   = explode( ':', (string) stream_socket_get_name( $socket, false ) )[1];
		fclose( $socket );
		$run = $this->register( "{$this->list( self::csv( 1, 2 ) )} --output={$this->path( 'out' )} --format=json", ini: [ 'wccom_host.base_url' => "http://127.0.0.1:$port/", 'wccom_host.timeout' => '2' ] );
		self::assertExit( 4, $run );
		self::assertSame( [ 'not_sent', 'not_sent' ], array_column( $this->results_in( 'out' ), 'status' ) );
		self::assertExit( 0, $this->register( "{$this->list( self::csv( 1, 2 ) )} --output={$this->path( 'out' )}" ) );
		$this->assertOrderedOnce( 2 );
	}

	public function test_over_tls(): void {
		$this->sandbox->stop();
		mkdir( $this->path( 'tls' ) );
		$this->sandbox = new Sandbox( $this->path( 'tls' ), '--tls' );
		$ini           = [ 'wccom_host.base_url' => $this->sandbox->base_url(), 'wccom_host.ca_file' => (string) $this->sandbox->ca_file() ];
		self::assertExit( 0, $this->register( "{$this->list( self::csv( ...range( 1, 50 ) ) )} --output={$this->path( 'out' )}", ini: $ini ) );
		$this->assertOrderedOnce( 50 );
	}

	/** @dataProvider sources_of_the_key */
	#[DataProvider( 'sources_of_the_key' )]
	public function test_the_key_comes_from_a_file_or_a_pipe( string $option, string $stdin ): void {
		file_put_contents( $this->path( 'key' ), Sandbox::KEY . "\n" );
		$run = $this->register( "{$this->list( self::csv( 1, 2 ) )} --output={$this->path( 'out' )} --key-file=" . str_replace( '{file}', $this->path( 'key' ), $option ), $stdin, [ 'WCCOM_HOST_KEY' => null ] );
		self::assertExit( 0, $run );
		$this->assertOrderedOnce( 2 );
	}

	/** @return array<string, array{string, string}> */
	public static function sources_of_the_key(): array {
		return [
			'file'           => [ '{file}', '' ],
			'standard input' => [ '-', Sandbox::KEY . "\n" ],
			'a named pipe'   => [ '<(cat {file})', '' ],
		];
	}

	public function test_the_list_comes_from_a_pipe_of_which_no_copy_stays(): void {
		$list = $this->list( self::csv( ...range( 1, 300 ) ) );
		self::assertExit( 0, $this->register( "<(cat $list) --output={$this->path( 'out' )} --limit=300" ) );
		self::assertExit( 0, $this->register( "/dev/stdin --output={$this->path( 'out' )}", (string) file_get_contents( $list ) ) );
		self::assertSame( [], glob( $this->path( 'tmp/*' ) ) );
		$this->assertOrderedOnce( 300 );
	}

	public function test_a_pipe_that_was_read_is_not_named_again(): void {
		file_put_contents( $this->path( 'key' ), Sandbox::KEY . "\n" );
		$run = $this->register( "<(cat {$this->list( self::csv( 1, 2 ) )}) --key-file=<(cat {$this->path( 'key' )}) --limit=1 --output={$this->path( 'out' )}" );
		self::assertExit( 4, $run );
		self::assertStringContainsString( "To go on, with the same list:\n  wp wccom-host register-many <file> --key-file=<file> --limit=1 --output={$this->path( 'out' )} --journal=", $run->stderr );
	}

	public function test_a_folder_without_room_for_temporary_files_is_named(): void {
		$list = $this->list( self::csv( ...range( 1, 300 ) ) );
		foreach ( [ '', ' --dry-run' ] as $option ) {
			$run = $this->desk->finish( $this->desk->start( "register-many $list --output={$this->path( 'out' )}$option", $this->env(), before: 'trap "" XFSZ; ulimit -f 1;' ) );
			$this->assertRefusedUnsent( $run, 'TMPDIR' );
			self::assertStringContainsString( "{$this->path( 'tmp' )}: File too large. Nothing was sent.", $run->stderr );
			self::assertStringNotContainsString( 'fwrite', $run->stderr );
		}
	}

	public function test_no_code_of_a_site_runs_where_there_is_one(): void {
		mkdir( $this->path( 'site/wp-includes' ), 0700, true );
		$code = '<?php file_put_contents( ' . var_export( $this->path( 'ran' ), true ) . ', __FILE__ );';
		foreach ( [ 'wp-config.php', 'wp-load.php', 'wp-settings.php', 'wp-includes/version.php' ] as $file ) {
			file_put_contents( $this->path( "site/$file" ), $code );
		}
		self::assertExit( 0, $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )} --path={$this->path( 'site' )}" ) );
		self::assertFileDoesNotExist( $this->path( 'ran' ) );
	}

	public function test_a_person_who_waits_sees_how_it_goes(): void {
		$this->sandbox->fault( 'register', self::REFUSED );
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 400, 'when' => 'before' ], 100 );
		$list = $this->list( self::csv( ...range( 1, 9 ) ) );
		$run  = $this->desk->command_on_terminal( "register-many $list --concurrency=1 --output={$this->path( 'out' )}", $this->env() );
		self::assertMatchesRegularExpression( '~Registering: \d+/s, 1 failed, \d+:\d\d left +\d+ *% \[=+~', $run->stdout );
		self::assertStringContainsString( '| registered         | 8 ', $run->stdout );
		self::assertStringNotContainsString( 'Registering:', $this->register( "$list --output={$this->path( 'out' )}" )->output() );
	}

	public function test_who_waits_for_another_run_is_told_so(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 1000, 'when' => 'before' ] );
		$first = $this->desk->start( "register-many {$this->list( self::csv( 1 ), 'first' )} --output={$this->path( 'first-out' )}", $this->env() );
		wait_for( fn() => $this->sent() > 0, 'the request of the first run' );
		$first->signal( SIGSTOP );
		$second = $this->desk->start( "register-many {$this->list( self::csv( 2 ), 'second' )} --output={$this->path( 'second-out' )} --format=json", $this->env() );
		wait_for( fn() => $this->waiting() === $second->complained(), 'a word of the second run' );
		$first->signal( SIGCONT );
		self::assertExit( 0, $this->desk->finish( $first ) );
		$run = $this->desk->finish( $second );
		self::assertExit( 0, $run );
		self::assertSame( $this->waiting(), $run->stderr );
		$this->assertOrderedOnce( 2 );
	}

	public function test_who_waits_for_a_command_on_a_single_site_is_told_so_and_a_dry_run_waits_for_none(): void {
		self::assertExit( 0, $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )}" ) );
		$other = new Process( [ PHP_BINARY, '-r', 'flock( $folder = fopen( $argv[1], "r" ), LOCK_SH ); echo "held"; fgets( STDIN );', $this->path( 'state/wccom-host' ) ], [], '/' );
		wait_for( fn() => 'held' === $other->printed(), 'the lock' );
		$list = $this->list( self::csv( 2 ) );
		self::assertSame( "Nothing was sent.\n", $this->register( "$list --dry-run" )->stderr );
		$process = $this->desk->start( "register-many $list --output={$this->path( 'out' )} --format=json", $this->env() );
		wait_for( fn() => $this->waiting() === $process->complained(), 'a word of the batch' );
		self::assertTrue( $process->is_running() );
		$other->finish();
		self::assertExit( 0, $this->desk->finish( $process ) );
		$this->assertOrderedOnce( 2 );
	}

	public function test_who_waits_in_vain_leaves_the_earlier_output_alone(): void {
		self::assertExit( 0, $this->register( "{$this->list( self::csv( 1 ) )} --output={$this->path( 'out' )}" ) );
		$before = (string) file_get_contents( $this->path( 'out' ) );
		$other  = new Process( [ PHP_BINARY, '-r', 'flock( $folder = fopen( $argv[1], "r" ), LOCK_SH ); echo "held"; fgets( STDIN );', $this->path( 'state/wccom-host' ) ], [], '/' );
		wait_for( fn() => 'held' === $other->printed(), 'the lock' );
		$run = $this->register( "{$this->list( self::csv( 1, 2 ) )} --output={$this->path( 'out' )}", ini: [ 'wccom_host.timeout' => '1' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'Nothing was sent.', $run->stderr );
		self::assertSame( $before, file_get_contents( $this->path( 'out' ) ) );
		self::assertFileDoesNotExist( $this->path( 'out.bak' ) );
		self::assertExit( 4, $this->register( "{$this->list( self::csv( 1, 2 ) )} --output={$this->path( 'new' )}", ini: [ 'wccom_host.timeout' => '1' ] ) );
		self::assertFileDoesNotExist( $this->path( 'new' ) );
		$other->finish();
	}

	private function waiting(): string {
		return "Waiting for another run that has the journal {$this->path( 'state/wccom-host' )} ...\n";
	}

	public function test_the_manual_shows_the_options_and_the_columns(): void {
		$manual = $this->desk->command( 'register-many --help' )->stdout;
		foreach ( [ 'wp wccom-host register-many <file>', '--shard=<part>', 'customer.wpcom_access_token', '"status":"registered"', 'EXIT CODES', 'unknown: an order may exist' ] as $text ) {
			self::assertStringContainsString( $text, $manual );
		}
	}
}
