<?php
/**
 * What became of one site of a batch.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WccomHost\Exception;

/**
 * Its status, and its line: what `wp wccom-host connect` reads on the site.
 */
final class Batch_Result {

	/**
	 * The order of all counts.
	 */
	public const STATUSES = [ 'registered', 'from_journal', 'closed', 'refused', 'not_sent', 'unknown', 'secret_unavailable', 'duplicate', 'invalid' ];

	/**
	 * The status that a record of the journal has for the next run.
	 */
	private const OF_STATE = [
		'received' => 'from_journal',
		'sent'     => 'unknown',
		'damaged'  => 'unknown',
	];

	/**
	 * The status of a result.
	 *
	 * @param array<string, mixed>|Exception $result       The connection, or why there is none.
	 * @param array<string, mixed>|null      $registration The rest of a registration.
	 */
	public static function status( #[\SensitiveParameter] array|Exception $result, ?array $registration ): string {
		return match ( true ) {
			is_array( $result )                                        => empty( $registration['from_journal'] ) ? 'registered' : 'from_journal',
			$result instanceof \WccomHost\DuplicateSiteException      => 'duplicate',
			$result instanceof \WccomHost\InvalidRequestException     => 'invalid',
			$result instanceof \WccomHost\RegistrationClosedException => 'closed',
			$result instanceof \WccomHost\SecretUnavailableException  => 'secret_unavailable',
			default                                                    => $result->outcome,
		};
	}

	/**
	 * The line of a result.
	 *
	 * @param int                            $line         The line of the list.
	 * @param string                         $url          The address that was to be registered.
	 * @param string                         $home_url     The site's own address; empty if that is the same.
	 * @param array<string, mixed>|Exception $result       The connection, or why there is none.
	 * @param array<string, mixed>|null      $registration The rest of a registration.
	 */
	public static function line( int $line, string $url, string $home_url, #[\SensitiveParameter] array|Exception $result, ?array $registration ): string {
		$status = self::status( $result, $registration );
		$place  = compact( 'line', 'url' ) + self::own_address( $url, $home_url ) + compact( 'status' );
		if ( is_array( $result ) ) {
			return Rows::json( $place + [ 'auth' => $result, 'registration' => $registration ] ) . "\n";
		}
		return Rows::json(
			$place + [
				'outcome'      => $result->outcome,
				'error'        => $result->getMessage(),
				'auth'         => null,
				'registration' => null,
				'http_status'  => ( $result->httpStatus ?? 0 ) ?: null,
				'order_id'     => ( $result->orderId ?? 0 ) ?: null,
			]
		) . "\n";
	}

	/**
	 * The line of a record of the journal, in the same shape: the next run would give it, but for `line`.
	 *
	 * @param array<string, mixed> $record The record.
	 */
	public static function line_of_record( #[\SensitiveParameter] array $record ): string {
		$place = [
			'line' => null,
			'url'  => $record['url'],
		] + self::own_address( $record['url'], $record['home_url'] );
		$line  = $place + [
			'status'       => self::OF_STATE[ $record['state'] ] ?? $record['state'],
			'auth'         => $record['auth'],
			'registration' => $record['registration'],
		];
		if ( 'received' === $record['state'] ) {
			return Rows::json( $line ) . "\n";
		}
		return Rows::json(
			$place + [
				'status'      => $line['status'],
				'outcome'     => in_array( $record['state'], [ 'closed', 'secret_unavailable' ], true ) ? 'refused' : $line['status'],
				'error'       => self::describe( $record ),
			] + $line + [
				'http_status' => $record['http_status'] ?: null,
				'order_id'    => $record['registration']['order_id'] ?? null,
			]
		) . "\n";
	}

	/**
	 * The field that says on which site a registration of another address belongs.
	 *
	 * @param string $url      The address that was to be registered.
	 * @param string $home_url The site's own address; empty if that is the same.
	 * @return array{home_url?: string}
	 */
	private static function own_address( string $url, string $home_url ): array {
		return in_array( $home_url, [ '', $url ], true ) ? [] : [ 'home_url' => $home_url ];
	}

	/**
	 * Why a record has no connection.
	 *
	 * @param array<string, mixed> $record The record.
	 */
	private static function describe( array $record ): string {
		return match ( $record['state'] ) {
			'refused', 'not_sent' => (string) ( $record['reason'] ?? '' ),
			'closed'              => 'The site was registered by an earlier run, and its secret was removed from the journal since.',
			default               => Journal::describe( $record ),
		};
	}
}
