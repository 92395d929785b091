<?php
/**
 * The journal of a control host, for the commands that look after it.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Which one it is, and what it has of some sites.
 */
final class Batch_Journal {

	/**
	 * Runs the work of a command.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @param callable(): int      $work       Gives the exit code.
	 */
	public static function run( array $assoc_args, callable $work ): void {
		register_shutdown_function( [ Command_Run::class, 'was_ended' ] );
		Command_Run::start(
			static function () use ( $assoc_args, $work ): int {
				Command_Run::if_ended( new Problem( Exit_Code::PREFLIGHT, 'The command was ended before it was through. It can be run again.' ) );
				Command_Line::require_values( $assoc_args );
				Extension::require_loaded();
				try {
					return $work();
				} catch ( \WccomHost\Exception $exception ) {
					throw Batch_Failure::problem( $exception, 'Nothing was changed.' );
				}
			}
		);
	}

	/**
	 * The options of the extension; null if there is no journal yet.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array{journal: string}|null
	 */
	public static function options( array $assoc_args ): ?array {
		$named  = isset( $assoc_args['journal'] ) ? (string) $assoc_args['journal'] : null;
		$folder = Journal_Folder::existing( $named );
		if ( null === $folder ) {
			Output::say( 'There is no journal yet.' );
			return null;
		}
		return [ 'journal' => $folder ];
	}

	/**
	 * The records of sites that must be there.
	 *
	 * @param list<string>         $urls    Their addresses.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return list<array<string, mixed>> They hold secrets.
	 * @throws Problem If one is not.
	 */
	public static function records_of( array $urls, array $options ): array {
		$records = self::records( $urls, $options );
		$missing = array_keys( $records, null, true );
		if ( [] !== $missing ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The journal has nothing of ' . implode( ', ', $missing ) . '. Nothing was changed.', 'All it has is listed by: wp wccom-host journal list ' . Command_Line::option( 'journal', $options['journal'] ) );
		}
		return array_values( $records );
	}

	/**
	 * The records of some sites.
	 *
	 * @param list<string>         $urls    Their addresses.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, array<string, mixed>|null> By address; null where there is none. They hold secrets.
	 */
	private static function records( array $urls, array $options ): array {
		$records = [];
		foreach ( $urls as $url ) {
			$records[ $url ] = wccom_host_journal_read( $url, $options );
		}
		$missing = array_keys( $records, null, true );
		// Those that would be sent again are nothing to a site's own commands, which read one record.
		foreach ( [] === $missing ? [] : wccom_host_journal( [ 'state' => [ 'refused', 'not_sent' ] ], $options ) as $record ) {
			foreach ( $missing as $url ) {
				if ( Site::is_same( $url, $record['home_url'] ) ) {
					$records[ $url ] = $record;
				}
			}
		}
		return $records;
	}
}
