<?php
/**
 * The command `wp wccom-host product install`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Installs products of the package on a site.
 */
final class Product_Install_Command {

	/**
	 * Installs or updates products of the key's package on this site.
	 *
	 * Each is downloaded from the store, checked (its size; that it is a whole
	 * zip file with one plugin or one theme, and not in the folder of another)
	 * and handed to WordPress's own upgrader. One that is there at the offered
	 * version, or a newer one, is skipped. An update that fails leaves the old
	 * version in its place. When one product fails, the others go on.
	 *
	 * WooCommerce is loaded, and no other plugin and no theme. What was active
	 * stays active.
	 *
	 * A folder that has another plugin or theme is left alone, and WooCommerce
	 * itself always. The product's own is known by its number at WooCommerce.com
	 * or, where a version has none, by its folder and its name. After Ctrl-C the
	 * product at hand is put in its place or left as it was, and what was done is
	 * printed.
	 *
	 * ## OPTIONS
	 *
	 * [<slug>...]
	 * : The products.
	 *
	 * [--all]
	 * : All products of the package.
	 *
	 * [--activate]
	 * : Activate the plugins on this site, also those that are installed already.
	 * WooCommerce then connects their licences by itself, with a signed request,
	 * if the site is connected. A theme is activated only if it is named, and is
	 * the only one: with --all, the theme that the customer's visitors see stays
	 * as it is. WooCommerce does not connect a theme's licence on activation:
	 * its page Extensions, My subscriptions does.
	 *
	 * [--via=<way>]
	 * : `download`, or `api`: WooCommerce.com is asked to install each product of
	 * this site's order, and calls the site for that with the saved connection,
	 * so that the site must be reachable from the internet.
	 * ---
	 * default: download
	 * options:
	 *   - download
	 *   - api
	 * ---
	 *
	 * [--force]
	 * : Install also what is there at this version or a newer one.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package, the recommended way; `-` is
	 * standard input. The key can also be in the environment variable
	 * WCCOM_HOST_KEY. Before the first line of a product runs, no variable and
	 * no argument in PHP and no environment variable that PHP knows holds it any
	 * more. But what runs as the same user can read a file that this user may
	 * read, and the process as the kernel shows it: /proc/self/environ, and its
	 * memory.
	 *
	 * [--load-plugins]
	 * : Load the site's plugins and theme, which is not needed, but where a
	 * product does not activate without one of them.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields.
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
	 * * slug
	 * * type: plugin or theme
	 * * version: the one that the site has now
	 * * status: installed, updated, activated (it was there already), skipped
	 * (nothing was to be done), failed, or unknown (--via=api: WooCommerce.com may
	 * install it, or not)
	 * * active: whether this site uses it
	 * * reason: why
	 *
	 * ## EXAMPLES
	 *
	 *     # Two products, ready for use.
	 *     $ wp wccom-host product install woocommerce-shipping-usps woocommerce-product-addons --activate --key-file=/etc/wccom-host/key
	 *     +----------------------------+--------+---------+-----------+--------+--------+
	 *     | slug                       | type   | version | status    | active | reason |
	 *     +----------------------------+--------+---------+-----------+--------+--------+
	 *     | woocommerce-shipping-usps  | plugin | 4.4.19  | installed | true   |        |
	 *     | woocommerce-product-addons | plugin | 3.0.4   | installed | true   |        |
	 *     +----------------------------+--------+---------+-----------+--------+--------+
	 *
	 *     # Bring all products of the package to their latest versions; names of those that failed.
	 *     $ wp wccom-host product install --all --fields=slug,status --format=csv | grep failed
	 *     galleria,failed
	 *
	 *     # Have WooCommerce.com install one.
	 *     $ wp wccom-host product install woocommerce-product-addons --via=api
	 *
	 * ## EXIT CODES
	 *
	 * * 0: every product is as it was asked for
	 * * 1: wrong use, or something is missing: nothing was changed
	 * * 3: WooCommerce.com refused to say what there is: nothing was changed
	 * * 4: it could not be asked, or another process is installing: try again
	 * * 5: --via=api: the outcome of at least one product is unknown
	 * * 9: at least one product failed, and the others are as they were asked for;
	 * or the command was interrupted: run it again, it does what is left
	 *
	 * @param list<string>         $args       Positional arguments: slugs.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start( 'product install', $assoc_args, fn (): int => $this->run( $args, $assoc_args ) );
	}

	/**
	 * Everything that is needed, then the products.
	 *
	 * @param list<string>         $args       The slugs.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private function run( array $args, array $assoc_args ): int {
		$output = new Output( $assoc_args, Product_Results::FIELDS );
		$named  = Product_Choice::of_arguments( $args, (bool) Utils\get_flag_value( $assoc_args, 'all', false ) );
		$via    = (string) ( $assoc_args['via'] ?? 'download' );
		if ( ! in_array( $via, [ 'download', 'api' ], true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--via=$via is not known. Nothing was changed.", 'Known are: download, api' );
		}
		Extension::require_loaded();
		Site::announce();
		Woocommerce::load();
		$options = Extension::options() + Secrets::key_option( $assoc_args );
		return 'api' === $via ? self::have_installed( $named, $options, $output, $assoc_args ) : self::download( $named, $options, $output, $assoc_args );
	}

	/**
	 * Installs them here.
	 *
	 * @param list<string>|null    $named      The products; null for all.
	 * @param array<string, mixed> $options    The options of the extension, with the key.
	 * @param Output               $output     Where and how to print.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 */
	private static function download( ?array $named, #[\SensitiveParameter] array $options, Output $output, array $assoc_args ): int {
		$is_activated = (bool) Utils\get_flag_value( $assoc_args, 'activate', false );
		Install_Lock::take();
		Write_Test::run();
		$package      = new Product_Package( $options );
		$slugs        = $package->slugs( $named );
		$installation = new Product_Installation( $package, $slugs, null !== $named, $is_activated, (bool) Utils\get_flag_value( $assoc_args, 'force', false ) );
		if ( $is_activated && ! Connection::is_complete( Connection::stored() ) ) {
			WP_CLI::warning( 'The site is not connected to WooCommerce.com: no licence will be connected. To register it: ' . Site::command( 'register' ) );
		}
		// Code of products runs below this call.
		unset( $options );
		return self::printed( $slugs, $output, static fn ( Product_Results $results ) => $installation->run( $results ) );
	}

