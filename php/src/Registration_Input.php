<?php
/**
 * The registration that `connect` reads.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Checks it key by key: it comes from another machine, and goes into the site as it is.
 */
final class Registration_Input {

	private const MAX_BYTES = 1048576;

	/**
	 * Key => its type, whether it must be there, and its default.
	 */
	private const AUTH = [
		'access_token'        => [ 'credential', true, '' ],
		'access_token_secret' => [ 'credential', true, '' ],
		'site_id'             => [ 'id', true, 0 ],
		'user_id'             => [ 'number', false, 0 ],
		'updated'             => [ 'number', false, 0 ],
		'url'                 => [ 'text', true, '' ],
	];

	private const REGISTRATION = [
		'customer_id'  => [ 'digits', false, 0 ],
		'order_id'     => [ 'digits', false, 0 ],
		'site_id'      => [ 'number', false, 0 ],
		'secret_kept'  => [ 'boolean', false, false ],
		'api_version'  => [ 'text', false, 'v2.0' ],
		'url'          => [ 'text', false, '' ],
		'from_journal' => [ 'boolean', false, false ],
		'journaled'    => [ 'boolean', false, true ],
		'request_started' => [ 'number', false, 0 ],
		'warnings'     => [ 'list', false, [] ],
	];

	/**
	 * What a line of `register-many` has beside them.
	 */
	private const OF_LINE = [ 'line', 'url', 'home_url', 'status', 'outcome', 'error', 'http_status', 'order_id' ];

	/**
	 * Reads a registration from standard input.
	 *
	 * @return array{auth: array<string, mixed>, registration: array<string, mixed>, is_kept: bool}
	 * @throws Problem If it is not one; it names the field and the type, and never the value.
	 */
	public static function read(): array {
		return self::parse( (string) stream_get_contents( STDIN, self::MAX_BYTES ) );
	}

	/**
	 * The registration in a text.
	 *
	 * @param string $text JSON.
	 * @return array{auth: array<string, mixed>, registration: array<string, mixed>, is_kept: bool} `is_kept`: the journal of a control host has it.
	 * @throws Problem If it is not one, or a line of `register-many` that says why there is none.
	 */
	public static function parse( #[\SensitiveParameter] string $text ): array {
		$input = json_decode( $text, true, 8, JSON_BIGINT_AS_STRING );
		if ( ! is_array( $input ) ) {
			throw self::refused( self::what_is_wrong( $text ) );
		}
		if ( ! array_key_exists( 'auth', $input ) ) {
			$input = [ 'auth' => $input ];
		}
		foreach ( array_keys( $input ) as $key ) {
			if ( ! in_array( $key, [ 'auth', 'registration', ...self::OF_LINE ], true ) ) {
				throw self::refused( "$key is not known." );
			}
		}
		if ( isset( $input['status'] ) && null === $input['auth'] ) {
			throw Unregistered::problem( $input );
		}
		$auth         = self::checked( 'auth', $input['auth'], self::AUTH );
		$registration = self::known( $input['registration'] ?? [] );
		$registration = self::checked( 'registration', $registration, self::REGISTRATION );

		$auth['updated']         = $auth['updated'] ?: time();
		$registration['url']     = $registration['url'] ?: $auth['url'];
		$registration['site_id'] = $auth['site_id'];
		$is_kept                 = isset( $input['status'] ) && $registration['journaled'];
		return compact( 'auth', 'registration', 'is_kept' );
	}

	/**
	 * Why a text is not a JSON object; json_decode() has just said so.
	 *
	 * @param string $text The text.
	 */
	private static function what_is_wrong( #[\SensitiveParameter] string $text ): string {
		$reason = json_last_error_msg();
		if ( '' === trim( $text ) ) {
			return 'Standard input is empty.';
		}
		$is_list = is_array( json_decode( (string) strtok( ltrim( $text ), "\n" ), true ) );
		return $is_list ? 'Standard input has more than one line: give this site\'s alone.' : "Standard input is not a JSON object ($reason).";
	}

	/**
	 * What of a registration is of use here: another release of the extension may tell more.
	 *
	 * @param mixed $values What was given.
	 */
	private static function known( mixed $values ): mixed {
		return is_array( $values ) ? array_intersect_key( $values, self::REGISTRATION ) : $values;
	}

	/**
	 * The checked values of one object.
	 *
	 * @param string                                     $name   Its name.
	 * @param mixed                                      $values What was given.
	 * @param array<string, array{string, bool, mixed}> $fields Its fields.
	 * @return array<string, mixed>
	 * @throws Problem If a field is missing, unknown or of a wrong type.
	 */
	private static function checked( string $name, mixed $values, array $fields ): array {
		if ( ! is_array( $values ) ) {
			throw self::refused( "$name must be an object, not " . get_debug_type( $values ) . '.' );
		}
		foreach ( array_keys( $values ) as $key ) {
			if ( ! isset( $fields[ $key ] ) ) {
				throw self::refused( "$name.$key is not known." );
			}
		}
		$checked = [];
		foreach ( $fields as $key => [ $type, $is_required, $default_value ] ) {
			if ( ! array_key_exists( $key, $values ) && $is_required ) {
				throw self::refused( "$name.$key is missing." );
			}
			$checked[ $key ] = $values[ $key ] ?? $default_value;
			$complaint       = self::complaint( $type, array_key_exists( $key, $values ) ? $values[ $key ] : $default_value, $is_required );
			if ( null !== $complaint ) {
				throw self::refused( "$name.$key $complaint." );
			}
		}
		return $checked;
	}

	/**
	 * What is wrong with a value; null if nothing is.
	 *
	 * @param string $type        The type that is wanted.
	 * @param mixed  $value       The value.
	 * @param bool   $is_required Whether it must say something.
	 */
	private static function complaint( string $type, mixed $value, bool $is_required ): ?string {
		[ $is_right, $wanted ] = match ( $type ) {
			'text'    => [ is_string( $value ) && ( '' !== $value || ! $is_required ), 'must be a string that is not empty' ],
			// As the extension has it: what WooCommerce.com gave can stand in a header.
			'credential' => [ is_string( $value ) && 1 === preg_match( '/^[\x21-\x7e]+$/D', $value ), 'must be a string of visible ASCII characters' ],
			'digits'  => [ ( is_int( $value ) && $value >= 0 ) || ( is_string( $value ) && 1 === preg_match( '/^[0-9]{1,64}$/D', $value ) ), 'must be a whole number' ],
			'id'      => [ is_int( $value ) && $value > 0, 'must be a whole number greater than 0' ],
			'number'  => [ is_int( $value ) && $value >= 0, 'must be a whole number' ],
			'boolean' => [ is_bool( $value ), 'must be true or false' ],
			'list'    => [ is_array( $value ) && array_is_list( $value ), 'must be a list' ],
		};
		if ( $is_right ) {
			return null;
		}
		return $wanted . ( '' === $value ? '' : ', not ' . get_debug_type( $value ) );
	}

	/**
	 * The refusal of the input.
	 *
	 * @param string $why What is wrong.
	 */
	private static function refused( string $why ): Problem {
		return new Problem(
			Exit_Code::PREFLIGHT,
			"$why Nothing was stored.",
			'Wanted is what `wp wccom-host register --no-save` prints, {"auth":{...},"registration":{...}}, this site\'s line of `wp wccom-host register-many`, or the array of wccom_host_register() as JSON.'
		);
	}
}
