<?php
/**
 * The command `wp wccom-host journal export`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Prints what the journal of a control host has as results.
 */
final class Journal_Export_Command {

	/**
	 * Prints what the journal has as the results of `register-many`.
	 *
	 * Each record is a line of JSON, as `register-many` prints it, with null for
	 * `line`. With the secrets, it is what `wp wccom-host connect` reads on the
	 * site.
	 *
	 * ## OPTIONS
	 *
	 * [<url>...]
	 * : Only these sites, by their own addresses or those that were registered.
	 *
	 * [--with-secrets]
	 * : With the connections and their secrets. Otherwise auth is null.
	 *
	 * [--output=<file>]
	 * : Write to this new file, which others cannot read. An earlier one is kept
	 * as `<file>.bak`, `<file>.bak.1` and so on. Default: standard output.
	 *
	 * [--state=<states>]
	 * : Only records in these states, separated by commas.
	 *
	 * [--older-than=<days>]
	 * : Only records that were begun so many days ago, or before.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * ## EXAMPLES
	 *
	 *     # Connect a site once more, whose line was lost.
	 *     $ wp wccom-host journal export https://shop.example.com --with-secrets | ssh shop.example.com wp wccom-host connect
	 *
	 *     # Everything, for another machine.
	 *     $ wp wccom-host journal export --with-secrets --output=results.jsonl
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done
	 * * 1: wrong use, or the journal has nothing of one of these sites, or it
	 * could not be written
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The sites.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Batch_Journal::run( 'journal export', $assoc_args, static fn (): int => self::print_records( $args, $assoc_args ) );
	}

	/**
	 * Prints records as results.
	 *
	 * @param list<string>         $urls       The sites that are wanted; none: all.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function print_records( array $urls, array $assoc_args ): int {
		$is_secret = (bool) Utils\get_flag_value( $assoc_args, 'with-secrets', false );
		$filters   = Journal_Filters::from( $assoc_args );
		$options   = Batch_Journal::options( $assoc_args );
		if ( [] !== $urls && [] !== $filters ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--state and --older-than do not go with <url>. Nothing was written.' );
		}
		if ( null === $options ) {
			return [] === $urls ? Exit_Code::DONE : Exit_Code::PREFLIGHT;
		}
		$records = [] === $urls ? wccom_host_journal( $filters + [ 'with_secrets' => $is_secret ], $options ) : Batch_Journal::records_of( $urls, $options );
		$output  = Batch_Output::open( $assoc_args['output'] ?? null, $options['journal'] );
		try {
			$output->make();
			foreach ( $records as $record ) {
				$record['auth'] = $is_secret ? $record['auth'] : null;
				$output->write( Batch_Result::line_of_record( $record ) );
			}
		} catch ( Reader_Gone ) {
			return Exit_Code::DONE;
		} catch ( Problem $problem ) {
			throw new Problem( Exit_Code::PREFLIGHT, $problem->getMessage() );
		}
		return Exit_Code::DONE;
	}
}
