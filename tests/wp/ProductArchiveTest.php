<?php
/**
 * What comes from the store is looked at before anything is replaced.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

final class ProductArchiveTest extends ProductTestCase {

	/**
	 * @dataProvider bad_archives
	 * @param array<string, string> $files
	 */
	public function test_an_archive_that_is_not_one_product_in_one_folder_changes_nothing( array $files, string $words ): void {
		$this->put_plugin( 'sample', self::plugin( 'Sample', '1.0' ) );
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		foreach ( [ [], [ 'SITE_PCLZIP' => '1' ] ] as $env ) {
			$this->site->add_mu_plugin( 'pclzip' );
			$rows = $this->install( 'sample', 9, $env );
			self::assertSame( 'failed', $rows['sample']['status'] );
			self::assertStringContainsString( $words, $rows['sample']['reason'] );
			self::assertSame( '1.0', $rows['sample']['version'] );
			self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
		}
		self::assertSame( [ 'sample', 'woocommerce' ], $this->folders( 'plugins' ) );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/evil.php' ) );
	}

	/** @return array<string, array{array<string, string>, string}> */
	public function bad_archives(): array {
		$plugin = [ 'sample/sample.php' => self::plugin( 'Sample' ) ];
		return [
			'path traversal'          => [ $plugin + [ 'sample/../../evil.php' => '<?php' ], 'unsafe name' ],
			'a traversal at the top'  => [ $plugin + [ '../evil.php' => '<?php' ], 'unsafe name' ],
			'an absolute path'        => [ $plugin + [ '/tmp/evil.php' => '<?php' ], 'unsafe name' ],
			'a backslash'             => [ $plugin + [ 'sample\\..\\evil.php' => '<?php' ], 'unsafe name' ],
			'several folders'         => [ $plugin + [ 'other/other.php' => self::plugin( 'Other' ) ], 'one folder' ],
			'a file beside it'        => [ $plugin + [ 'readme.txt' => 'Hello' ], 'one folder' ],
			'a hidden folder'         => [ [ '.sample/sample.php' => self::plugin( 'Sample' ) ], 'one folder' ],
			'no header'               => [ [ 'sample/sample.php' => '<?php echo 1;' ], 'no plugin' ],
			'the header is too deep'  => [ [ 'sample/sample/sample.php' => self::plugin( 'Sample' ) ], 'no plugin' ],
			'a theme, and no plugin'  => [ [ 'sample/style.css' => "/*\nTheme Name: Sample\n*/" ], 'no plugin' ],
		];
	}

	public function test_a_folder_that_is_another_plugins_is_left_alone(): void {
		$this->put_plugin( 'precious', self::plugin( 'Precious', '1.0', '', " * Woo: 4711:abc\n" ) );
		$files = [ 'precious/sample.php' => self::plugin( 'Sample' ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		$rows = $this->install( 'sample --force', 9 );
		self::assertStringContainsString( 'something else: Precious 1.0', $rows['sample']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'precious' ) );
	}

	public function test_another_product_with_the_same_folder_and_another_number_is_left_alone(): void {
		$this->put_plugin( 'sample', self::plugin( 'Sample', '1.0', '', " * Woo: 4711:abc\n" ) );
		$files = [ 'sample/sample.php' => self::plugin( 'Sample', '2.0', '', " * Woo: 4712:abc\n" ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( 'something else', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
	}

	public function test_woocommerce_itself_is_not_replaced_by_what_has_its_folder(): void {
		$files = [ 'woocommerce/sample.php' => self::plugin( 'Sample' ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( 'something else', $this->install( 'sample --force', 9 )['sample']['reason'] );
		self::assertTrue( is_link( $this->site->path( '/wp-content/plugins/woocommerce' ) ) );
	}

	public function test_a_folder_that_holds_no_plugin_is_left_alone(): void {
		mkdir( $this->site->path( '/wp-content/plugins/sample' ) );
		file_put_contents( $this->site->path( '/wp-content/plugins/sample/notes.txt' ), 'mine' );
		$this->offer_plugin( 'sample' );
		self::assertSame( 'failed', $this->install( 'sample', 9 )['sample']['status'] );
		self::assertSame( 'mine', file_get_contents( $this->site->path( '/wp-content/plugins/sample/notes.txt' ) ) );
	}

	public function test_a_product_that_lies_in_another_folder_is_not_installed_a_second_time(): void {
		$this->put_plugin( 'sample-master', self::plugin( 'Sample', '1.0', '', " * Woo: 4711:abc\n" ) );
		$files = [ 'sample/sample.php' => self::plugin( 'Sample', '2.0', '', " * Woo: 4711:abc\n" ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( 'sample-master', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertNull( $this->version_on_disk( 'sample' ) );
	}

	public function test_a_link_to_files_of_others_is_left_alone(): void {
		mkdir( $this->folder() . '/shared' );
		file_put_contents( $this->folder() . '/shared/sample.php', self::plugin( 'sample', '1.0' ) );
		symlink( $this->folder() . '/shared', $this->site->path( '/wp-content/plugins/sample' ) );
		$this->offer_plugin( 'sample' );
		self::assertStringContainsString( 'is a link', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertStringContainsString( 'Version: 1.0', (string) file_get_contents( $this->folder() . '/shared/sample.php' ) );
		self::assertSame( 0, $this->store()->requests( 'sample' ) );
	}

	/**
	 * @dataProvider damages
	 * @param callable(string): string $damage
	 */
	public function test_a_damaged_file_changes_nothing( callable $damage ): void {
		$this->site->add_mu_plugin( 'pclzip' );
		$this->put_plugin( 'sample', self::plugin( 'sample', '1.0' ) );
		$this->offer_plugin( 'sample' );
		$this->store()->change( 'sample', $damage );
		foreach ( [ [], [ 'SITE_PCLZIP' => '1' ] ] as $env ) {
			$row = $this->install( 'sample', 9, $env )['sample'];
			self::assertSame( 'failed', $row['status'] );
			self::assertMatchesRegularExpression( '/not a whole zip file|damaged/', $row['reason'] );
			self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
		}
	}

	/** @return array<string, array{callable(string): string}> */
	public function damages(): array {
		return [
			'its end is missing'       => [ fn( string $zip ): string => substr( $zip, 0, -400 ) ],
			'a byte is another'        => [ fn( string $zip ): string => substr_replace( $zip, '#', (int) strpos( $zip, '2.02.02.0' ) + 30000, 1 ) ],
			'a page instead of a file' => [ fn( string $zip ): string => '<html>Sorry</html>' ],
			'nothing'                  => [ fn( string $zip ): string => '' ],
		];
	}

	public function test_without_the_zip_extension_a_good_file_is_installed(): void {
		$this->site->add_mu_plugin( 'pclzip' );
		$this->offer_plugin( 'sample' );
		self::assertSame( 'installed', $this->install( 'sample', env: [ 'SITE_PCLZIP' => '1' ] )['sample']['status'] );
		self::assertSame( '2.0', $this->version_on_disk( 'sample' ) );
	}

	public function test_where_the_type_is_missing_the_file_tells(): void {
		$this->offer(
			[ 'slug' => 'plug', 'type' => null, 'download_link' => $this->store()->zip( 'plug', [ 'plug/plug.php' => self::plugin( 'Plug' ) ] ) ],
			[ 'slug' => 'look', 'type' => 'skin', 'download_link' => $this->store()->zip( 'look', [ 'look/style.css' => "/*\nTheme Name: Look\nVersion: 2.0\n*/", 'look/index.php' => '<?php' ] ) ],
		);
		$rows = $this->install( 'plug look' );
		self::assertSame( [ 'plugin', 'theme' ], array_column( $rows, 'type' ) );
		self::assertSame( [ 'installed', 'installed' ], array_column( $rows, 'status' ) );
		self::assertFileExists( $this->site->path( '/wp-content/themes/look/style.css' ) );
	}

	public function test_a_product_for_a_later_php_is_not_installed(): void {
		$files = [ 'sample/sample.php' => self::plugin( 'Sample', '2.0', '', " * Requires PHP: 99.0\n" ) ];
		$this->put_plugin( 'sample', self::plugin( 'Sample', '1.0' ) );
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( '99.0', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
	}

	/** @return list<string> */
	private function folders( string $kind ): array {
		return array_map( 'basename', glob( $this->site->path( "/wp-content/$kind/*" ), GLOB_ONLYDIR ) );
	}
}
