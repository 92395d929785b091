<?php
/**
 * A request that changes something at WooCommerce.com, and of which no journal is kept.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Sends it once, and calls it neither done nor undone if its answer does not come.
 */
final class Change_Request {

	private const UNKNOWN = 'while the request was under way: WooCommerce.com may have carried it out, or not.';

	/**
	 * Sends it.
	 *
	 * @template T
	 * @param callable(): T $send       Calls the extension.
	 * @param string        $find_out   How to find out what became of it; the extension's own words say so, too.
	 * @param string        ...$advice  What is to be said besides, if that is not known.
	 * @return T
	 * @throws Problem If it was refused or not sent, or if its outcome is unknown.
	 */
	public static function send( #[\SensitiveParameter] callable $send, string $find_out, string ...$advice ): mixed {
		Command_Run::if_ended( new Problem( Exit_Code::UNKNOWN, 'Code of this site ended the command ' . self::UNKNOWN, $find_out, ...$advice ) );
		try {
			return Interrupted::or_done( $send );
		} catch ( Interrupted ) {
			throw new Problem( Exit_Code::UNKNOWN, 'The command was interrupted ' . self::UNKNOWN, $find_out, ...$advice );
		} catch ( \WccomHost\Exception $exception ) {
			throw Failure::problem( $exception, ...( $advice ?: [ $find_out ] ) );
		}
	}
}
