<?php
/**
 * The site that a command works on.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Its address, and how to speak to it again.
 */
final class Site {

	/**
	 * A command for this site, to be typed as it is.
	 *
	 * @param string $command The subcommand and its options.
	 */
	public static function command( string $command ): string {
		return "wp wccom-host $command" . self::url_option();
	}

	/**
	 * What a command for this site needs on a network.
	 */
	public static function url_option(): string {
		return is_multisite() ? ' --url=' . home_url() : '';
	}

	/**
	 * Whether two addresses are of one site.
	 *
	 * @param mixed $url       What is stored: perhaps no address at all.
	 * @param mixed $other_url The other one.
	 */
	public static function is_same( mixed $url, mixed $other_url ): bool {
		try {
			return is_string( $url ) && is_string( $other_url ) && wccom_host_same_site( $url, $other_url );
		} catch ( \WccomHost\InvalidRequestException ) {
			return $url === $other_url;
		}
	}

	/**
	 * What to do about a connection that was made for another address.
	 */
	public static function other_address_advice(): string {
		return 'If this is a copy of that site, it needs a registration, and so an order, of its own: ' . self::command( 'register --force' ) . '. If the site has moved, do not register it again, but tell WooCommerce.com of the new address: ' . self::command( 'update-url --yes' );
	}

	/**
	 * On a network, goes back to the site that was named, if code of the site has called switch_to_blog() and forgotten the
	 * way back: the connection would be read and written somewhere else.
	 */
	public static function come_back(): void {
		while ( is_multisite() && ms_is_switched() ) {
			restore_current_blog();
		}
	}

	/**
	 * On a network, says which of its sites is meant: without --url it is the main one.
	 */
	public static function announce(): void {
		self::come_back();
		if ( is_multisite() ) {
			Output::say( 'Site ' . get_current_blog_id() . ' of the network: ' . home_url() );
		}
	}
}
