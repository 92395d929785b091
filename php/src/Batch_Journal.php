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
	 * How many of a kind are named in a message.
	 */
	private const NAMED = 10;

	/**
	 * Runs the work of a command.
	 *
	 * @param string               $command    Its name, after `wccom-host`.
	 * @param array<string, mixed> $assoc_args Options.
	 * @param callable(): int      $work       Gives the exit code.
	 */
	public static function run( string $command, array $assoc_args, callable $work ): void {
		Command_Run::start(
			$command,
			$assoc_args,
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
	 * @param list<string>         $urls    Their own addresses, or those that were registered.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return list<array<string, mixed>> They hold secrets.
	 * @throws Problem If one is not.
	 */
	public static function records_of( array $urls, array $options ): array {
		$records = self::records( $urls, $options );
		$missing = array_keys( $records, null, true );
		if ( [] !== $missing ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The journal has nothing of ' . self::some( $missing ) . '. Nothing was changed.', 'All it has is listed by: wp wccom-host journal list ' . Command_Line::option( 'journal', $options['journal'] ) );
		}
		return array_values( $records );
	}

	/**
	 * The records of some sites.
	 *
	 * @param list<string>         $urls    Their own addresses, or those that were registered.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, array<string, mixed>|null> By address; null where there is none. They hold secrets.
	 * @throws Problem If one is the address of several sites.
	 */
	private static function records( array $urls, array $options ): array {
		$records = [];
		foreach ( $urls as $url ) {
			$records[ $url ] = wccom_host_journal_read( $url, $options );
		}
		$missing = array_keys( $records, null, true );
		$others  = array_fill_keys( $missing, [] );
		// Those that would be sent again are nothing to a site's own commands, which read one record.
		foreach ( [] === $missing ? [] : wccom_host_journal( [], $options ) as $record ) {
			foreach ( $missing as $url ) {
				if ( Site::is_same( $url, $record['home_url'] ) ) {
					$records[ $url ] = $record;
				} elseif ( $record['url'] !== $record['home_url'] && Site::is_same( $url, $record['url'] ) ) {
					$others[ $url ][] = $record;
				}
			}
		}
		foreach ( $others as $url => $found ) {
			if ( null === $records[ $url ] && [] !== $found ) {
				$records[ $url ] = self::only_one( $url, $found, $options );
			}
		}
		return $records;
	}

	/**
	 * The record of the one site that was registered under an address.
	 *
	 * @param string                     $url     The address.
	 * @param list<array<string, mixed>> $records Those that have it.
	 * @param array<string, mixed>       $options The options of the extension.
	 * @return array<string, mixed> It holds secrets.
	 * @throws Problem If there are several.
	 */
	private static function only_one( string $url, array $records, array $options ): array {
		$home_urls = array_column( $records, 'home_url' );
		if ( count( $home_urls ) > 1 ) {
			sort( $home_urls );
			throw new Problem( Exit_Code::PREFLIGHT, "Several sites were registered as $url: " . self::some( $home_urls ) . '. Nothing was changed.', 'Give the own address of the one that is meant.' );
		}
		return wccom_host_journal_read( $home_urls[0], $options ) ?? $records[0];
	}

	/**
	 * The first of many, and how many more there are.
	 *
	 * @param list<int|string> $names All of them.
	 */
	public static function some( array $names ): string {
		$more = count( $names ) - self::NAMED;
		return implode( ', ', array_slice( $names, 0, self::NAMED ) ) . ( $more > 0 ? ', ... and ' . number_format( $more ) . ' more' : '' );
	}
}
