<?php
/**
 * The request that the options of `register` make.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Only sorts them into the fields of the API; the extension checks every field before it sends anything.
 */
final class Registration_Request {

	private const CUSTOMER = [
		'email'      => 'email',
		'first-name' => 'first_name',
		'last-name'  => 'last_name',
	];

	/**
	 * The request.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{url: string, wpcom_access_token?: string, customer?: array<string, string>, products?: list<string>, metadata?: array<string, mixed>}
	 * @throws Problem If the options do not fit together.
	 */
	public static function from( array $assoc_args ): array {
		$request  = [ 'url' => (string) ( $assoc_args['site-url'] ?? home_url() ) ];
		$request += 'v1.0' === self::api_version( $assoc_args ) ? self::for_v1( $assoc_args ) : self::for_v2( $assoc_args );
		if ( isset( $assoc_args['products'] ) ) {
			$request['products'] = array_map( 'trim', explode( ',', (string) $assoc_args['products'] ) );
		}
		return $request;
	}

	/**
	 * The fields in which v1.0 has the customer.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{customer: array<string, string>, metadata?: array<string, mixed>}
	 */
	private static function for_v1( array $assoc_args ): array {
		$customer = self::customer( $assoc_args );
		if ( isset( $assoc_args['wpcom-user-id'] ) ) {
			$customer['wpcom_user_id'] = (string) $assoc_args['wpcom-user-id'];
		}
		$token = Secrets::token( $assoc_args );
		if ( null !== $token ) {
			$customer['wpcom_access_token'] = $token;
		}
		return [ 'customer' => $customer ] + self::metadata_field( self::metadata( $assoc_args ) );
	}

	/**
	 * The fields in which v2.0 has the customer: the token alone, and what the partner may say in the metadata.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array{wpcom_access_token: string, metadata?: array<string, mixed>}
	 * @throws Problem If there is no token.
	 */
	private static function for_v2( array $assoc_args ): array {
		if ( isset( $assoc_args['wpcom-user-id'] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--wpcom-user-id belongs to API version v1.0. Nothing was sent.', 'Leave it out, or add --api-version=v1.0.' );
		}
		$token = Secrets::token( $assoc_args );
		if ( null === $token ) {
			throw Secrets::missing_token();
		}
		$metadata = self::metadata( $assoc_args );
		foreach ( self::customer( $assoc_args ) as $field => $value ) {
			$metadata += [ "customer_$field" => $value ];
		}
		return [ 'wpcom_access_token' => $token ] + self::metadata_field( $metadata );
	}

	/**
	 * What the options say of the customer.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array<string, string>
	 */
	private static function customer( array $assoc_args ): array {
		$customer = [];
		foreach ( self::CUSTOMER as $option => $field ) {
			if ( isset( $assoc_args[ $option ] ) ) {
				$customer[ $field ] = (string) $assoc_args[ $option ];
			}
		}
		return $customer;
	}

	/**
	 * The field `metadata`, unless it is empty.
	 *
	 * @param array<string, mixed> $metadata Its entries.
	 * @return array{metadata?: array<string, mixed>}
	 */
	private static function metadata_field( array $metadata ): array {
		return [] === $metadata ? [] : [ 'metadata' => $metadata ];
	}

	/**
	 * The version of the API.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 */
	public static function api_version( array $assoc_args ): string {
		return (string) ( $assoc_args['api-version'] ?? 'v2.0' );
	}

	/**
	 * A request without its secrets, for --dry-run.
	 *
	 * @param array<string, mixed> $request The request.
	 * @return array<string, mixed>
	 */
	public static function without_secrets( array $request ): array {
		unset( $request['wpcom_access_token'], $request['customer']['wpcom_access_token'] );
		return $request;
	}

	/**
	 * The value of --metadata: a JSON object, or key=value pairs.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @return array<string, mixed>
	 * @throws Problem If it is neither.
	 */
	private static function metadata( array $assoc_args ): array {
		$text  = (string) ( $assoc_args['metadata'] ?? '' );
		$first = ltrim( $text )[0] ?? '';
		if ( '{' === $first || '[' === $first ) {
			$metadata = json_decode( $text, true );
			if ( ! is_array( $metadata ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--metadata is not valid JSON (' . json_last_error_msg() . '). Nothing was sent.', 'Write it as \'{"name":"value"}\' or as name=value,name=value.' );
			}
			return $metadata;
		}
		$metadata = [];
		foreach ( '' === $text ? [] : explode( ',', $text ) as $number => $pair ) {
			[ $name, $value ] = explode( '=', $pair, 2 ) + [ 1 => null ];
			if ( null === $value || array_key_exists( $name, $metadata ) ) {
				throw new Problem(
					Exit_Code::PREFLIGHT,
					'--metadata: part ' . ( $number + 1 ) . ( null === $value ? ' has no "=".' : " gives $name a second time." ) . ' Nothing was sent.',
					'Write it as name=value,name=value; a value with a comma needs JSON: \'{"name":"value"}\'.'
				);
			}
			$metadata[ $name ] = $value;
		}
		return $metadata;
	}
}
