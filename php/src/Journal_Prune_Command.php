<?php
/**
 * The command `wp wccom-host journal prune`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * Removes what is not needed any more from the journal of a control host.
 */
final class Journal_Prune_Command {

	/**
	 * What is meant without --state.
	 */
	private const PRUNED = [ 'received', 'refused', 'not_sent' ];

	/**
	 * Removes what is not needed any more.
	 *
	 * A received registration becomes closed: its secret is removed from the
	 * disk, and that it was registered stays, so that `register-many` does not
	 * send it again. Records of refused and not_sent sites are removed. All
	 * other states stay, unless --forget and --state say otherwise.
	 *
	 * Remove only what the sites have stored: the secret of a connection is
	 * given out once. What wccom_host_register() and the commands on a site keep
	 * in files of their own is left alone.
	 *
	 * ## OPTIONS
	 *
	 * [<url>...]
	 * : Only these sites, by their own addresses or those that were registered.
	 *
	 * [--state=<states>]
	 * : Only records in these states, separated by commas. Default: received,
	 * refused, not_sent.
	 *
	 * [--older-than=<days>]
	 * : Only records that were begun so many days ago, or before. Default: 0.
	 *
	 * [--forget]
	 * : Remove the records of --state altogether, also that a site was
	 * registered or is unknown: `register-many` sends it again, which may make a
	 * second order.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal. Default: as for `register-many`.
	 *
	 * ## EXAMPLES
	 *
	 *     # Remove the secrets of sites that have had theirs for a month.
	 *     $ wp wccom-host journal prune --state=received --older-than=30 --yes
	 *     Records, received: 100000. Their secrets are removed: a site that has not stored its connection has lost it for good. The sites are not sent again.
	 *     Pruned: 100000.
	 *
	 *     # A person has found out that there is no order.
	 *     $ wp wccom-host journal prune https://shop.example.com --state=sent --forget
	 *     Records, sent: 1. They are forgotten, with their secrets: to send the sites again may make second orders.
	 *     Prune? [y/n] y
	 *     Pruned: 1.
	 *
	 * ## EXIT CODES
	 *
	 * * 0: done, also if there is nothing
	 * * 1: wrong use, or the answer was no: nothing was changed
	 * * 4: a batch is running with this journal: try again
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The sites.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Batch_Journal::run( 'journal prune', $assoc_args, static fn (): int => self::remove( $args, $assoc_args ) );
	}

	/**
	 * Says what is going to be removed, asks, and removes it.
	 *
	 * @param list<string>         $urls       The sites that are meant; none: all.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function remove( array $urls, array $assoc_args ): int {
		$is_forgotten = (bool) Utils\get_flag_value( $assoc_args, 'forget', false );
		$filters      = Journal_Filters::from( $assoc_args );
		if ( $is_forgotten && ! isset( $filters['state'] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--forget needs --state: what is to be forgotten? Nothing was changed.' );
		}
		$filters += [ 'state' => self::PRUNED ];
		$kept     = $is_forgotten ? [] : array_diff( $filters['state'], self::PRUNED );
		if ( [] !== $kept ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Records that are ' . implode( ', ', $kept ) . ' are removed with --forget alone: the sites could be sent again, which may make second orders. Nothing was changed.' );
		}
		$options = Batch_Journal::options( $assoc_args );
		if ( null === $options ) {
			return Exit_Code::DONE;
		}
		$named = [] === $urls ? null : Batch_Journal::records_of( $urls, $options );
		$words = self::announce( self::count( $named ?? wccom_host_journal( $filters, $options ), $filters ), $is_forgotten );
		if ( [] === $words ) {
			Output::say( 'There is nothing to prune.' );
			return Exit_Code::DONE;
		}
		if ( Utils\get_flag_value( $assoc_args, 'yes', false ) ) {
			array_map( [ Output::class, 'say' ], $words );
		} elseif ( ! Question::is_yes( 'Prune?', ...$words ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was changed.' );
		}
		$site = null === $named ? [] : [ 'site' => array_column( $named, 'home_url' ) ];
		Journal_Folder::announce_wait( $options['journal'], LOCK_EX );
		Output::say( 'Pruned: ' . wccom_host_journal_prune( $filters + $site + [ 'forget' => $is_forgotten ], $options ) . '.' );
		return Exit_Code::DONE;
	}

	/**
	 * How many records of the batches are meant, by state.
	 *
	 * @param iterable<array<string, mixed>> $records The records of the sites that are meant.
	 * @param array<string, mixed>           $filters The filters of the extension.
	 * @return array<string, int>
	 */
	private static function count( iterable $records, array $filters ): array {
		$counts = array_fill_keys( Journal_Filters::STATES, 0 );
		foreach ( $records as $record ) {
			$is_old = $record['started'] <= time() - ( $filters['older_than'] ?? 0 );
			if ( $is_old && in_array( $record['state'], $filters['state'], true ) && Order_Lookup::is_of_batch( $record ) ) {
				++$counts[ $record['state'] ];
			}
		}
		return array_filter( $counts );
	}

	/**
	 * What is going to be removed, in words.
	 *
	 * @param array<string, int> $counts       How many records, by state.
	 * @param bool               $is_forgotten Whether they are removed altogether.
	 * @return list<string>
	 */
	private static function announce( array $counts, bool $is_forgotten ): array {
		$words = [];
		foreach ( $counts as $state => $count ) {
			$words[] = "Records, $state: $count. " . match ( true ) {
				'refused' === $state || 'not_sent' === $state => 'They are removed. There is no order, and the sites are sent again by the next run all the same.',
				'received' === $state && ! $is_forgotten      => 'Their secrets are removed: a site that has not stored its connection has lost it for good. The sites are not sent again.',
				default                                        => 'They are forgotten, with their secrets: to send the sites again may make second orders.',
			};
		}
		return $words;
	}
}
