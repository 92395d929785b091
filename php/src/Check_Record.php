<?php
/**
 * When the connection of this site was last checked, and with what result.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * An option of our own, not autoloaded, without secrets: Site Health, in the PHP of the web, asks nobody itself.
 */
final class Check_Record {

	public const OPTION = 'wccom_host_check';

	/**
	 * The result of a check that WooCommerce.com answered with yes, that it answered with no, and that it did not answer.
	 */
	public const CONFIRMED = 'confirmed';
	public const REFUSED   = 'refused';
	public const FAILED    = 'failed';

	/**
	 * Keeps a result, if it is of the connection that this site has stored. A check whose result cannot be kept is as good.
	 *
	 * @param array<string, mixed> $auth   The connection that was checked.
	 * @param string               $result One of the constants.
	 */
	public static function save( #[\SensitiveParameter] array $auth, string $result ): void {
		try {
			if ( Connection::is_same( Connection::stored(), $auth ) ) {
				$record = self::mark( $auth ) + [
					'time'   => time(),
					'result' => $result,
				];
				Quiet_Database::during(
					static function () use ( $record ): void {
						Stored_Option::forget_cached( self::OPTION );
						update_option( self::OPTION, $record, false );
					}
				);
			}
		} catch ( \Throwable ) {
			return;
		}
	}

	/**
	 * The last check of a connection; null if there was none.
	 *
	 * @param array<string, mixed> $auth The connection.
	 * @return array{time: int, result: string}|null
	 */
	public static function of( #[\SensitiveParameter] array $auth ): ?array {
		$record   = Stored_Option::read( self::OPTION );
		$is_check = is_array( $record ) && is_int( $record['time'] ?? null ) && in_array( $record['result'] ?? null, [ self::CONFIRMED, self::REFUSED, self::FAILED ], true );
		return $is_check && array_intersect_key( $record, self::mark( $auth ) ) === self::mark( $auth ) ? $record : null;
	}

	/**
	 * What tells a connection from an earlier one of the same site.
	 *
	 * @param array<string, mixed> $auth The connection.
	 * @return array{site_id: mixed, updated: mixed}
	 */
	private static function mark( array $auth ): array {
		return [
			'site_id' => $auth['site_id'] ?? null,
			'updated' => $auth['updated'] ?? null,
		];
	}
}
