<?php
/**
 * The user as whom requests from WooCommerce.com run on this site.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Chooses and checks it.
 *
 * WooCommerce asks for install_plugins and activate_plugins. What counts here is that the user's roles give them: where
 * DISALLOW_FILE_MODS takes install_plugins from everybody, no user would be better, and the connection still gives
 * updates and support. On a network WordPress gives install_plugins to super admins alone.
 */
final class Local_User {

	private const CAPABILITIES = [ 'install_plugins', 'activate_plugins' ];

	/**
	 * The user's id.
	 *
	 * @param int $wanted The user that was asked for; 0: the administrator, or super admin, with the lowest id.
	 * @throws Problem If there is no such user, or it may not do what WooCommerce.com asks for.
	 */
	public static function choose( int $wanted ): int {
		if ( 0 !== $wanted ) {
			self::require_capable( $wanted );
			return $wanted;
		}
		foreach ( self::administrators() as $id ) {
			if ( [] === self::missing( $id ) ) {
				return $id;
			}
		}
		throw new Problem(
			Exit_Code::PREFLIGHT,
			'This site has no ' . self::kind() . ' with the capabilities ' . implode( ' and ', self::CAPABILITIES ) . '. Nothing was sent.',
			is_multisite() ? 'Make one: wp super-admin add <user>' : 'Make one: wp user create <login> <email> --role=administrator'
		);
	}

	/**
	 * The user of a registration that was made earlier or elsewhere, or another if it cannot serve here.
	 *
	 * @param int $former The user it was made for; 0 if for none.
	 * @throws Problem If there is no user that can.
	 */
	public static function choose_again( int $former ): int {
		return 0 !== $former && false !== get_userdata( $former ) && [] === self::missing( $former ) ? $former : self::choose( 0 );
	}

	/**
	 * The id that --user-id gives; 0 if it was not given.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If it is no id.
	 */
	public static function wanted( array $assoc_args ): int {
		$text = (string) ( $assoc_args['user-id'] ?? '0' );
		if ( isset( $assoc_args['user-id'] ) && 1 !== preg_match( '/^[1-9][0-9]{0,17}$/', $text ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--user-id=$text is not the id of a user. Nothing was sent.", 'See: wp user list --role=administrator' );
		}
		return (int) $text;
	}

	/**
	 * The capabilities that a user lacks.
	 *
	 * @param int $id The user.
	 * @return list<string>
	 */
	public static function missing( int $id ): array {
		if ( is_multisite() ) {
			return is_super_admin( $id ) ? [] : [ 'super admin' ];
		}
		$user = get_userdata( $id );
		return array_values( array_filter( self::CAPABILITIES, static fn ( string $capability ): bool => ! $user || empty( $user->allcaps[ $capability ] ) ) );
	}

	/**
	 * Refuses a user that does not exist or may not enough.
	 *
	 * @param int $id The user.
	 * @throws Problem If so.
	 */
	private static function require_capable( int $id ): void {
		if ( false === get_userdata( $id ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "This site has no user $id. Nothing was sent.", 'Choose another with --user-id. See: ' . self::list_command() );
		}
		$missing = self::missing( $id );
		if ( [] !== $missing ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"User $id cannot serve requests from WooCommerce.com: " . ( is_multisite() ? 'it is no super admin' : 'it lacks ' . implode( ' and ', $missing ) ) . '. Nothing was sent.',
				'Choose another with --user-id. See: ' . self::list_command()
			);
		}
	}

	/**
	 * The ids of all administrators, or super admins, in ascending order.
	 *
	 * @return list<int>
	 */
	private static function administrators(): array {
		$query = is_multisite() ? [
			'blog_id'   => 0,
			'login__in' => (array) get_super_admins(),
		] : [ 'role' => 'administrator' ];
		$ids   = get_users(
			$query + [
				'fields'  => 'ID',
				'orderby' => 'ID',
				'order'   => 'ASC',
			]
		);
		return array_map( 'intval', $ids );
	}

	/**
	 * What the user has to be.
	 */
	private static function kind(): string {
		return is_multisite() ? 'super admin' : 'administrator';
	}

	/**
	 * The command that lists who could be chosen.
	 */
	private static function list_command(): string {
		return is_multisite() ? 'wp super-admin list' : 'wp user list --role=administrator';
	}
}
