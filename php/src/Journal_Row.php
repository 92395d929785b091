<?php
/**
 * A record of the journal, as it is listed.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Flat, and without its secrets.
 */
final class Journal_Row {

	public const FIELDS      = [ 'home_url', 'state', 'started', 'order_id', 'has_secret' ];
	public const MORE_FIELDS = [ 'url', 'customer_id', 'site_id', 'email', 'api_version', 'started_timestamp', 'http_status', 'reason', 'has_answer', 'journal_file' ];

	/**
	 * Records, as they are listed.
	 *
	 * @param iterable<array<string, mixed>> $records The records.
	 * @return \Generator<int, array<string, mixed>>
	 */
	public static function all( iterable $records ): \Generator {
		foreach ( $records as $record ) {
			yield self::of( $record );
		}
	}

	/**
	 * A record, as it is listed: flat, and without its secrets.
	 *
	 * @param array<string, mixed> $record The record.
	 * @return array<string, mixed>
	 */
	public static function of( #[\SensitiveParameter] array $record ): array {
		$registration = $record['registration'] ?? [];
		$row          = [
			'started'           => gmdate( 'Y-m-d\TH:i:s\Z', $record['started'] ),
			'started_timestamp' => $record['started'],
			'order_id'          => $registration['order_id'] ?? null,
			'customer_id'       => $registration['customer_id'] ?? null,
			'site_id'           => $registration['site_id'] ?? null,
			'has_secret'        => $record['has_secret'] ?? isset( $record['auth'] ),
		];
		return $row + array_intersect_key( $record, array_flip( [ ...self::FIELDS, ...self::MORE_FIELDS ] ) );
	}
}
