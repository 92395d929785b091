<?php
/**
 * What became of each product.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;

/**
 * The rows of the table at the end, and what is said meanwhile.
 */
final class Product_Results {

	public const FIELDS = [ 'slug', 'type', 'version', 'status', 'active', 'reason' ];

	/**
	 * The rows, by slug.
	 *
	 * @var array<string, array{slug: string, type: ?string, version: ?string, status: string, active: ?bool, reason: ?string}>
	 */
	private array $rows = [];

	/**
	 * What it will mean for a product if the command ends now, by slug.
	 *
	 * @var array<string, array{status: string, reason: string}>
	 */
	private array $reached = [];

	/**
	 * For some products, of which nothing is done yet.
	 *
	 * @param list<string> $slugs The products.
	 */
	public function __construct( array $slugs ) {
		foreach ( $slugs as $slug ) {
			$this->rows[ $slug ] = [
				'slug'    => $slug,
				'type'    => null,
				'version' => null,
				'status'  => 'failed',
				'active'  => null,
				'reason'  => 'the command ended before it came to this',
			];
		}
	}

	/**
	 * Keeps, and says, what became of a product.
	 *
	 * @param string      $slug    The product.
	 * @param string      $status  One of installed, updated, activated, skipped, failed or unknown.
	 * @param string|null $reason  Why.
	 * @param string|null $type    Either `plugin` or `theme`, where it is known.
	 * @param string|null $version The version that the site has now, where it is known.
	 */
	public function set( string $slug, string $status, ?string $reason = null, ?string $type = null, ?string $version = null ): void {
		unset( $this->reached[ $slug ] );
		$this->rows[ $slug ] = array_merge( $this->rows[ $slug ], compact( 'status', 'reason' ), array_filter( compact( 'type', 'version' ), static fn ( ?string $value ): bool => null !== $value ) );
		$words               = "$slug: " . trim( "$status " . ( $version ?? '' ) ) . ( null === $reason ? '' : " ($reason)" );
		in_array( $status, [ 'failed', 'unknown' ], true ) ? WP_CLI::warning( $words ) : Output::say( $words );
	}

	/**
	 * Keeps, and says, that a product is in use.
	 *
	 * @param string      $slug    The product.
	 * @param string      $status  As for set().
	 * @param string|null $remark  What is wrong nevertheless.
	 * @param bool        $is_news Whether it was not so before.
	 */
	public function set_activated( string $slug, string $status, ?string $remark, bool $is_news ): void {
		unset( $this->reached[ $slug ] );
		$this->rows[ $slug ]['status'] = $status;
		$this->rows[ $slug ]['reason'] = $remark ?? $this->rows[ $slug ]['reason'];
		if ( null !== $remark ) {
			WP_CLI::warning( "$slug: active, but $remark" );
		} elseif ( $is_news ) {
			Output::say( "$slug: active" );
		}
	}

	/**
	 * Keeps what it will mean if the command ends now.
	 *
	 * @param string $slug   The product.
	 * @param string $status The product's status then.
	 * @param string $reason Why.
	 */
	public function set_reached( string $slug, string $status, string $reason ): void {
		$this->reached[ $slug ] = compact( 'status', 'reason' );
	}

	/**
	 * Keeps whether a product is in use on this site.
	 *
	 * @param string $slug      The product.
	 * @param bool   $is_active Whether it is.
	 */
	public function set_active( string $slug, bool $is_active ): void {
		$this->rows[ $slug ]['active'] = $is_active;
	}

	/**
	 * What became of a product until now.
	 *
	 * @param string $slug The product.
	 */
	public function status( string $slug ): string {
		return $this->rows[ $slug ]['status'];
	}

	/**
	 * The rows.
	 *
	 * @return list<array<string, mixed>>
	 */
	public function rows(): array {
		return array_values( array_replace_recursive( $this->rows, $this->reached ) );
	}

	/**
	 * What they mean for the command.
	 */
	public function exit_code(): int {
		$statuses = array_column( $this->rows(), 'status' );
		if ( in_array( 'unknown', $statuses, true ) ) {
			return Exit_Code::UNKNOWN;
		}
		return in_array( 'failed', $statuses, true ) ? Exit_Code::NOT_INSTALLED : Exit_Code::DONE;
	}
}
