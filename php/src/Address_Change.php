<?php
/**
 * What update-url and update-connected-site need before they send anything.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Checks the address and the site.
 */
final class Address_Change {

	/**
	 * Whether an address is that of this site, and whether it may be another one.
	 *
	 * @param string               $url        The address.
	 * @param array<string, mixed> $assoc_args Options: force.
	 * @param string               $meaning    What it means if it is another one.
	 * @throws Problem If it is another one, and nobody said that this is meant.
	 */
	public static function is_here( string $url, array $assoc_args, string $meaning ): bool {
		$sample = [
			'url'                => $url,
			'wpcom_access_token' => 'none',
		];
		array_map( [ WP_CLI::class, 'warning' ], wccom_host_check( $sample, [ 'key' => 'none' ] ) );
		$is_here = Site::is_same( $url, home_url() );
		if ( ! $is_here && ! Utils\get_flag_value( $assoc_args, 'force', false ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "The address $url is not that of this site, " . home_url() . ". $meaning Nothing was sent.", 'If this is meant, say so: --force' );
		}
		return $is_here;
	}

	/**
	 * Sees to it, under the site's lock, that an answer can be saved and does not meet another one that is to be saved.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed> The stored connection, whole or not.
	 * @throws Problem If that is not so.
	 */
	public static function prepare( array $options ): array {
		$record = Journal::answered( $options );
		if ( null !== $record ) {
			throw new Problem( Exit_Code::PREFLIGHT, Journal::describe( $record ) . ' Nothing was sent now.', 'That comes first: ' . Site::command( 'recover' ) );
		}
		Write_Test::run();
		$filters = Connection::filters();
		if ( [] !== $filters ) {
			WP_CLI::warning( Connection::filters_in_words( $filters ) );
		}
		return Connection::stored();
	}

	/**
	 * The end of a command whose request WooCommerce.com has carried out, and that could not save it.
	 *
	 * @param string $done What WooCommerce.com has done.
	 * @param string $why  Why it is not saved.
	 */
	public static function not_saved( string $done, string $why ): Problem {
		return new Problem(
			Exit_Code::NOT_SAVED,
			"$done, but this site has not saved it: $why.",
			'When the cause is gone (wp wccom-host doctor looks for it), run the same command again: it sends the same once more, which changes nothing more, and saves it.'
		);
	}
}
