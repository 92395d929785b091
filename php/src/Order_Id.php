<?php
/**
 * The number of an order, as a person gives it.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Checked before anything is sent: what is typed wrongly here may be somebody else's order.
 */
final class Order_Id {

	/**
	 * The number that was typed.
	 *
	 * @param string $text The text.
	 * @return int|string An int, or its digits where it does not fit.
	 * @throws Problem If it is none.
	 */
	public static function typed( string $text ): int|string {
		if ( 1 !== preg_match( '/^[1-9][0-9]{0,63}$/D', $text ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "$text is not the number of an order. Nothing was sent.", 'An order\'s number has digits alone, such as 2666930. That of this site\'s order: ' . Site::command( 'status --fields=order_id' ) );
		}
		return Order_Record::id( $text );
	}

	/**
	 * The number that was typed, or that of the site's own order.
	 *
	 * @param mixed  $typed What was typed; null if nothing was.
	 * @param string $how   How to give it, where the site knows of none.
	 * @return int|string
	 * @throws Problem If there is none.
	 */
	public static function typed_or_own( mixed $typed, string $how ): int|string {
		if ( null !== $typed ) {
			return self::typed( (string) $typed );
		}
		$own = Order_Record::id( Order_Record::stored()['order_id'] ?? 0 );
		if ( 0 === $own ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The number of this site\'s order is not known here. Nothing was sent.', $how, 'To look for it: wp wccom-host order list' );
		}
		return $own;
	}

	/**
	 * The same for what would harm the original, if this site is a copy with the order of the original on record.
	 *
	 * @param mixed  $typed   What was typed; null if nothing was.
	 * @param string $command The command that names an order, with %s for it.
	 * @return int|string
	 * @throws Problem If there is none, or if it was not put on record by this site.
	 */
	public static function typed_or_made_here( mixed $typed, string $command ): int|string {
		$order_id = self::typed_or_own( $typed, 'Name it: ' . Site::command( sprintf( $command, '<order-id>' ) ) );
		$record   = Order_Record::stored();
		if ( null === $typed && ! Order_Record::is_made_here( $record ) ) {
			throw new Problem(
				Exit_Code::PREFLIGHT,
				"Order $order_id is that of " . ( $record['home_url'] ?? $record['url'] ?? 'an unknown site' ) . ', and this site is ' . home_url() . '. Nothing was sent.',
				'If this is a copy of that site, the order is the original\'s. If that order is meant all the same, name it: ' . Site::command( sprintf( $command, $order_id ) )
			);
		}
		return $order_id;
	}
}
