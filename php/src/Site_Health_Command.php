<?php
/**
 * The commands `wp wccom-host site-health install` and `remove`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Shows the connection on the site's page Tools, Site Health.
 *
 * A must-use plugin does that, a single file that needs neither the PHP
 * extension nor anything else of this package. It asks nobody and changes
 * nothing.
 *
 * ## EXAMPLES
 *
 *     # Show the connection under Tools, Site Health.
 *     $ wp wccom-host site-health install
 *
 *     # No longer.
 *     $ wp wccom-host site-health remove
 */
final class Site_Health_Command {

	private const FILE   = 'wccom-host-site-health.php';
	private const FIELDS = [ 'status', 'file' ];

	/**
	 * By this header of a plugin the file is known to be ours, of whatever version.
	 */
	private const NAME = 'wccom-host Site Health';

	/**
	 * Puts the must-use plugin into the site, or brings it up to date.
	 *
	 * Then Tools, Site Health has a section for the connection on its tab Info,
	 * without secrets, and a test on its tab Status: red, with the command to
	 * type, when the secret is missing, when the connection was made for another
	 * address than the site has, or when its user is gone or cannot install
	 * plugins. On a network that is so on every site, each with its own
	 * connection.
	 *
	 * The file goes into the folder of must-use plugins (WPMU_PLUGIN_DIR), which
	 * is made if it is missing, with mode 0644. A file of that name that is not
	 * wccom-host's is left alone. WordPress before 5.2 has no Site Health: there
	 * the plugin does nothing.
	 *
	 * ## OPTIONS
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: status, file.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - yaml
	 *   - csv
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * * status: installed, updated, or unchanged (it was there already)
	 * * file: the must-use plugin
	 *
	 * ## EXAMPLES
	 *
	 *     # Show the connection under Tools, Site Health.
	 *     $ wp wccom-host site-health install
	 *     The connection is shown on https://shop.example.com/wp-admin/site-health.php
	 *     +--------+----------------------------------------------------------------+
	 *     | Field  | Value                                                          |
	 *     +--------+----------------------------------------------------------------+
	 *     | status | installed                                                      |
	 *     | file   | /var/www/shop/wp-content/mu-plugins/wccom-host-site-health.php |
	 *     +--------+----------------------------------------------------------------+
	 *
	 * ## EXIT CODES
	 *
	 * * 0: it is there
	 * * 1: it cannot be written; nothing was changed
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function install( array $args, array $assoc_args ): void {
		Command_Run::start(
			'site-health install',
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output = new Output( $assoc_args, self::FIELDS );
				$status = self::put();
				Output::say( ( 'unchanged' === $status ? 'It was there already: the' : 'The' ) . ' connection is shown on ' . admin_url( 'site-health.php' ) );
				self::print_result( $output, $status );
				return Exit_Code::DONE;
			}
		);
	}

	/**
	 * Takes the must-use plugin out of the site, on a network of all its sites.
	 *
	 * The connection is left alone.
	 *
	 * ## OPTIONS
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields: status, file.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - yaml
	 *   - csv
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * * status: removed, or absent (it was not there)
	 * * file: the must-use plugin
	 *
	 * ## EXAMPLES
	 *
	 *     # A second time there is nothing to do.
	 *     $ wp wccom-host site-health remove --fields=status --format=json
	 *     {"status":"removed"}
	 *     $ wp wccom-host site-health remove --fields=status --format=json
	 *     {"status":"absent"}
	 *
	 * ## EXIT CODES
	 *
	 * * 0: it is not there
	 * * 1: it cannot be removed; nothing was changed
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function remove( array $args, array $assoc_args ): void {
		Command_Run::start(
			'site-health remove',
			$assoc_args,
			static function () use ( $assoc_args ): int {
				$output = new Output( $assoc_args, self::FIELDS );
				self::print_result( $output, self::take() );
				return Exit_Code::DONE;
			}
		);
	}

	/**
	 * Puts the file there, unless it is.
	 *
	 * @return string What was done.
	 * @throws Problem If it cannot be done.
	 */
	private static function put(): string {
		error_clear_last();
		$source = dirname( __DIR__ ) . '/mu-plugin/' . self::FILE;
		$text   = @file_get_contents( $source );
		if ( false === $text ) {
			throw new Problem( Exit_Code::PREFLIGHT, "$source cannot be read: this package is not installed as a whole. Nothing was changed.", 'Install it anew.' );
		}
		$is_there = self::is_there();
		if ( $is_there && file_get_contents( self::path() ) === $text ) {
			return 'unchanged';
		}
		if ( ! wp_mkdir_p( WPMU_PLUGIN_DIR ) || ! self::write( $text ) ) {
			throw self::no_right();
		}
		return $is_there ? 'updated' : 'installed';
	}

	/**
	 * Removes the file, if it is there.
	 *
	 * @return string What was done.
	 * @throws Problem If it cannot be done.
	 */
	private static function take(): string {
		error_clear_last();
		if ( ! self::is_there() ) {
			return 'absent';
		}
		if ( ! @unlink( self::path() ) ) {
			throw self::no_right();
		}
		return 'removed';
	}

	/**
	 * Whether the file is there.
	 *
	 * @throws Problem If there is something else of its name.
	 */
	private static function is_there(): bool {
		$file = self::path();
		if ( ! file_exists( $file ) && ! is_link( $file ) ) {
			return false;
		}
		if ( ! is_file( $file ) || ! is_readable( $file ) || self::NAME !== get_file_data( $file, [ 'name' => 'Plugin Name' ] )['name'] ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"$file is not wccom-host's: it does not say \"Plugin Name: " . self::NAME . '", or cannot be read. Nothing was changed.',
				'Look at it, and if nobody needs it, move it out of the folder: mv ' . escapeshellarg( $file ) . ' ' . escapeshellarg( "$file.old" )
			);
		}
		return true;
	}

	/**
	 * Writes the file beside its place and moves it there, so that the web never finds half of it.
	 *
	 * @param string $text What it is to hold.
	 * @return bool Whether it is in its place.
	 */
	private static function write( string $text ): bool {
		// Not as .php: WordPress loads each file of the folder that ends so.
		$temporary = self::path() . '.' . bin2hex( random_bytes( 8 ) );
		$stream    = @fopen( $temporary, 'x' );
		if ( false === $stream ) {
			return false;
		}
		$is_written = strlen( $text ) === @fwrite( $stream, $text ) && @fsync( $stream );
		fclose( $stream );
		$is_in_place = $is_written && chmod( $temporary, 0644 ) && @rename( $temporary, self::path() );
		if ( ! $is_in_place ) {
			@unlink( $temporary );
		}
		return $is_in_place;
	}

	/**
	 * A folder or a file that this user may not change, or a disk that is full.
	 */
	private static function no_right(): Problem {
		return new Problem(
			Exit_Code::PREFLIGHT,
			self::path() . ' cannot be written. ' . preg_replace( '/^\w+\(.*?\): /', '', error_get_last()['message'] ?? '' ),
			'Nothing was changed. Run the command as the owner of the folder, with room on the disk.'
		);
	}

	/**
	 * The file.
	 */
	private static function path(): string {
		return WPMU_PLUGIN_DIR . '/' . self::FILE;
	}

	/**
	 * Prints the result.
	 *
	 * @param Output $output Where and how.
	 * @param string $status What was done.
	 */
	private static function print_result( Output $output, string $status ): void {
		$output->item(
			[
				'status' => $status,
				'file'   => self::path(),
			]
		);
	}
}
