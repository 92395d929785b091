<?php
/**
 * A line of `register-many` that has no connection.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What the control host says of the site, on the site.
 */
final class Unregistered {

	/**
	 * Status => the exit code, and what it means here and what to do there.
	 */
	private const MEANINGS = [
		'unknown'            => [ Exit_Code::UNKNOWN, 'An order may exist, and the site is not sent again. To find out, on the control host with its --journal: wp wccom-host journal lookup --key-file=<file>' ],
		'secret_unavailable' => [ Exit_Code::SECRET_UNAVAILABLE, 'An order exists, and its secret is not known. If it is known elsewhere, give the connection to: wp wccom-host connect' ],
		'closed'             => [ Exit_Code::SECRET_UNAVAILABLE, 'The site was registered, and the control host has removed the secret from its journal since. If it is known elsewhere, give the connection to: wp wccom-host connect' ],
		'refused'            => [ Exit_Code::REFUSED, 'There is no order. Once the reason is mended, on the control host with its --journal: wp wccom-host register-many <file> --only-failed' ],
		'not_sent'           => [ Exit_Code::NOT_SENT, 'There is no order. On the control host, run the same command again, with its --journal: wp wccom-host register-many <file>' ],
		'duplicate'          => [ Exit_Code::PREFLIGHT, 'The list had this site twice: the result of its first line has the connection.' ],
		'invalid'            => [ Exit_Code::PREFLIGHT, 'There is no order. Correct the line of the list on the control host.' ],
		'registered'         => [ Exit_Code::PREFLIGHT, 'The line was written without secrets. On the control host, with its --journal: wp wccom-host journal export <url> --with-secrets' ],
		'from_journal'       => [ Exit_Code::PREFLIGHT, 'The line was written without secrets. On the control host, with its --journal: wp wccom-host journal export <url> --with-secrets' ],
	];

	/**
	 * The end of a command that was given such a line.
	 *
	 * @param array<string, mixed> $line The line.
	 */
	public static function problem( array $line ): Problem {
		$status = self::text( $line['status'] );
		if ( ! isset( self::MEANINGS[ $status ] ) ) {
			return new Problem( Exit_Code::PREFLIGHT, "The status $status is not known. Nothing was stored." );
		}
		[ $exit_code, $meaning ] = self::MEANINGS[ $status ];

		$words = [
			'There is no connection for ' . self::text( $line['url'] ?? 'this site' ) . " ($status). Nothing was stored.",
			...array_filter( [ self::text( $line['error'] ?? '' ) ] ),
			$meaning,
		];
		// Neither is a problem where the site has stored its connection before.
		return in_array( $status, [ 'closed', 'duplicate' ], true ) ? new Registration_Closed( Registration_File::addresses( $line ), $exit_code, ...$words ) : new Problem( $exit_code, ...$words );
	}

	/**
	 * Words from another machine, without what a terminal would take for a command.
	 *
	 * @param mixed $words The words.
	 */
	private static function text( mixed $words ): string {
		return is_string( $words ) ? (string) preg_replace( '/[\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u', ' ', $words ) : get_debug_type( $words );
	}
}
