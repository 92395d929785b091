<?php
/**
 * The durable record of a registration, which the extension writes.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What is open for this site, under the site's lock.
 */
final class Journal {

	/**
	 * Does something while no other process can register this site.
	 *
	 * @template T
	 * @param array<string, mixed> $options The options of the extension.
	 * @param callable(): T        $work    What to do.
	 * @return T
	 */
	public static function locked( array $options, callable $work ): mixed {
		wccom_host_journal_lock( home_url(), $options );
		try {
			return $work();
		} finally {
			wccom_host_journal_unlock( home_url(), $options );
		}
	}

	/**
	 * The answer that an earlier run received and did not bring to its end.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array{auth: array<string, mixed>, registration: array<string, mixed>|null}|null Null: there is none.
	 * @throws Problem If a request is open whose outcome nobody knows.
	 */
	public static function received( array $options ): ?array {
		$record = wccom_host_journal_read( home_url(), $options );
		if ( null !== $record && 'received' !== $record['state'] ) {
			throw self::unknown( $record );
		}
		return $record;
	}

	/**
	 * What a request without a known outcome means.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 */
	private static function unknown( array $record ): Problem {
		return new Problem(
			Exit_Code::UNKNOWN,
			self::describe( $record ),
			'An order may exist. Nothing was sent now.',
			'To find out: ' . Site::command( 'recover' )
		);
	}

	/**
	 * A record in words, without secrets.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 */
	public static function describe( array $record ): string {
		$began = 'The registration of ' . $record['url'] . ' that began at ' . gmdate( 'Y-m-d H:i:s', (int) $record['started'] ) . ' UTC ';
		if ( 'received' === $record['state'] ) {
			return $began . 'was answered, and has not been brought to its end on this site.';
		}
		// The rest of it is advice to the one who saw it happen.
		$reason = explode( '. ', rtrim( (string) ( $record['reason'] ?? '' ), '.' ) )[0];
		return $began . 'has an unknown outcome. ' . ( '' === $reason ? 'The process ended before an answer was written down' : ucfirst( $reason ) ) . '.';
	}
}
