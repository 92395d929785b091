<?php
/**
 * What WooCommerce.com says of a connection.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Asks, and tells a connection that is refused from one that could not be checked.
 */
final class Verification {

	/**
	 * What WooCommerce.com, or the way to it, has against a connection; null if nothing. The site keeps the result.
	 *
	 * @param array<string, mixed>      $auth    The connection.
	 * @param array<string, mixed>      $options The options of the extension.
	 * @param array<string, mixed>|null $account What WooCommerce.com says of its account.
	 */
	public static function failure( #[\SensitiveParameter] array $auth, array $options, ?array &$account = null ): ?\WccomHost\Exception {
		try {
			$account = wccom_host_verify( $auth, $options );
			$failure = null;
		} catch ( \WccomHost\Exception $exception ) {
			$failure = $exception;
		}
		Check_Record::save( $auth, self::result( $failure ) );
		return $failure;
	}

	/**
	 * A check in a word, as it is kept.
	 *
	 * @param \WccomHost\Exception|null $failure What failure() gives.
	 */
	private static function result( ?\WccomHost\Exception $failure ): string {
		if ( null === $failure ) {
			return Check_Record::CONFIRMED;
		}
		return self::is_refusal( $failure ) ? Check_Record::REFUSED : Check_Record::FAILED;
	}

	/**
	 * Whether WooCommerce.com itself does not accept a connection.
	 *
	 * @param \WccomHost\Exception|null $failure What failure() gave.
	 */
	public static function is_refusal( ?\WccomHost\Exception $failure ): bool {
		return $failure instanceof \WccomHost\ApiException && in_array( $failure->httpStatus, [ 401, 403 ], true );
	}

	/**
	 * A saved connection that WooCommerce.com did not confirm.
	 *
	 * @param \WccomHost\Exception $failure What failure() gave.
	 */
	public static function problem( \WccomHost\Exception $failure ): Problem {
		if ( ! self::is_refusal( $failure ) ) {
			return self::not_checked( $failure->getMessage() );
		}
		return new Problem(
			Exit_Code::NOT_VERIFIED,
			'The connection is saved, but WooCommerce.com refuses it: ' . $failure->getMessage(),
			'The order exists, and registering again may make another one: have WooCommerce.com look at the connection first.',
			'Check it again: ' . Site::command( 'status --verify' )
		);
	}

	/**
	 * A saved connection that nobody could ask about.
	 *
	 * @param string $why Why.
	 */
	public static function not_checked( string $why ): Problem {
		return new Problem(
			Exit_Code::NOT_VERIFIED,
			"The connection is saved, but it could not be checked: $why",
			'The order exists, and nothing must be sent again.',
			'Check the connection again: ' . Site::command( 'status --verify' )
		);
	}
}
