<?php
/**
 * Requests from WooCommerce.com to the site.
 *
 * @package WccomHost
 */

defined( 'ABSPATH' ) || exit;

/**
 * Accepts a request below `wccom-site/` that is signed with the stored connection, and runs it as the connection's user.
 */
class WC_WCCOM_Site {

	/** @var WP_Error|null Why the request at hand was refused. */
	private static $refusal = null;

	/** Joins WordPress. */
	public static function load(): void {
		add_filter( 'determine_current_user', [ __CLASS__, 'authenticate' ], 14 );
		add_action( 'rest_api_init', [ __CLASS__, 'register_routes' ] );
	}

	/**
	 * The user as whom a signed request runs.
	 *
	 * @param int|false $user_id Found before.
	 * @return int|false
	 */
	public static function authenticate( $user_id ) {
		$route = $_GET['rest_route'] ?? $_SERVER['REQUEST_URI'] ?? '';
		if ( $user_id || false === strpos( $route, '/wccom-site/' ) ) {
			return $user_id;
		}
		$bearer    = (string) preg_replace( '/^Bearer\s+/i', '', trim( $_SERVER['HTTP_AUTHORIZATION'] ?? '' ) );
		$token     = '' !== $bearer ? $bearer : (string) ( $_GET['token'] ?? '' );
		$signature = (string) ( $_SERVER['HTTP_X_WOO_SIGNATURE'] ?? $_GET['signature'] ?? '' );

		if ( '' === $token ) {
			return self::refuse( 'no_access_token', 400 );
		}
		if ( '' === $signature ) {
			return self::refuse( 'no_signature', 400 );
		}
		return self::user_of_connection( $token, $signature );
	}

	/**
	 * The connection's user, if token and signature are the connection's.
	 *
	 * @param string $token     What came.
	 * @param string $signature What came.
	 * @return int|false
	 */
	private static function user_of_connection( string $token, string $signature ) {
		require_once WC_ABSPATH . 'includes/admin/helper/class-wc-helper-options.php';
		$auth = WC_Helper_Options::get( 'auth' );
		if ( empty( $auth['access_token'] ) ) {
			return self::refuse( 'site_not_connnected', 401 );
		}
		if ( ! hash_equals( $auth['access_token'], $token ) ) {
			return self::refuse( 'invalid_token', 401 );
		}
		if ( ! hash_equals( self::expected_signature( (string) $auth['access_token_secret'] ), $signature ) ) {
			return self::refuse( 'request_verification_failed', 400 );
		}
		if ( ! get_user_by( 'id', $auth['user_id'] ) ) {
			return self::refuse( 'user_not_found', 401 );
		}
		return (int) $auth['user_id'];
	}

	/**
	 * The signature of the request at hand.
	 *
	 * @param string $secret The connection's secret.
	 */
	private static function expected_signature( string $secret ): string {
		$signed = [
			'host'        => $_SERVER['HTTP_HOST'],
			'request_uri' => urldecode( remove_query_arg( [ 'token', 'signature' ], $_SERVER['REQUEST_URI'] ) ),
			'method'      => strtoupper( $_SERVER['REQUEST_METHOD'] ),
		];
		$body   = WP_REST_Server::get_raw_data();
		if ( ! empty( $body ) ) {
			$signed['body'] = $body;
		}
		return hash_hmac( 'sha256', wp_json_encode( $signed ), $secret );
	}

	/** The route by which WooCommerce.com asks what runs on the site. */
	public static function register_routes(): void {
		register_rest_route(
			'wccom-site/v3',
			'/status',
			[
				'methods'             => 'GET',
				'permission_callback' => [ __CLASS__, 'may_manage' ],
				'callback'            => function (): array {
					return [
						'success' => true,
						'data'    => [ 'wc_version' => WC()->version ],
					];
				},
			]
		);
	}

	/**
	 * Whether the connection's user may do what WooCommerce.com asks.
	 *
	 * @return true|WP_Error
	 */
	public static function may_manage() {
		if ( self::$refusal ) {
			return self::$refusal;
		}
		return current_user_can( 'install_plugins' ) && current_user_can( 'activate_plugins' )
			? true
			: new WP_Error( 'forbidden', 'The user of the connection may not manage plugins.', [ 'status' => 403 ] );
	}

	/**
	 * Remembers why, since WordPress asks for the user before it asks for permission.
	 *
	 * @param string $code   WooCommerce's error code.
	 * @param int    $status The HTTP status.
	 */
	private static function refuse( string $code, int $status ): bool {
		self::$refusal = new WP_Error( $code, 'The request was not accepted: ' . $code . '.', [ 'status' => $status ] );
		return false;
	}
}

WC_WCCOM_Site::load();
