<?php
/**
 * The commands that only read, where there is no WordPress: on the support desk's laptop, on the control host.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ReportingTest extends DeskTestCase {

	private const ORDER = [
		'id'               => 4262918,
		'date_created_gmt' => '2026-03-12T19:13:26',
		'customer_id'      => 2442392,
		'customer_email'   => 'ada@example.com',
		'products'         => [ 'woocommerce-bookings', 'galleria' ],
	];

	/** Names of what ORDER holds. The plan is an item of every order. */
	private const ITEMS = [ 'eCommerce Plan', 'WooCommerce Bookings', 'Galleria' ];

	public function test_orders_as_rows_of_every_format(): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		$items = implode( ', ', self::ITEMS );
		$table = $this->desk->command( 'order list' );
		self::assertExit( 0, $table );
		self::assertSame(
			"id\tstatus\tdate_created_gmt\tcustomer_id\tcustomer_email\tline_items\n" .
			"4262918\tcompleted\t2026-03-12T19:13:26\t2442392\tada@example.com\t$items\n",
			$table->stdout
		);
		self::assertSame( '', $table->stderr );
		self::assertSame(
			"id,status,date_created_gmt,customer_id,customer_email,line_items\n" .
			"4262918,completed,2026-03-12T19:13:26,2442392,ada@example.com,\"$items\"\n",
			$this->desk->command( 'order list --format=csv' )->stdout
		);
		$order = [
			'id'               => 4262918,
			'status'           => 'completed',
			'date_created_gmt' => '2026-03-12T19:13:26',
			'customer_id'      => 2442392,
			'customer_email'   => 'ada@example.com',
			'line_items'       => array_map( fn( string $name ) => [ 'name' => $name ], self::ITEMS ),
		];
		self::assertSame( [ $order ], $this->desk->command( 'order list --format=json' )->json() );
		$yaml = $this->desk->command( 'order list --format=yaml --fields=id,status' );
		self::assertSame( "---\n- \n  id: 4262918\n  status: completed\n", $yaml->stdout );
	}

	public function test_a_list_without_orders_is_a_list(): void {
		self::assertSame( "[]\n", $this->desk->command( 'order list --format=json' )->stdout );
		self::assertSame( "id,status\n", $this->desk->command( 'order list --format=csv --fields=id,status' )->stdout );
		self::assertSame( "\n", $this->desk->command( 'order list --format=ids' )->stdout );
		self::assertSame( "0\n", $this->desk->command( 'order list --format=count' )->stdout );
		self::assertSame( "---\n[ ]\n", $this->desk->command( 'order list --format=yaml' )->stdout );
	}

	public function test_fields_are_printed_in_the_order_that_was_asked_for(): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		$run = $this->desk->command( 'order list --fields=customer_email,id,date_created_timestamp --format=csv' );
		// `date -u -d 2026-03-12T19:13:26 +%s`
		self::assertSame( "customer_email,id,date_created_timestamp\nada@example.com,4262918,1773342806\n", $run->stdout );
		self::assertSame( "ada@example.com\n", $this->desk->command( 'order list --field=customer_email' )->stdout );
		self::assertSame( '["ada@example.com"]' . "\n", $this->desk->command( 'order list --field=customer_email --format=json' )->stdout );
	}

	public function test_a_spreadsheet_gets_no_formulas_and_a_terminal_no_commands(): void {
		$this->sandbox->add_orders( [ [ 'customer_email' => "=1+1,\"\e[31m\n" ] + self::ORDER ] );
		self::assertSame( "customer_email\n\"'=1+1,\"\"\e[31m\n\"\n", $this->desk->command( 'order list --fields=customer_email --format=csv' )->stdout );
		self::assertSame( "customer_email\n=1+1,\" [31m \n", $this->desk->command( 'order list --fields=customer_email' )->stdout );
	}

	public function test_hundreds_of_orders_are_read_page_by_page(): void {
		$ids = $this->sandbox->add_orders( [ 'count' => 250, 'since' => '2026-01-01T00:00:00' ] );
		rsort( $ids );
		$run = $this->desk->command( 'order list --format=ids' );
		self::assertExit( 0, $run );
		self::assertSame( implode( ' ', $ids ) . "\n", $run->stdout );
		self::assertCount( 3, $this->sandbox->log() );
		self::assertSame( $ids, array_column( $this->desk->command( 'order list --format=json' )->json(), 'id' ) );
	}

	public function test_a_limit_asks_for_no_page_more(): void {
		$ids = $this->sandbox->add_orders( [ 'count' => 250, 'since' => '2026-01-01T00:00:00' ] );
		rsort( $ids );
		foreach ( [ 1 => 1, 100 => 1, 101 => 2 ] as $limit => $requests ) {
			$before = count( $this->sandbox->log() );
			$run    = $this->desk->command( "order list --limit=$limit --field=id" );
			self::assertSame( implode( "\n", array_slice( $ids, 0, $limit ) ) . "\n", $run->stdout );
			self::assertCount( $before + $requests, $this->sandbox->log() );
		}
	}

	public function test_the_number_of_orders_takes_one_request(): void {
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		self::assertSame( "250\n", $this->desk->command( 'order list --format=count' )->stdout );
		self::assertCount( 1, $this->sandbox->log() );
		self::assertSame( "7\n", $this->desk->command( 'order list --format=count --limit=7' )->stdout );
	}

	public function test_filters(): void {
		$this->sandbox->add_orders(
			[
				[ 'id' => 3000001, 'date_created_gmt' => '2026-01-10T12:00:00', 'customer_id' => 7 ],
				[ 'id' => 3000002, 'date_created_gmt' => '2026-02-10T12:00:00', 'customer_id' => 8, 'status' => 'cancelled' ],
				[ 'id' => 3000003, 'date_created_gmt' => '2026-03-10T12:00:00', 'customer_id' => 7, 'status' => 'refunded' ],
				[ 'id' => 3000004, 'date_created_gmt' => '2026-04-10T12:00:00', 'customer_id' => 8 ],
			]
		);
		$wanted = [
			''                                                                        => [ 4, 1 ],
			'--status=any'                                                            => [ 4, 3, 2, 1 ],
			'--status=cancelled,refunded'                                             => [ 3, 2 ],
			'--status=any --customer-id=7'                                            => [ 3, 1 ],
			'--status=any --after=2026-02-01'                                         => [ 4, 3, 2 ],
			'--status=any --before=2026-03-10T12:00:00Z'                              => [ 2, 1 ],
			'--status=any --after=2026-02-10T14:00:01+02:00 --before=2026-04-10'      => [ 3 ],
		];
		foreach ( $wanted as $options => $ids ) {
			$ids = implode( ' ', array_map( fn( int $id ) => 3000000 + $id, $ids ) );
			self::assertSame( "$ids\n", $this->desk->command( "order list --format=ids $options" )->stdout, $options );
		}
	}

	public function test_one_order(): void {
		$this->sandbox->add_orders( [ self::ORDER + [ 'metadata' => [ 'plan' => 'gold' ] ] ] );
		$table = $this->desk->command( 'order get 4262918' );
		self::assertExit( 0, $table );
		self::assertSame(
			"Field\tValue\nid\t4262918\nstatus\tcompleted\ndate_created_gmt\t2026-03-12T19:13:26\ndate_modified_gmt\t2026-03-12T19:13:26\n" .
			"customer_id\t2442392\ncustomer_email\tada@example.com\nline_items\t" . implode( ', ', self::ITEMS ) . "\nmetadata\t{\"plan\":\"gold\"}\n",
			$table->stdout
		);
		$order = $this->desk->command( 'order get 4262918 --format=json' )->json();
		self::assertSame( [ 'id', 'status', 'date_created_gmt', 'date_modified_gmt', 'customer_id', 'customer_email', 'line_items', 'metadata' ], array_keys( $order ) );
		self::assertSame( self::ITEMS, array_column( $order['line_items'], 'name' ) );
		self::assertSame( "gold\n", $this->desk->command( 'order get 4262918 --field=metadata --format=json | php -n -r \'echo json_decode( file_get_contents( "php://stdin" ) )->plan, "\n";\'' )->stdout );
		self::assertSame( "completed\n", $this->desk->command( 'order get 4262918 --field=status' )->stdout );
		self::assertSame( "Field,Value\nid,4262918\n", $this->desk->command( 'order get 4262918 --fields=id --format=csv' )->stdout );
	}

	public function test_an_order_without_metadata_has_an_empty_map(): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		self::assertStringContainsString( '"metadata":{}', $this->desk->command( 'order get 4262918 --format=json' )->stdout );
	}

	public function test_numbers_beyond_an_int_stay_what_they_are(): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		$this->sandbox->fault( 'orders', [ 'kind' => 'patch', 'set' => [ 'id' => '98765432109876543210', 'customer_id' => '18734003407356' ] ] );
		$run = $this->desk->command( 'order list --fields=id,customer_id --format=json' );
		self::assertSame( '[{"id":"98765432109876543210","customer_id":18734003407356}]' . "\n", $run->stdout );
	}

	public function test_connections_of_an_order(): void {
		$this->sandbox->add_orders( [ self::ORDER + [ 'url' => 'https://shop.example.com', 'connected' => true ] ] );
		$run = $this->desk->command( 'order connections 4262918' );
		self::assertExit( 0, $run );
		$lines = explode( "\n", trim( $run->stdout ) );
		self::assertSame( "product_slug\turl", array_shift( $lines ) );
		self::assertEqualsCanonicalizing( [ "woocommerce-bookings\thttps://shop.example.com", "galleria\thttps://shop.example.com" ], $lines );
		self::assertStringContainsString( '{"product_slug":"galleria","url":"https://shop.example.com"}', $this->desk->command( 'order connections 4262918 --format=json' )->stdout );
		self::assertSame( "2\n", $this->desk->command( 'order connections 4262918 --format=count' )->stdout );
		self::assertEqualsCanonicalizing( [ 'galleria', 'woocommerce-bookings' ], explode( ' ', trim( $this->desk->command( 'order connections 4262918 --format=ids' )->stdout ) ) );
	}

	public function test_a_site(): void {
		$registered = $this->sandbox->register_elsewhere( 'https://shop.example.com' );
		$this->sandbox->add_orders(
			[
				self::ORDER + [ 'url' => 'https://shop.example.com', 'site_id' => $registered['site_id'], 'connected' => true ],
				[ 'id' => 4262919, 'status' => 'cancelled', 'url' => 'https://shop.example.com', 'site_id' => $registered['site_id'] ],
			]
		);
		$site = $this->desk->command( "site get {$registered['site_id']} --format=json" )->json();
		self::assertSame( [ 'site_id', 'order_ids', 'connections' ], array_keys( $site ) );
		self::assertSame( $registered['site_id'], $site['site_id'] );
		self::assertEqualsCanonicalizing( [ $registered['order_id'], 4262918 ], $site['order_ids']['completed'] );
		self::assertSame( [ 4262919 ], $site['order_ids']['cancelled'] );
		self::assertContains(
			[ 'order_id' => 4262918, 'site_url' => 'shop.example.com', 'product_slug' => null, 'product_name' => 'WooCommerce Bookings' ],
			$site['connections']
		);
		$table = $this->desk->command( "site get {$registered['site_id']}" )->stdout;
		self::assertStringContainsString( "\norder_ids\t4262919 (cancelled)\n", $table );
		self::assertStringContainsString( "\nconnections\tGalleria on shop.example.com, order 4262918\n", $table );
	}

	public function test_totals(): void {
		$this->seed_months();
		$run = $this->desk->command( 'totals' );
		self::assertExit( 0, $run );
		self::assertSame( "total\tname\tnumber\norders\tcompleted\t3\norders\tcancelled\t1\nconnections\twoocommerce-bookings\t3\nconnections\tgalleria\t1\n", $run->stdout );
		self::assertSame(
			[ 'total' => 'orders', 'name' => 'completed', 'number' => 3 ],
			$this->desk->command( 'totals --format=json' )->json()[0]
		);
	}

	public function test_totals_by_month_have_the_months_in_order(): void {
		$this->seed_months();
		$run = $this->desk->command( 'totals --by-month' );
		self::assertExit( 0, $run );
		self::assertSame( "month\tcompleted\tcancelled\tconnections\n2025-12\t1\t0\t1\n2026-02\t1\t1\t1\n2026-10\t1\t0\t2\n", $run->stdout );
		self::assertSame( '', $run->stderr );
		$products = $this->desk->command( 'totals --by-month --fields=month,products --format=json' )->json();
		self::assertSame( [ '2025-12', '2026-02', '2026-10' ], array_column( $products, 'month' ) );
		self::assertEqualsCanonicalizing( [ 'galleria' => 1, 'woocommerce-bookings' => 1 ], $products[2]['products'] );
	}

	public function test_orders_of_undocumented_statuses_are_not_left_out_in_silence(): void {
		$this->sandbox->fault(
			'totals',
			[
				'kind' => 'patch',
				'set'  => [ 'total_orders_by_month' => [ '6-2019' => [ 'completed' => 105, 'refunded' => 2 ] ], 'total_connections_by_month' => [ '12-2018' => [ 'galleria' => 3 ] ] ],
			],
			2
		);
		$run = $this->desk->command( 'totals --by-month' );
		self::assertSame( "month\tcompleted\tcancelled\tconnections\n2018-12\t0\t0\t3\n2019-06\t105\t0\t0\n", $run->stdout );
		self::assertStringContainsString( '--fields=month,completed,cancelled,connections,other', $run->stderr );
		self::assertSame( "0\n2\n", $this->desk->command( 'totals --by-month --field=other' )->stdout );
	}

	public function test_products(): void {
		$run = $this->desk->command( 'product list' );
		self::assertExit( 0, $run );
		self::assertStringStartsWith( "slug\tname\ttype\tversion\tlast_updated\nwoocommerce-shipping-usps\tUSPS Shipping Method\tplugin\t4.4.19\t2018-10-17\n", $run->stdout );
		self::assertStringContainsString( "\ngalleria\tGalleria\ttheme\t2.2.17\t2018-08-13\n", $run->stdout );
		self::assertSame( "galleria artificer\n", $this->desk->command( 'product list --type=theme --format=ids' )->stdout );
		// As the documentation has it: on that day or after it.
		self::assertSame( "woocommerce-bookings dynamic-pricing\n", $this->desk->command( 'product list --type=plugin --updated-after=2019-02-14 --format=ids' )->stdout );
		self::assertSame( "artificer\n", $this->desk->command( 'product list --type=theme --updated-after=2018-08-14 --format=ids' )->stdout );
		self::assertSame( "11\n", $this->desk->command( 'product list --format=count' )->stdout );
	}

	public function test_a_product_that_no_filter_can_judge_is_named(): void {
		$this->sandbox->fault(
			'info',
			[
				'kind' => 'patch',
				'set'  => [ 'products' => [ [ 'slug' => 'odd', 'name' => 'Odd', 'type' => 'mystery' ] ] ],
			]
		);
		$run = $this->desk->command( 'product list --type=plugin --format=ids' );
		self::assertSame( "\n", $run->stdout );
		self::assertStringContainsString( 'odd', $run->stderr );
	}

	public function test_one_product(): void {
		$run = $this->desk->command( 'product get galleria --format=json' );
		self::assertExit( 0, $run );
		self::assertSame(
			[ 'slug' => 'galleria', 'name' => 'Galleria', 'type' => null, 'version' => '2.2.17', 'last_updated' => '2018-08-13' ],
			array_slice( $run->json(), 0, 5 )
		);
		self::assertSame( "2.2.17\n", $this->desk->command( 'product get galleria --field=version' )->stdout );
	}

	public function test_a_download_link_is_printed_only_if_it_is_named(): void {
		foreach ( [ 'table', 'csv', 'json', 'yaml' ] as $format ) {
			foreach ( [ 'product list', 'product get galleria' ] as $command ) {
				self::assertStringNotContainsString( 'Signature', $this->desk->command( "$command --format=$format" )->output() );
			}
		}
		$this->prints_links = true;
		$link               = trim( $this->desk->command( 'product get galleria --field=download_link' )->stdout );
		self::assertStringStartsWith( 'PK', http( 'GET', $link )['body'], 'It leads to a zip file.' );
		self::assertStringContainsString( 'Signature=', $this->desk->command( 'product list --fields=slug,download_link --format=csv' )->stdout );
	}

	/** @dataProvider wrong_use */
	#[DataProvider( 'wrong_use' )]
	public function test_wrong_use_is_refused_by_name_before_anything_is_sent( string $command, string $named, array $env = [] ): void {
		$this->assertRefusedUnsent( $this->desk->command( $command, env: $env ), $named );
	}

	/** @return array<string, array<mixed>> */
	public static function wrong_use(): array {
		return [
			'a date that does not exist' => [ 'order list --after=2026-02-30', '--after' ],
			'a time without a zone'      => [ 'order list --before=2026-01-31T10:00:00', '--before' ],
			'no date'                    => [ 'order list --after=yesterday', '--after' ],
			'an empty date'              => [ 'order list --after=', '--after' ],
			'a misspelt status'          => [ 'order list --status=complete', 'complete' ],
			'an empty status'            => [ 'order list --status=', '--status' ],
			'a customer by name'         => [ 'order list --customer-id=ada', '--customer-id' ],
			'limit 0'                    => [ 'order list --limit=0', '--limit' ],
			'limit with a fraction'      => [ 'order list --limit=1.5', '--limit' ],
			'an unknown field'           => [ 'order list --fields=id,secret', 'secret' ],
			'an unknown field alone'     => [ 'order list --field=secret', 'secret' ],
			'an unknown format'          => [ 'order list --format=xml', 'format' ],
			'two formats'                => [ 'order list --format=json,csv', 'format' ],
			'an unknown option'          => [ 'order list --stauts=any', 'stauts' ],
			'an order that is none'      => [ 'order get 26a', '<order-id>' ],
			'order 0'                    => [ 'order get 0', '<order-id>' ],
			'an empty order'             => [ "order get ''", '<order-id>' ],
			'two orders'                 => [ 'order get 1 2', '2' ],
			'connections of no order'    => [ 'order connections x', '<order-id>' ],
			'a site that is none'        => [ 'site get shop.example.com', '<site-id>' ],
			'no order and no WordPress'  => [ 'order get', '<order-id>' ],
			'no site and no WordPress'   => [ 'site get', '<site-id>' ],
			'a product that is no slug'  => [ "product get 'A b'", '<slug>' ],
			'a 13th month'               => [ 'product list --updated-after=2018-13-01', '--updated-after' ],
			'a date with a time'         => [ 'product list --updated-after=2018-10-01T00:00:00Z', '--updated-after' ],
			'an unknown type'            => [ 'product list --type=plugins', 'type' ],
			'two types'                  => [ 'product list --type=plugin,theme', 'type' ],
			'a field of another list'    => [ 'totals --fields=month', 'month' ],
			'ids of totals'              => [ 'totals --format=ids', 'format' ],
			'no key'                     => [ 'totals', '--key-file', [ 'WCCOM_HOST_KEY' => null ] ],
			'an empty key'               => [ 'totals', 'key', [ 'WCCOM_HOST_KEY' => '' ] ],
			'a key file that is none'    => [ 'totals --key-file=/nowhere/key', '/nowhere/key' ],
		];
	}

	public function test_without_the_extension(): void {
		$run = $this->desk->command( 'order list', ini: [ 'extension' => '' ] );
		$this->assertRefusedUnsent( $run, 'extension' );
	}

	/** @dataProvider sources_of_the_key */
	#[DataProvider( 'sources_of_the_key' )]
	public function test_the_key_comes_from_a_file_or_a_pipe( string $option, string $stdin ): void {
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		$file = tempnam( sys_get_temp_dir(), 'key' );
		file_put_contents( $file, Sandbox::KEY . "\n" );
		$run = $this->desk->command( 'order list --field=id --key-file=' . str_replace( '{file}', $file, $option ), $stdin, [ 'WCCOM_HOST_KEY' => null ] );
		unlink( $file );
		self::assertExit( 0, $run );
		self::assertCount( 250, explode( "\n", trim( $run->stdout ) ) );
	}

	/** @return array<string, array{string, string}> */
	public static function sources_of_the_key(): array {
		return [
			'file'           => [ '{file}', '' ],
			'standard input' => [ '-', Sandbox::KEY . "\n" ],
			'a named pipe'   => [ '<(cat {file})', '' ],
		];
	}

	/**
	 * @dataProvider refusals
	 * @param array<string, string> $env
	 */
	#[DataProvider( 'refusals' )]
	public function test_a_refusal( string $command, string $named, array $env = [] ): void {
		$run = $this->desk->command( $command, env: $env );
		self::assertExit( 3, $run );
		self::assertSame( '', $run->stdout );
		self::assertStringContainsString( $named, $run->stderr );
		self::assertStringNotContainsStringIgnoringCase( 'may exist', $run->stderr );
	}

	/** @return array<string, array<mixed>> */
	public static function refusals(): array {
		$wrong = [ 'WCCOM_HOST_KEY' => 'wrong-key' ];
		return [
			'no such order'          => [ 'order get 99', '404' ],
			'no such order, either'  => [ 'order connections 99', '404' ],
			'no such site'           => [ 'site get 99', '404' ],
			'no such product'        => [ 'product get unknown', '404' ],
			'wrong key: orders'      => [ 'order list', 'key', $wrong ],
			'wrong key: count'       => [ 'order list --format=count', 'key', $wrong ],
			'wrong key: totals'      => [ 'totals', 'key', $wrong ],
			'wrong key: products'    => [ 'product list', 'key', $wrong ],
		];
	}

	/**
	 * @dataProvider passing_failures
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'passing_failures' )]
	public function test_a_failure_that_passes_is_not_even_noticed( array $fault ): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		$this->sandbox->fault( 'any', $fault );
		$run = $this->desk->command( 'order list --format=ids' );
		self::assertExit( 0, $run );
		self::assertSame( "4262918\n", $run->stdout );
		self::assertSame( '', $run->stderr );
	}

	/** @return array<string, array{array<string, mixed>}> */
	public static function passing_failures(): array {
		return [
			'429'      => [ [ 'kind' => 'status', 'status' => 429, 'headers' => [ 'Retry-After' => '1' ] ] ],
			'500'      => [ [ 'kind' => 'status', 'status' => 500 ] ],
			'502 HTML' => [ [ 'kind' => 'status', 'status' => 502, 'body' => '<html>Bad gateway</html>' ] ],
			'503'      => [ [ 'kind' => 'status', 'status' => 503 ] ],
			'reset'    => [ [ 'kind' => 'reset', 'when' => 'before' ] ],
		];
	}

	/**
	 * @dataProvider lasting_failures
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'lasting_failures' )]
	public function test_a_failure_that_lasts( int $exit_code, array $fault, string $named ): void {
		$this->sandbox->fault( 'any', $fault, 1000 );
		foreach ( [ 'order list --format=json', 'totals', 'product list' ] as $command ) {
			$run = $this->desk->command( $command, ini: [ 'wccom_host.timeout' => '1' ] );
			self::assertExit( $exit_code, $run );
			self::assertSame( '', $run->stdout );
			self::assertStringContainsString( $named, $run->stderr );
			self::assertStringNotContainsStringIgnoringCase( 'may exist', $run->stderr );
			self::assertStringNotContainsStringIgnoringCase( 'recover', $run->stderr );
			self::assertStringNotContainsString( '<html>', $run->stderr );
		}
	}

	/** @return array<string, array<mixed>> */
	public static function lasting_failures(): array {
		return [
			'401'          => [ 3, [ 'kind' => 'status', 'status' => 401 ], '401' ],
			'429'          => [ 4, [ 'kind' => 'status', 'status' => 429, 'headers' => [ 'Retry-After' => '60' ] ], '429' ],
			'redirect'     => [ 3, [ 'kind' => 'redirect', 'status' => 302, 'location' => 'http://127.0.0.1:9/' ], '302' ],
			'500'          => [ 4, [ 'kind' => 'status', 'status' => 500 ], '500' ],
			'503'          => [ 4, [ 'kind' => 'status', 'status' => 503 ], '503' ],
			'reset'        => [ 4, [ 'kind' => 'reset', 'when' => 'before' ], 'answer' ],
			'stall'        => [ 4, [ 'kind' => 'stall', 'when' => 'after' ], 'answer' ],
			'HTML, 200'    => [ 4, [ 'kind' => 'body', 'body' => '<html>Maintenance</html>', 'content_type' => 'text/html' ], 'not as documented' ],
			'cut-off JSON' => [ 4, [ 'kind' => 'truncate', 'bytes' => 1 ], 'not as documented' ],
		];
	}

	public function test_nobody_listens(): void {
		$socket = stream_socket_server( 'tcp://127.0.0.1:0' );
		$port   = explode( ':', (string) stream_socket_get_name( $socket, false ) )[1];
		fclose( $socket );
		$run = $this->desk->command( 'order list', ini: [ 'wccom_host.base_url' => "http://127.0.0.1:$port/", 'wccom_host.timeout' => '2' ] );
		self::assertExit( 4, $run );
		self::assertStringContainsString( 'can be run again', $run->stderr );
	}

	public function test_a_list_that_breaks_off_is_no_list(): void {
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		$this->sandbox->fault( 'orders', [ 'kind' => 'delay', 'ms' => 0, 'when' => 'before' ] );
		$this->sandbox->fault( 'orders', [ 'kind' => 'status', 'status' => 404 ] );
		$run = $this->desk->command( 'order list --format=json' );
		self::assertExit( 3, $run );
		self::assertStringStartsWith( '[{', $run->stdout );
		self::assertNull( json_decode( $run->stdout ), 'Nobody can take it for the whole list.' );
	}

	public function test_a_reader_who_has_had_enough_ends_it_quietly(): void {
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		foreach ( [ 'table', 'csv', 'json', 'yaml', 'ids' ] as $format ) {
			// It is gone long before the first order has come.
			$run = $this->desk->command( "order list --format=$format | true" );
			self::assertExit( 0, $run );
			self::assertSame( '', $run->stderr, $format );
		}
		self::assertCount( 5, $this->sandbox->log(), 'Nothing is read that nobody wants.' );
		foreach ( [ 'order list --format=count', "order get {$this->sandbox->orders()[0]['id']}", 'totals' ] as $command ) {
			$run = $this->desk->command( "$command | true" );
			self::assertExit( 0, $run );
			self::assertSame( '', $run->stderr );
		}
	}

	public function test_a_disk_that_is_full_is_a_failure(): void {
		$this->sandbox->add_orders( [ self::ORDER ] );
		foreach ( [ 'order list', 'order list --format=count', 'order get 4262918 --format=json' ] as $command ) {
			$run = $this->desk->command( "$command > /dev/full" );
			self::assertExit( 1, $run );
			self::assertStringContainsString( 'No space left on device', $run->stderr );
			self::assertStringContainsString( 'not complete', $run->stderr );
		}
	}

	public function test_a_person_sees_a_table_with_borders(): void {
		$this->seed_months();
		$run = $this->desk->command_on_terminal( 'totals --by-month --no-color' );
		self::assertExit( 0, $run );
		self::assertSame(
			implode(
				"\r\n",
				[
					'+---------+-----------+-----------+-------------+',
					'| month   | completed | cancelled | connections |',
					'+---------+-----------+-----------+-------------+',
					'| 2025-12 | 1         | 0         | 1           |',
					'| 2026-02 | 1         | 1         | 1           |',
					'| 2026-10 | 1         | 0         | 2           |',
					'+---------+-----------+-----------+-------------+',
					'',
				]
			),
			$run->stdout
		);
	}

	public function test_a_person_who_waits_is_told_so(): void {
		$this->sandbox->add_orders( [ 'count' => 250 ] );
		$this->sandbox->fault( 'orders', [ 'kind' => 'delay', 'ms' => 2500, 'when' => 'before' ] );
		$run = $this->desk->command_on_terminal( 'order list --format=csv > /dev/null' );
		self::assertExit( 0, $run );
		self::assertStringContainsString( 'Waiting for an answer from ' . $this->sandbox->base_url(), $run->stdout );
		self::assertStringContainsString( 'Reading orders  100% [', $run->stdout );

		$this->sandbox->fault( 'orders', [ 'kind' => 'delay', 'ms' => 2500, 'when' => 'before' ] );
		self::assertSame( '', $this->desk->command( 'order list --format=csv > /dev/null' )->output(), 'Nobody watches a pipe.' );
	}

	private function seed_months(): void {
		$this->sandbox->add_orders(
			[
				[ 'date_created_gmt' => '2026-10-10T12:00:00', 'products' => [ 'galleria', 'woocommerce-bookings' ], 'connected' => true ],
				[ 'date_created_gmt' => '2025-12-10T12:00:00', 'products' => [ 'woocommerce-bookings' ], 'connected' => true ],
				[ 'date_created_gmt' => '2026-02-10T12:00:00', 'products' => [ 'woocommerce-bookings' ], 'connected' => true ],
				[ 'date_created_gmt' => '2026-02-11T12:00:00', 'status' => 'cancelled' ],
			]
		);
	}
}
