<?php
/**
 * What comes from the store is looked at before anything is replaced.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProductArchiveTest extends ProductTestCase {

	/**
	 * @dataProvider bad_archives
	 * @param array<string, string> $files
	 */
	#[DataProvider( 'bad_archives' )]
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
	public static function bad_archives(): array {
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
		self::assertStringContainsString( 'has another plugin: Precious 1.0', $rows['sample']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'precious' ) );
	}

	public function test_another_product_with_the_same_folder_and_another_number_is_left_alone(): void {
		$this->put_plugin( 'sample', self::plugin( 'Sample', '1.0', '', " * Woo: 4711:abc\n" ) );
		$files = [ 'sample/sample.php' => self::plugin( 'Sample', '2.0', '', " * Woo: 4712:abc\n" ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( 'has another plugin', $this->install( 'sample', 9 )['sample']['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
	}

	/** @dataProvider plugins_of_others */
	#[DataProvider( 'plugins_of_others' )]
	public function test_another_plugin_is_not_replaced_by_an_archive_that_looks_like_it( string $folder, string $name, string $woo_there, string $woo_in_archive ): void {
		$this->put_plugin( $folder, self::plugin( 'Other', '1.0', '', '' === $woo_there ? '' : " * Woo: $woo_there:abc\n" ) );
		$this->site->store( 'active_plugins', [ "$folder/$folder.php", 'woocommerce/woocommerce.php' ] );
		$files = [ "$folder/$folder.php" => self::plugin( $name, '2.0', '', '' === $woo_in_archive ? '' : " * Woo: $woo_in_archive:abc\n" ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		$row = $this->install( 'sample --activate', 9 )['sample'];
		self::assertSame( 'failed', $row['status'] );
		self::assertStringContainsString( "/$folder has another plugin: Other 1.0", $row['reason'] );
		self::assertSame( '1.0', $this->version_on_disk( $folder ) );
	}

	/** @return array<string, array{string, string, string, string}> */
	public static function plugins_of_others(): array {
		return [
			'its main file'                             => [ 'other', 'Sample', '', '' ],
			'its main file and name'                    => [ 'other', 'Other', '', '' ],
			'its main file and name, and a number'      => [ 'other', 'Other', '', '4711' ],
			'its main file and name, without a number'  => [ 'other', 'Other', '4711', '' ],
			"the product's folder, and another name"    => [ 'sample', 'Sample', '', '' ],
			"the product's folder, with a number there" => [ 'sample', 'Sample', '4711', '' ],
		];
	}

	/** @dataProvider versions_of_its_own */
	#[DataProvider( 'versions_of_its_own' )]
	public function test_another_version_of_the_product_is_replaced( string $folder, string $name, string $woo_there, string $woo_in_archive ): void {
		$this->put_plugin( $folder, self::plugin( 'Sample', '1.0', '', '' === $woo_there ? '' : " * Woo: $woo_there:abc\n" ) );
		$files = [ "$folder/$folder.php" => self::plugin( $name, '2.0', '', '' === $woo_in_archive ? '' : " * Woo: $woo_in_archive:def\n" ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertSame( 'updated', $this->install( 'sample' )['sample']['status'] );
		self::assertSame( '2.0', $this->version_on_disk( $folder ) );
	}

	/** @return array<string, array{string, string, string, string}> */
	public static function versions_of_its_own(): array {
		return [
			'the same number, another name'            => [ 'sample', 'Renamed', '4711', '4711' ],
			'the same number, a folder of its own'     => [ 'sample-product', 'Renamed', '4711', '4711' ],
			"the product's folder, and its name"       => [ 'sample', 'Sample', '', '' ],
			"the product's folder, now with a number"  => [ 'sample', 'Sample', '', '4711' ],
		];
	}

	public function test_a_new_folder_may_have_another_name_than_the_product(): void {
		$files = [ 'sample-product/main.php' => self::plugin( 'Sample' ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertSame( 'installed', $this->install( 'sample' )['sample']['status'] );
	}

	public function test_woocommerce_is_never_replaced_by_a_product(): void {
		$folder = $this->site->path( '/wp-content/plugins/woocommerce' );
		$origin = (string) realpath( $folder );
		unlink( $folder );
		exec( 'cp -r ' . escapeshellarg( $origin ) . ' ' . escapeshellarg( $folder ) );
		$main  = (string) file_get_contents( "$folder/woocommerce.php" );
		$name  = 1 === preg_match( '/Plugin Name: (.+)/', $main, $match ) ? trim( $match[1] ) : '';
		$files = [ 'woocommerce/woocommerce.php' => self::plugin( $name, '999.0' ) ];
		$this->offer( ...array_map( fn( string $slug ) => [ 'slug' => $slug, 'version' => '999.0', 'download_link' => $this->store()->zip( $slug, $files ) ], [ 'sample', 'woocommerce' ] ) );
		foreach ( [ 'sample', 'woocommerce' ] as $slug ) {
			self::assertStringContainsString( "has another plugin: $name", $this->install( "$slug --force", 9 )[ $slug ]['reason'] );
			self::assertSame( $main, file_get_contents( "$folder/woocommerce.php" ) );
		}
		// Its own files hold what looks like secrets.
		remove_folder( $folder );
	}

	public function test_woocommerce_itself_is_not_replaced_by_what_has_its_folder(): void {
		$files = [ 'woocommerce/sample.php' => self::plugin( 'Sample' ) ];
		$this->offer( [ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', $files ) ] );
		self::assertStringContainsString( 'has another plugin', $this->install( 'sample --force', 9 )['sample']['reason'] );
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
	#[DataProvider( 'damages' )]
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
	public static function damages(): array {
		return [
			'its end is missing'       => [ fn( string $zip ): string => substr( $zip, 0, -400 ) ],
			'a byte is another'        => [ fn( string $zip ): string => substr_replace( $zip, '#', (int) strpos( $zip, '2.02.02.0' ) + 30000, 1 ) ],
			'a page instead of a file' => [ fn( string $zip ): string => '<html>Sorry</html>' ],
			'nothing'                  => [ fn( string $zip ): string => '' ],
		];
	}

	public function test_a_file_that_would_fill_the_disk_is_not_unpacked(): void {
		$this->site->add_mu_plugin( 'pclzip' );
		$this->offer_plugin( 'sample' );
		// Both headers of a file say how large it is when it is unpacked: here, almost 4 GiB. They also say that it is compressed, or
		// else libzip 1.11 compares that with its size in the file.
		$size = preg_quote( pack( 'V', strlen( '<?php // ' ) + 60000 ), '/' );
		$this->store()->change( 'sample', fn( string $zip ): string => (string) preg_replace( "/\\x00\\x00(.{12})$size\\x18/s", "\x08\x00\\1" . pack( 'V', 0xf0000000 ) . "\x18", $zip ) );
		foreach ( [ [], [ 'SITE_PCLZIP' => '1' ] ] as $env ) {
			self::assertStringContainsString( 'too large', $this->install( 'sample', 9, $env )['sample']['reason'] );
			self::assertNull( $this->version_on_disk( 'sample' ) );
		}
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
