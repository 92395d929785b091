<?php
/**
 * Plugin Name: wccom-host Site Health
 * Description: Shows the connection with WooCommerce.com under Tools, Site Health. From `wp wccom-host site-health install`.
 * License: GPL-2.0-or-later
 *
 * It stands alone, since the PHP of the web may have neither wccom-host's extension nor its other files. It reads options;
 * it asks nobody, and changes nothing. PHP 5.6 can read it, as WooCommerce 3.7 wants no more: hence no types. WordPress before
 * 5.2 has no Site Health, and never calls it.
 *
 * @package WccomHost
 */

namespace WccomHost;

// Nothing happens outside of WordPress, nor if there is a second copy of this file: a class that is declared twice ends the site.
if ( defined( 'ABSPATH' ) && ! class_exists( __NAMESPACE__ . '\Site_Health', false ) ) {

	/**
	 * The connection as WooCommerce itself reads it on this site: through WordPress's options, with cache and filters.
	 */
	class Site_Health {

		/**
		 * The filter site_status_tests: adds a test to the tab Status.
		 *
		 * @param mixed $tests The tests, an array unless another plugin has spoiled it.
		 */
		public static function add_test( $tests ) {
			if ( is_array( $tests ) ) {
				$tests['direct']['wccom_host_connection'] = [
					'label' => 'Connection with WooCommerce.com',
					'test'  => [ __CLASS__, 'test' ],
				];
			}
			return $tests;
		}

		/**
		 * The filter debug_information: adds a section to the tab Info. WordPress escapes it. What is private stays out of the
		 * text that "Copy site info to clipboard" gives, and that people paste into forums.
		 *
		 * @param mixed $info The sections, an array unless another plugin has spoiled it.
		 */
		public static function add_section( $info ) {
			if ( is_array( $info ) ) {
				$info['wccom-host'] = [
					'label'       => 'Connection with WooCommerce.com',
					'description' => 'What this site has stored, without its secrets. Nobody was asked for this page.',
					'fields'      => self::connection_fields() + self::user_fields() + self::order_fields(),
				];
			}
			return $info;
		}

		/**
		 * The test: the worst of what was found, with everything that was.
		 *
		 * @return array What Site Health asks for.
		 */
		public static function test() {
			$findings = self::findings();
			if ( [] === $findings ) {
				$findings[] = [ 'good', 'The site is connected with WooCommerce.com', self::last_check_in_words(), [] ];
			}
			foreach ( [ 'critical', 'recommended', 'good' ] as $status ) {
				foreach ( $findings as $finding ) {
					if ( $status === $finding[0] ) {
						return self::result( $finding, $findings );
					}
				}
			}
		}

		/**
		 * A result for Site Health.
		 *
		 * @param array $worst    The finding that gives it its name and colour.
		 * @param array $findings All of them.
		 */
		private static function result( $worst, $findings ) {
			$description = '';
			foreach ( $findings as $finding ) {
				$description .= '<p>' . esc_html( $finding[2] ) . '</p>';
				foreach ( $finding[3] as $words => $command ) {
					$description .= '<p>' . esc_html( $words ) . '<br><code>' . esc_html( $command ) . '</code></p>';
				}
			}
			return [
				'label'       => $worst[1],
				'status'      => $worst[0],
				'badge'       => [
					'label' => 'WooCommerce.com',
					'color' => 'blue',
				],
				'description' => $description,
				'actions'     => '',
				'test'        => 'wccom_host_connection',
			];
		}

		/**
		 * What there is to say against the connection: status, name, what it means, and what to type by what for.
		 *
		 * @return array
		 */
		private static function findings() {
			$auth         = self::auth();
			$is_connected = ! empty( $auth['access_token'] );
			if ( ! defined( 'WC_PLUGIN_FILE' ) ) {
				return $is_connected
					? [ [ 'recommended', 'The connection with WooCommerce.com is not in use', 'WooCommerce is not active on this site. Its connection with WooCommerce.com is kept until it is.', [ 'To activate it:' => self::on_site( 'wp plugin activate woocommerce' ) ] ] ]
					: [ [ 'good', 'No connection with WooCommerce.com is needed', 'WooCommerce is not active on this site.', [] ] ];
			}
			if ( ! is_array( get_option( 'woocommerce_helper_data', [] ) ) ) {
				return [ self::malformed() ];
			}
			if ( ! $is_connected ) {
				return [ self::not_connected() ];
			}
			if ( ! self::is_complete( $auth ) ) {
				return [ self::incomplete( $auth ) ];
			}
			return array_values( array_filter( [ self::unable_user( $auth ), self::other_address( $auth ), self::refused(), self::cancelled() ] ) );
		}

		/**
		 * An option of a shape that WooCommerce dies of.
		 */
		private static function malformed() {
			return [
				'critical',
				'The connection with WooCommerce.com is damaged',
				'The option woocommerce_helper_data is not an array. WooCommerce can neither read a connection from it nor store one.',
				[
					'Look at it, and keep a copy:' => self::on_site( 'wp option get woocommerce_helper_data' ),
					'Then delete it:'              => self::on_site( 'wp option delete woocommerce_helper_data' ),
					'What is left to do after that:' => self::on_site( 'wp wccom-host status' ),
				],
			];
		}

		/**
		 * No connection.
		 */
		private static function not_connected() {
			$is_begun = false !== get_option( 'wccom_host_pending' );
			return [
				'recommended',
				'The site is not connected with WooCommerce.com',
				$is_begun ? 'A registration was begun, and is not finished.' : 'Extensions from WooCommerce.com get no updates and no support here.',
				$is_begun
					? [ 'Your hosting company finishes it with:' => self::on_site( 'wp wccom-host recover' ) ]
					: [ 'If they came with your hosting plan, your hosting company connects the site with:' => self::on_site( 'wp wccom-host register' ) ],
			];
		}

		/**
		 * A connection without its secret, or without the number of the site.
		 *
		 * @param array $auth The connection.
		 */
		private static function incomplete( $auth ) {
			$is_secret = empty( $auth['access_token_secret'] );
			return [
				'critical',
				$is_secret ? 'The connection with WooCommerce.com has no secret' : 'The connection with WooCommerce.com is not complete',
				'Extensions get no updates from WooCommerce.com.' . ( $is_secret ? ' Without the secret, requests to this site in the name of WooCommerce.com can be forged by anyone who knows its token.' : '' ),
				[
					'Your hosting company looks for what is missing in its journal with:' => self::on_site( 'wp wccom-host recover' ),
					'If it is not there, ask WooCommerce.com to reset the connection of this site, and then:' => self::on_site( 'wp wccom-host register --force' ),
				],
			];
		}

		/**
		 * A user who cannot serve requests from WooCommerce.com.
		 *
		 * @param array $auth The connection.
		 */
		private static function unable_user( $auth ) {
			$id = self::user_id( $auth );
			if ( self::is_able( $id ) ) {
				return null;
			}
			$other = self::able_user();
			return [
				'critical',
				'The user of the connection with WooCommerce.com cannot install plugins',
				"WooCommerce.com acts on this site as user $id, who " . ( get_userdata( $id ) ? 'may not install and activate plugins' : 'does not exist' ) . '. It cannot install extensions here.',
				( $other ? [] : [ 'There is no other user who may. Make one:' => is_multisite() ? 'wp super-admin add <user>' : 'wp user create <login> <email> --role=administrator' ] )
				+ [ 'Your hosting company lets an administrator stand in with:' => self::on_site( 'wp option patch update woocommerce_helper_data auth user_id ' . ( $other ? $other : '<id>' ) . ' --format=json' ) ],
			];
		}

		/**
		 * A connection that was made for another address, or that does not say for which.
		 *
		 * @param array $auth The connection.
		 */
		private static function other_address( $auth ) {
			$url = self::value( $auth, 'url' );
			if ( self::is_same_site( $url, self::home() ) ) {
				return null;
			}
			if ( '' === self::text( $url ) ) {
				return [
					'recommended',
					'The connection with WooCommerce.com has no address',
					'WooCommerce 9.9 and later need it.',
					[ 'Your hosting company adds it with:' => self::on_site( 'wp wccom-host update-url --yes' ) ],
				];
			}
			return [
				'critical',
				'The connection with WooCommerce.com was made for another address',
				'It was made for ' . self::text( $url ) . ', and this site is ' . self::home() . '. WooCommerce.com may refuse updates here.',
				[
					'If the site has moved, your hosting company tells WooCommerce.com with:' => self::on_site( 'wp wccom-host update-url --yes' ),
					'If this is a copy of that site, it needs a registration, and so an order, of its own:' => self::on_site( 'wp wccom-host register --force' ),
				],
			];
		}

		/**
		 * A connection that WooCommerce.com has not accepted. It may do so since.
		 */
		private static function refused() {
			$check = self::check();
			if ( 'refused' !== self::value( $check, 'result' ) ) {
				return null;
			}
			return [
				'recommended',
				'WooCommerce.com has refused the connection of this site',
				self::last_check_in_words(),
				[ 'To ask WooCommerce.com again:' => self::on_site( 'wp wccom-host status --verify' ) ],
			];
		}

		/**
		 * An order that was cancelled.
		 */
		private static function cancelled() {
			$order = self::order();
			if ( empty( $order['cancelled'] ) || ! self::is_of_connection( $order ) ) {
				return null;
			}
			return [
				'recommended',
				'The plan with extensions from WooCommerce.com was cancelled',
				'Its extensions go on working, without updates and support. Your hosting company has cancelled order ' . self::text( $order['order_id'] ) . '.',
				[],
			];
		}

		/**
		 * Whether the site is connected, and for which address.
		 */
		private static function connection_fields() {
			$auth   = self::auth();
			$url    = self::text( self::value( $auth, 'url' ) );
			$fields = [
				'connected'   => self::field( 'Connected', self::connected_in_words( $auth ) ),
				'woocommerce' => self::field( 'WooCommerce', defined( 'WC_PLUGIN_FILE' ) ? 'Active' : 'Not active on this site' ),
			];
			if ( [] !== $auth ) {
				$fields += [
					'last_check' => self::field( 'Last check', self::last_check_in_words() ),
					'site_id'    => self::field( 'Site ID at WooCommerce.com', self::text( self::value( $auth, 'site_id' ) ), true ),
					'url'        => self::field( 'Address in the connection', $url, true ),
					'home'       => self::field( 'Address of this site', self::home(), true ),
					'same_site'  => self::field( 'Are these addresses of one site', self::is_same_site( $url, self::home() ) ? 'Yes' : 'No' ),
				];
			}
			return $fields;
		}

		/**
		 * The user as whom requests from WooCommerce.com run.
		 */
		private static function user_fields() {
			$auth = self::auth();
			if ( [] === $auth ) {
				return [];
			}
			$id   = self::user_id( $auth );
			$user = get_userdata( $id );
			return [
				'user'      => self::field( 'User of the connection', $user ? "$user->user_login (ID $id)" : "ID $id", true ),
				'user_able' => self::field( 'May that user install plugins', $user ? ( self::is_able( $id ) ? 'Yes' : 'No' ) : 'There is no such user' ),
			];
		}

		/**
		 * The order, as wccom-host has recorded it.
		 */
		private static function order_fields() {
			$order = self::order();
			if ( [] === $order ) {
				return [ 'order_status' => self::field( 'Order', 'None on record' ) ];
			}
			$time = 'Made at ' . self::time( $order, 'time' );
			if ( ! empty( $order['cancelled'] ) ) {
				$time = 'Cancelled at ' . self::time( $order, 'cancelled' );
			}
			if ( ! self::is_of_connection( $order ) ) {
				$time .= ', for another connection';
			}
			return [
				'order'          => self::field( 'Order number', self::text( $order['order_id'] ), true ),
				'order_status'   => self::field( 'Order', $time ),
				'registered_url' => self::field( 'Registered address', self::text( self::value( $order, 'url' ) ), true ),
			];
		}

		/**
		 * A row of the section.
		 *
		 * @param string $label      What it is.
		 * @param string $value      What is so.
		 * @param bool   $is_private Whether to leave it out of what people paste.
		 */
		private static function field( $label, $value, $is_private = false ) {
			return [
				'label'   => $label,
				'value'   => '' === $value ? 'None' : $value,
				'private' => $is_private,
			];
		}

		/**
		 * Whether the site is connected.
		 *
		 * @param array $auth The connection.
		 */
		private static function connected_in_words( $auth ) {
			if ( ! is_array( get_option( 'woocommerce_helper_data', [] ) ) ) {
				return 'No: the option woocommerce_helper_data is damaged';
			}
			if ( empty( $auth['access_token'] ) ) {
				return 'No';
			}
			if ( empty( $auth['access_token_secret'] ) ) {
				return 'No: the secret is missing';
			}
			return self::is_complete( $auth ) ? 'Yes' : 'No: the connection is not complete';
		}

		/**
		 * The last check that wccom-host has made of this connection.
		 */
		private static function last_check_in_words() {
			$check   = self::check();
			$results = [
				'confirmed' => 'WooCommerce.com has confirmed the connection at %s.',
				'refused'   => 'WooCommerce.com has refused the connection at %s.',
				'failed'    => 'WooCommerce.com could not be asked at %s.',
			];
			$result  = self::text( self::value( $check, 'result' ) );
			return isset( $results[ $result ] )
				? sprintf( $results[ $result ], self::time( $check, 'time' ) )
				: 'It has not been checked yet with: ' . self::on_site( 'wp wccom-host status --verify' );
		}

		/**
		 * The connection, whole or not; an empty array if there is none.
		 */
		private static function auth() {
			$option = get_option( 'woocommerce_helper_data', [] );
			$auth   = is_array( $option ) ? self::value( $option, 'auth' ) : null;
			return is_array( $auth ) ? $auth : [];
		}

		/**
		 * The record of the order; an empty array if there is none.
		 */
		private static function order() {
			$order = get_option( 'wccom_host_order', [] );
			return is_array( $order ) && ! empty( $order['order_id'] ) ? $order : [];
		}

		/**
		 * Whether an order is of the connection that the site has, and not of one before.
		 *
		 * @param array $order The record of the order.
		 */
		private static function is_of_connection( $order ) {
			$auth = self::auth();
			return [] === $auth || self::text( self::value( $order, 'site_id' ) ) === self::text( self::value( $auth, 'site_id' ) );
		}

		/**
		 * The record of the last check; an empty array if it was of another connection, or if there was none.
		 */
		private static function check() {
			$check = get_option( 'wccom_host_check', [] );
			$auth  = self::auth();
			return is_array( $check )
				&& self::value( $check, 'site_id' ) === self::value( $auth, 'site_id' )
				&& self::value( $check, 'updated' ) === self::value( $auth, 'updated' ) ? $check : [];
		}

		/**
		 * Whether WooCommerce can work with a connection.
		 *
		 * @param array $auth The connection.
		 */
		private static function is_complete( $auth ) {
			foreach ( [ 'access_token', 'access_token_secret' ] as $key ) {
				if ( '' === self::text( self::value( $auth, $key ) ) ) {
					return false;
				}
			}
			return (int) self::text( self::value( $auth, 'site_id' ) ) > 0;
		}

		/**
		 * Whether two addresses are of one site: scheme, host in any case, port, and path but for trailing slashes.
		 *
		 * @param mixed $url       What is stored: perhaps no address at all.
		 * @param mixed $other_url The other one.
		 */
		private static function is_same_site( $url, $other_url ) {
			$site = self::site( $url );
			return null === $site ? $url === $other_url : self::site( $other_url ) === $site;
		}

		/**
		 * What all addresses of a site have in common; null if this is not one.
		 *
		 * @param mixed $url The address.
		 */
		private static function site( $url ) {
			$parts = is_string( $url ) ? wp_parse_url( $url ) : false;
			if ( ! isset( $parts['scheme'], $parts['host'] ) ) {
				return null;
			}
			$parts += [
				'port' => 'https' === strtolower( $parts['scheme'] ) ? 443 : 80,
				'path' => '',
			];
			return strtolower( $parts['scheme'] . '://' . $parts['host'] ) . ':' . $parts['port'] . rtrim( $parts['path'], '/' );
		}

		/**
		 * The address of this site, as WP-CLI's home_url() gives it: on the web that takes the scheme of the request.
		 */
		private static function home() {
			return rtrim( self::text( get_option( 'home' ) ), '/' );
		}

		/**
		 * The id of the user of the connection.
		 *
		 * @param array $auth The connection.
		 */
		private static function user_id( $auth ) {
			return (int) self::text( self::value( $auth, 'user_id' ) );
		}

		/**
		 * Whether a user's roles let it install and activate plugins. A site that forbids that to everybody, by
		 * DISALLOW_FILE_MODS, would have no better one.
		 *
		 * @param int $id The user.
		 */
		private static function is_able( $id ) {
			if ( is_multisite() ) {
				return is_super_admin( $id );
			}
			$user = get_userdata( $id );
			return $user && ! empty( $user->allcaps['install_plugins'] ) && ! empty( $user->allcaps['activate_plugins'] );
		}

		/**
		 * The id of a user who can serve; 0 if there is none.
		 */
		private static function able_user() {
			$users = get_users(
				( is_multisite() ? [
					'blog_id'   => 0,
					'login__in' => (array) get_super_admins(),
				] : [ 'role' => 'administrator' ] ) + [
					'fields'  => 'ID',
					'orderby' => 'ID',
					'number'  => 50,
				]
			);
			foreach ( $users as $id ) {
				if ( self::is_able( (int) $id ) ) {
					return (int) $id;
				}
			}
			return 0;
		}

		/**
		 * A command for this site, to be typed as it is.
		 *
		 * @param string $command The command.
		 */
		private static function on_site( $command ) {
			if ( ! is_multisite() ) {
				return $command;
			}
			$home = self::home();
			return "$command --url=" . ( preg_match( '~^[\w.:/%-]+$~D', $home ) ? $home : "'" . str_replace( "'", "'\\''", $home ) . "'" );
		}

		/**
		 * A moment that a record tells.
		 *
		 * @param array  $record The record.
		 * @param string $key    Unix time in it.
		 */
		private static function time( $record, $key ) {
			$time = self::value( $record, $key );
			return is_int( $time ) ? gmdate( 'Y-m-d H:i:s', $time ) . ' UTC' : 'an unknown time';
		}

		/**
		 * A value of an array; null if it is not there.
		 *
		 * @param array  $values The array.
		 * @param string $key    The key.
		 */
		private static function value( $values, $key ) {
			return isset( $values[ $key ] ) ? $values[ $key ] : null;
		}

		/**
		 * A value as text. Whoever can write to the database can write anything there.
		 *
		 * @param mixed $value The value.
		 */
		private static function text( $value ) {
			return is_scalar( $value ) ? (string) $value : '';
		}
	}

	add_filter( 'site_status_tests', [ __NAMESPACE__ . '\Site_Health', 'add_test' ] );
	add_filter( 'debug_information', [ __NAMESPACE__ . '\Site_Health', 'add_section' ] );
}
