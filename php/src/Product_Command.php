<?php
/**
 * The commands `wp wccom-host product list` and `wp wccom-host product get`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The products that a key may provision.
 */
final class Product_Command {

	private const FIELDS = [ 'slug', 'name', 'type', 'version', 'last_updated' ];

	/**
	 * The link is printed only if it is asked for: it is as good as a password while it is valid.
	 */
	private const MORE_FIELDS = [ 'last_updated_timestamp', 'homepage', 'support_documentation', 'download_link' ];

	private const ONE_FIELDS      = [ 'slug', 'name', 'type', 'version', 'last_updated', 'homepage', 'support_documentation' ];
	private const ONE_MORE_FIELDS = [ 'last_updated_timestamp', 'download_link' ];

	/**
	 * Lists the products of the key's package.
	 *
	 * Nothing is changed. Runs without WordPress.
	 *
	 * ## OPTIONS
	 *
	 * [--type=<type>]
	 * : Only products of one type.
	 * ---
	 * options:
	 *   - plugin
	 *   - theme
	 * ---
	 *
	 * [--updated-after=<date>]
	 * : Only products that were updated on this day (YYYY-MM-DD) or after it.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--field=<field>]
	 * : Print the value of one field for each product.
	 *
	 * [--fields=<fields>]
	 * : Limit the output to specific fields.
	 *
	 * [--format=<format>]
	 * : Render output in a particular format. `ids` are the slugs, separated by
	 * spaces.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - csv
	 *   - json
	 *   - yaml
	 *   - ids
	 *   - count
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * By default:
	 *
	 * * slug
	 * * name
	 * * type: plugin or theme
	 * * version
	 * * last_updated: a date
	 *
	 * If asked for:
	 *
	 * * last_updated_timestamp: Unix time of its midnight, UTC
	 * * homepage
	 * * support_documentation
	 * * download_link: a signed address that expires. Whoever has it can download the product until then: it is never printed unless it is named in --field or --fields
	 *
	 * ## EXAMPLES
	 *
	 *     # The themes.
	 *     $ wp wccom-host product list --type=theme --key-file=/etc/wccom-host/key
	 *     +-----------+-----------+-------+---------+--------------+
	 *     | slug      | name      | type  | version | last_updated |
	 *     +-----------+-----------+-------+---------+--------------+
	 *     | galleria  | Galleria  | theme | 2.2.17  | 2018-08-13   |
	 *     | artificer | Artificer | theme | 1.5.2   | 2019-03-05   |
	 *     +-----------+-----------+-------+---------+--------------+
	 *
	 *     # Those that were updated since 2019.
	 *     $ wp wccom-host product list --type=theme --updated-after=2019-01-01 --format=ids
	 *     artificer
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if there is no such product
	 * * 1: wrong use: nothing was sent
	 * * 3: WooCommerce.com refused: the key, for instance
	 * * 4: no answer, or none of use: try again
	 *
	 * @subcommand list
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       Positional arguments: none.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function list_( array $args, array $assoc_args ): void {
		Reading::start(
			'product list',
			$assoc_args,
			static function () use ( $assoc_args ): void {
				$output   = new Output( $assoc_args, self::FIELDS, self::MORE_FIELDS, 'slug' );
				$type     = self::type( $assoc_args );
				$since    = self::since( $assoc_args );
				$options  = Extension::reading_options( $assoc_args );
				$products = Progress::awaiting( static fn (): array => wccom_host_package( $options ) )['products'];
				$unclear  = [];
				$wanted   = [];
				foreach ( $products as $product ) {
					if ( ( null !== $type && null === $product['type'] ) || ( null !== $since && null === $product['last_updated_timestamp'] ) ) {
						$unclear[] = $product['slug'];
					} elseif ( ( null === $type || $type === $product['type'] ) && ( null === $since || $since <= $product['last_updated_timestamp'] ) ) {
						$wanted[] = $product;
					}
				}
				$output->items( $wanted );
				if ( [] !== $unclear ) {
					Output::say( 'Left out, since WooCommerce.com does not tell a type or a date of them: ' . implode( ', ', $unclear ) );
				}
			}
		);
	}

	/**
	 * Shows one product of the key's package.
	 *
	 * Nothing is changed. Runs without WordPress.
	 *
	 * ## OPTIONS
	 *
	 * <slug>
	 * : The product, as `wp wccom-host product list` names it.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--field=<field>]
	 * : Print the value of one field.
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
	 *   - csv
	 *   - json
	 *   - yaml
	 * ---
	 *
	 * ## AVAILABLE FIELDS
	 *
	 * By default:
	 *
	 * * slug
	 * * name
	 * * type: plugin or theme; null, since the service tells it in the list only
	 * * version
	 * * last_updated: a date
	 * * homepage
	 * * support_documentation
	 *
	 * If asked for:
	 *
	 * * last_updated_timestamp: Unix time of its midnight, UTC
	 * * download_link: a signed address that expires. Whoever has it can download the product until then: it is never printed unless it is named in --field or --fields
	 *
	 * ## EXAMPLES
	 *
	 *     # The newest version of a product.
	 *     $ wp wccom-host product get galleria --field=version
	 *     2.2.17
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use: nothing was sent
	 * * 3: WooCommerce.com refused: the package has no such product, or the key is wrong
	 * * 4: no answer, or none of use: try again
	 *
	 * @when before_wp_load
	 *
	 * @param array{string}        $args       The product.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function get( array $args, array $assoc_args ): void {
		Reading::start(
			'product get',
			$assoc_args,
			static function () use ( $args, $assoc_args ): void {
				$output  = new Output( $assoc_args, self::ONE_FIELDS, self::ONE_MORE_FIELDS );
				$options = Extension::reading_options( $assoc_args );
				$output->item( Progress::awaiting( static fn (): array => wccom_host_product( $args[0], $options ) ) );
			}
		);
	}

	/**
	 * The value of --type; null without it.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If it is both: WP-CLI takes a list of options for one.
	 */
	private static function type( array $assoc_args ): ?string {
		$type = $assoc_args['type'] ?? null;
		if ( ! in_array( $type, [ null, 'plugin', 'theme' ], true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--type must be plugin or theme. Nothing was sent.' );
		}
		return $type;
	}

	/**
	 * The value of --updated-after as Unix time; null without it.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If it is no date.
	 */
	private static function since( array $assoc_args ): ?int {
		if ( ! isset( $assoc_args['updated-after'] ) ) {
			return null;
		}
		$is_date = 1 === preg_match( '/^(\d{4})-(\d{2})-(\d{2})$/D', (string) $assoc_args['updated-after'], $parts );
		if ( ! $is_date || ! checkdate( (int) $parts[2], (int) $parts[3], (int) $parts[1] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--updated-after must be a date such as 2026-01-31. Nothing was sent.' );
		}
		return (int) gmmktime( 0, 0, 0, (int) $parts[2], (int) $parts[3], (int) $parts[1] );
	}
}
