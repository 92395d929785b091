<?php
/**
 * The command `wp wccom-host journal show`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Shows what the journal of a control host has of one site.
 */
final class Journal_Show_Command {

	/**
	 * Shows what the journal has of one site, without secrets.
	 *
	 * ## OPTIONS
	 *
	 * <url>
	 * : The site's own address, or the one that was registered for it.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
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
	 * ## EXAMPLES
	 *
	 *     # Why was a site refused?
	 *     $ wp wccom-host journal show https://shop.example.com --field=reason
	 *     WooCommerce.com refused the request with HTTP 400 rest_invalid_param: Invalid parameter(s): products. Nothing was created. Correct the request and try again.
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the journal has nothing of this site
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The site.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Batch_Journal::run(
			'journal show',
			$assoc_args,
			static function () use ( $args, $assoc_args ): int {
				$output  = new Output( $assoc_args, [ ...Journal_Row::FIELDS, ...Journal_Row::MORE_FIELDS ] );
				$options = Batch_Journal::options( $assoc_args );
				if ( null === $options ) {
					return Exit_Code::PREFLIGHT;
				}
				$output->item( Journal_Row::of( Batch_Journal::records_of( $args, $options )[0] ) );
				return Exit_Code::DONE;
			}
		);
	}
}
