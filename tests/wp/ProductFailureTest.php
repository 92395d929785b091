<?php
/**
 * What is on the disk after a failure in the middle.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class ProductFailureTest extends ProductTestCase {

	protected function setUp(): void {
		parent::setUp();
		$this->put_plugin( 'sample', self::plugin( 'sample', '1.0' ) );
		mkdir( $this->site->path( '/wp-content/plugins/sample/includes' ) );
		file_put_contents( $this->site->path( '/wp-content/plugins/sample/includes/old.php' ), '<?php // 1.0' );
		$this->site->store( 'active_plugins', [ 'sample/sample.php', 'woocommerce/woocommerce.php' ] );
	}

	/** @dataProvider moments */
	#[DataProvider( 'moments' )]
	public function test_an_update_that_fails_in_the_middle_leaves_the_old_version( string $hook ): void {
		$this->site->add_mu_plugin( 'fails-at' );
		$this->offer_plugin( 'sample' );
		$row = $this->install( 'sample', 9, [ 'FAIL_AT' => $hook ] )['sample'];
		self::assertSame( [ 'failed', '1.0', true ], [ $row['status'], $row['version'], $row['active'] ] );
		self::assertStringContainsString( 'The disk is gone', $row['reason'] );
		$this->assertOldVersion();
		self::assertSame( 'updated', $this->install( 'sample' )['sample']['status'] );
		self::assertSame( '2.0', $this->version_on_disk( 'sample' ) );
	}

	/** @return array<string, array{string}> */
	public static function moments(): array {
		return [
			'before it is unpacked'        => [ 'upgrader_pre_download' ],
			'before anything is moved'     => [ 'upgrader_pre_install' ],
			'when the old one is away'     => [ 'upgrader_clear_destination' ],
			'when the new one is there'    => [ 'upgrader_post_install' ],
		];
	}

	/** @dataProvider moments */
	#[DataProvider( 'moments' )]
	public function test_after_a_kill_in_the_middle_the_next_run_puts_it_right( string $hook ): void {
		$this->site->add_mu_plugin( 'kill-at' );
		$this->offer_plugin( 'sample' );
		$killed = $this->command( 'product install sample', [ 'KILL_AT' => $hook ] );
		self::assertExit( 128 + SIGKILL, $killed );

		// Even if nothing can be downloaded then, the old version is back.
		$this->store()->change( 'sample', fn(): string => 'nothing' );
		self::assertSame( 'failed', $this->install( 'sample', 9 )['sample']['status'] );
		$this->assertOldVersion();
		self::assertContains( 'sample/sample.php', $this->site->stored( 'active_plugins' ) );

		// The folder for downloads of a process that was killed stays, without a secret in it.
		foreach ( glob( $this->folder() . '/tmp/*' ) as $folder ) {
			self::assertSame( 0700, fileperms( $folder ) & 0777 );
			remove_folder( $folder );
		}
	}

	public function test_a_first_installation_that_was_killed_half_way_is_not_taken_for_a_whole_one(): void {
		$this->offer_plugin( 'other' );
		// As a copy from one file system to another leaves it.
		$this->put_plugin( 'other', self::plugin( 'other', '2.0' ) );
		mkdir( $this->site->path( '/wp-content/upgrade-temp-backup/plugins' ), 0755, true );
		$mark = $this->site->path( '/wp-content/upgrade-temp-backup/plugins/other.wccom-host' );
		file_put_contents( $mark, 'install' );
		$this->store()->change( 'other', fn( string $zip ): string => strrev( $zip ) );
		self::assertSame( 'failed', $this->install( 'other', 9 )['other']['status'] );
		self::assertSame( '2.0', $this->version_on_disk( 'other' ), 'Somebody may have put it right: it is not removed before there is another.' );
		$this->store()->change( 'other', fn( string $zip ): string => strrev( $zip ) );
		self::assertSame( 'updated', $this->install( 'other' )['other']['status'] );
		self::assertFileExists( $this->site->path( '/wp-content/plugins/other/includes/more.php' ) );
		self::assertSame( 'skipped', $this->install( 'other' )['other']['status'] );
	}

	public function test_half_of_a_first_installation_that_is_no_plugin_yet_is_replaced(): void {
		$this->offer_plugin( 'other' );
		mkdir( $this->site->path( '/wp-content/plugins/other' ) );
		file_put_contents( $this->site->path( '/wp-content/plugins/other/half.php' ), '<?php' );
		mkdir( $this->site->path( '/wp-content/upgrade-temp-backup/plugins' ), 0755, true );
		file_put_contents( $this->site->path( '/wp-content/upgrade-temp-backup/plugins/other.wccom-host' ), 'install' );
		self::assertSame( 'installed', $this->install( 'other' )['other']['status'] );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/plugins/other/half.php' ) );
	}

	/** @dataProvider marks */
	#[DataProvider( 'marks' )]
	public function test_of_two_halves_the_whole_one_stays( string $mark, int $files_there, int $files_aside, string $expected ): void {
		$there = $this->site->path( '/wp-content/plugins/sample' );
		$aside = $this->site->path( '/wp-content/upgrade-temp-backup/plugins/sample' );
		mkdir( $aside, 0755, true );
		file_put_contents( "$there/sample.php", self::plugin( 'sample', '1.1' ) );
		file_put_contents( "$aside/sample.php", self::plugin( 'sample', '1.2' ) );
		foreach ( [ [ $there, $files_there ], [ $aside, $files_aside ] ] as [ $folder, $count ] ) {
			for ( $number = 0; $number < $count; $number++ ) {
				touch( "$folder/$number.php" );
			}
		}
		file_put_contents( "$aside.wccom-host", $mark );
		$this->offer_plugin( 'sample' );
		$this->store()->change( 'sample', fn(): string => 'nothing' );
		$this->install( 'sample', 9 );
		self::assertSame( $expected, $this->version_on_disk( 'sample' ) );
	}

	/** @return array<string, array{string, int, int, string}> */
	public static function marks(): array {
		return [
			'being put aside, not much is there yet' => [ 'update', 9, 3, '1.1' ],
			'put aside, the rest is being removed'   => [ 'update', 3, 9, '1.2' ],
			'the mark was not written any more'      => [ '', 9, 3, '1.1' ],
			'the new one is being written'           => [ 'kept', 99, 9, '1.2' ],
		];
	}

	public function test_an_old_copy_that_somebody_else_left_is_not_taken_for_the_old_version(): void {
		mkdir( $this->site->path( '/wp-content/upgrade-temp-backup/plugins/sample' ), 0755, true );
		file_put_contents( $this->site->path( '/wp-content/upgrade-temp-backup/plugins/sample/sample.php' ), self::plugin( 'sample', '0.1' ) );
		$this->site->add_mu_plugin( 'fails-at' );
		$this->offer_plugin( 'sample' );
		$this->install( 'sample', 9, [ 'FAIL_AT' => 'upgrader_pre_install' ] );
		$this->assertOldVersion();
	}

	public function test_ctrl_c_waits_until_the_new_version_is_in_its_place(): void {
		$this->site->add_mu_plugin( 'signal-at' );
		$this->offer_plugin( 'sample' );
		$run = $this->command( 'product install sample --format=json', [ 'SIGNAL_AT' => 'upgrader_clear_destination' ] );
		self::assertExit( 9, $run );
		self::assertSame( [ '2.0', 'updated', true ], array_values( array_intersect_key( $run->json()[0], [ 'version' => 1, 'status' => 1, 'active' => 1 ] ) ) );
		self::assertSame( '2.0', $this->version_on_disk( 'sample' ) );
		self::assertStringContainsString( 'Run the same command again', $run->stderr );
		self::assertSame( 'skipped', $this->install( 'sample' )['sample']['status'] );
	}

	/** @dataProvider signals */
	#[DataProvider( 'signals' )]
	public function test_ctrl_c_while_the_store_says_nothing_ends_the_command_with_its_result( int $signal ): void {
		$this->sandbox->fault( 'download', [ 'kind' => 'stall', 'when' => 'body' ] );
		$slug    = 'woocommerce-shipping-usps';
		$process = $this->site->start( "product install $slug --activate --format=json", $this->live() );
		wait_for( fn() => '' !== implode( array_map( 'file_get_contents', glob( $this->folder() . "/tmp/wccom-host-*/$slug.zip" ) ) ), 'half of the download' );
		$process->signal( $signal );
		$run = $this->site->finish( $process );
		self::assertExit( 9, $run );
		self::assertSame( [ 'failed', 'interrupted' ], [ $run->json()[0]['status'], $run->json()[0]['reason'] ] );
		self::assertStringContainsString( 'Run the same command again', $run->stderr );
		self::assertSame( 'installed', $this->install( $slug )[ $slug ]['status'] );
	}

	/** @return array<string, array{int}> */
	public static function signals(): array {
		return [
			'SIGINT'  => [ SIGINT ],
			'SIGTERM' => [ SIGTERM ],
		];
	}

	public function test_ctrl_c_while_a_product_is_activated_is_not_taken_for_its_fault(): void {
		$this->site->add_mu_plugin( 'signal-at' );
		$this->offer_plugin( 'sample', '2.0', 'register_activation_hook( __FILE__, function () { apply_filters( "sample_activation", 1 ); } );' );
		$this->site->store( 'active_plugins', [ 'woocommerce/woocommerce.php' ] );
		$run = $this->command( 'product install sample --activate --format=json', [ 'SIGNAL_AT' => 'sample_activation' ] );
		self::assertExit( 9, $run );
		self::assertSame( [ '2.0', 'failed', false, 'updated, but not activated: interrupted' ], array_values( array_intersect_key( $run->json()[0], [ 'status' => 1, 'version' => 1, 'reason' => 1, 'active' => 1 ] ) ) );
	}

	public function test_what_a_killed_run_left_in_the_folder_for_temporary_files_is_removed_the_next_day(): void {
		$this->offer_plugin( 'sample' );
		$tmp     = $this->live()['TMPDIR'];
		$folders = [
			'old'             => [ "$tmp/wccom-host-" . str_repeat( 'a1', 8 ), 0700, 100000 ],
			'of today'        => [ "$tmp/wccom-host-" . str_repeat( 'b2', 8 ), 0700, 1000 ],
			'open to others'  => [ "$tmp/wccom-host-" . str_repeat( 'c3', 8 ), 0755, 100000 ],
			'of another name' => [ "$tmp/wccom-host-mine", 0700, 100000 ],
		];
		foreach ( $folders as [ $folder, $mode, $age ] ) {
			mkdir( $folder );
			chmod( $folder, $mode );
			file_put_contents( "$folder/sample.zip", 'half' );
			touch( $folder, time() - $age );
		}
		$this->install( 'sample' );
		$left = array_filter( array_column( $folders, 0 ), 'is_dir' );
		self::assertSame( array_slice( array_column( $folders, 0 ), 1 ), array_values( $left ) );
		array_map( __NAMESPACE__ . '\remove_folder', $left );
	}

	public function test_folders_that_cannot_be_written_change_nothing(): void {
		$this->offer_plugin( 'sample' );
		foreach ( [ '/wp-content/upgrade-temp-backup', '/wp-content/upgrade' ] as $folder ) {
			file_put_contents( $this->site->path( $folder ), 'in the way' );
			$row = $this->install( 'sample', 9 )['sample'];
			self::assertSame( 'failed', $row['status'] );
			self::assertNotEmpty( $row['reason'] );
			$this->assertOldVersion();
			unlink( $this->site->path( $folder ) );
		}
		self::assertSame( 'updated', $this->install( 'sample' )['sample']['status'] );
	}

	public function test_a_plugins_folder_that_cannot_be_written_changes_nothing(): void {
		$this->offer(
			[ 'slug' => 'sample', 'download_link' => $this->store()->zip( 'sample', [ 'sample/sample.php' => self::plugin( 'sample' ), 'sample/includes/more.php' => '<?php' ] ) ],
			[ 'slug' => 'other', 'download_link' => $this->store()->zip( 'other', [ 'other/other.php' => self::plugin( 'other' ) ] ) ],
		);
		$plugins = $this->site->path( '/wp-content/plugins' );
		exec( 'chattr +i ' . escapeshellarg( $plugins ) . ' 2>&1', $output, $code );
		if ( 0 !== $code ) {
			self::markTestSkipped( 'This machine lets nobody close a folder to root.' );
		}
		try {
			$rows = $this->install( 'sample other', 9 );
		} finally {
			exec( 'chattr -i ' . escapeshellarg( $plugins ) );
		}
		self::assertSame( [ 'failed', 'failed' ], array_column( $rows, 'status' ) );
		self::assertStringContainsString( 'cannot be written', $rows['sample']['reason'] );
		$this->assertOldVersion();
		self::assertNull( $this->version_on_disk( 'other' ) );
	}

	public function test_two_runs_at_once_do_not_disturb_each_other(): void {
		$this->site->add_mu_plugin( 'waits-at' );
		$this->offer_plugin( 'sample' );
		$go    = $this->folder() . '/go';
		$first = $this->site->start( 'product install sample --format=json', [ 'WAIT_AT' => 'upgrader_pre_download', 'WAIT_FOR' => $go ] + $this->live() );
		wait_for( fn() => is_file( "$go.reached" ), 'the first run' );
		$second = $this->command( 'product install sample' );
		self::assertExit( 4, $second );
		self::assertStringContainsString( 'Another process is installing', $second->stderr );
		touch( $go );
		self::assertExit( 0, $this->site->finish( $first ) );
		self::assertSame( '2.0', $this->version_on_disk( 'sample' ) );
	}

	private function assertOldVersion(): void {
		self::assertSame( '1.0', $this->version_on_disk( 'sample' ) );
		self::assertSame( '<?php // 1.0', file_get_contents( $this->site->path( '/wp-content/plugins/sample/includes/old.php' ) ) );
		self::assertFileDoesNotExist( $this->site->path( '/wp-content/plugins/sample/includes/more.php' ) );
	}
}