	/**
	 * Has WooCommerce.com install them.
	 *
	 * @param list<string>|null    $named      The products; null for all.
	 * @param array<string, mixed> $options    The options of the extension, with the key.
	 * @param Output               $output     Where and how to print.
	 * @param array<string, mixed> $assoc_args Options of the command.
	 * @throws Problem If that cannot be asked for.
	 */
	private static function have_installed( ?array $named, #[\SensitiveParameter] array $options, Output $output, array $assoc_args ): int {
		foreach ( [ 'activate', 'force' ] as $option ) {
			if ( Utils\get_flag_value( $assoc_args, $option, false ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, "--$option does not go with --via=api: WooCommerce.com does what it does. Nothing was sent.", 'Leave one of them out.' );
			}
		}
		$installation = Remote_Installation::of_this_site( $options );
		$slugs        = $named ?? ( new Product_Package( $options ) )->slugs( null );
		return self::printed( $slugs, $output, static fn ( Product_Results $results ) => $installation->run( $slugs, $results ) );
	}

	/**
	 * Does the work, and prints what became of each product, also if somebody ends the process in the middle.
	 *
	 * @param list<string>                    $slugs  The products.
	 * @param Output                          $output Where and how to print.
	 * @param callable(Product_Results): void $work   The work.
	 */
	private static function printed( array $slugs, Output $output, callable $work ): int {
		$results = new Product_Results( $slugs );
		Ended_Work::or_done(
			static fn () => $work( $results ),
			static function ( string $why ) use ( $results, $output ): Problem {
				$output->items( $results->rows() );
				return new Problem( $results->exit_code() ?: Exit_Code::NOT_INSTALLED, "$why.", 'The list says what became of each product. Run the same command again when the cause is gone: it does what is left.' );
			}
		);
		$output->items( $results->rows() );
		return $results->exit_code();
	}
}
