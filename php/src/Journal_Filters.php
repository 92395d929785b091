<?php
/**
 * Which records of the journal are meant.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * The options --state and --older-than.
 */
final class Journal_Filters {

	public const STATES = [ 'received', 'closed', 'sent', 'secret_unavailable', 'refused', 'not_sent', 'damaged' ];

	private const DAY = 86400;

	/**
	 * The filters of the extension.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array{state?: list<string>, older_than?: int}
	 * @throws Problem If one is not known.
	 */
	public static function from( array $assoc_args ): array {
		$filters = [];
		if ( isset( $assoc_args['state'] ) ) {
			$filters['state'] = array_map( 'trim', explode( ',', (string) $assoc_args['state'] ) );
			$unknown          = array_diff( $filters['state'], self::STATES );
			if ( [] !== $unknown ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--state: not known: ' . implode( ', ', $unknown ) . '. Nothing was changed.', 'Known are: ' . implode( ', ', self::STATES ) );
			}
		}
		if ( isset( $assoc_args['older-than'] ) ) {
			$days = filter_var( $assoc_args['older-than'], FILTER_VALIDATE_FLOAT, [ 'options' => [ 'min_range' => 0, 'max_range' => 36500 ] ] );
			if ( false === $days ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--older-than must be a number of days, such as 30 or 0.5. Nothing was changed.' );
			}
			$filters['older_than'] = (int) round( $days * self::DAY );
		}
		return $filters;
	}
}
