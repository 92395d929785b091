<?php
/**
 * The durable record of a registration, which the extension writes.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What is open for this site, under the site's lock.
 */
final class Journal {

	/**
	 * Does something while no other process can register this site.
	 *
	 * @template T
	 * @param array<string, mixed>             $options The options of the extension.
	 * @param callable(array<string, mixed>): T $work   What to do, with the options of the journal that has this site's
	 *                                                  open record: another one, if the registration was begun there.
	 * @return T
	 */
	public static function locked( array $options, #[\SensitiveParameter] callable $work ): mixed {
		return self::holding( $options, static fn (): mixed => self::holding_other( $options, $work ) );
	}

	/**
	 * Does something under the lock of whoever may be writing the record of which the site's marker tells, too.
	 *
	 * @template T
	 * @param array<string, mixed>              $options The options of the extension.
	 * @param callable(array<string, mixed>): T $work    As for locked().
	 * @param array<string, mixed>|null         $held    The options of the other journal whose lock is held.
	 * @return T
	 */
	private static function holding_other( array $options, #[\SensitiveParameter] callable $work, ?array $held = null ): mixed {
		Pending_Marker::look();
		$other = Pending_Marker::other_journal( $options );
		if ( null !== $other && $other !== $held ) {
			// Looked at anew then: the other run may come to its end while this one waits, and yet another one may begin.
			return self::holding( $other, static fn (): mixed => self::holding_other( $options, $work, $other ) );
		}
		return $work( Pending_Marker::journal_with_record( $options ) ?? $options );
	}

	/**
	 * Does something under one journal's lock.
	 *
	 * @template T
	 * @param array<string, mixed> $options Whose.
	 * @param callable(): T        $work    What to do.
	 * @return T
	 */
	private static function holding( array $options, #[\SensitiveParameter] callable $work ): mixed {
		self::lock( $options );
		try {
			return $work();
		} finally {
			try {
				wccom_host_journal_unlock( $options['home_url'], $options );
			} catch ( \WccomHost\Exception ) {
				// What became of the work counts, and the end of the process gives the lock up.
				unset( $work );
			}
		}
	}

	/**
	 * Takes the lock of the site, and says so if another run has it.
	 *
	 * @param array<string, mixed> $options Whose.
	 * @throws \WccomHost\Exception If it cannot be had.
	 */
	private static function lock( array $options ): void {
		try {
			wccom_host_journal_lock( $options['home_url'], [ 'timeout' => 0.05 ] + $options );
		} catch ( \WccomHost\Exception $exception ) {
			if ( ! $exception->retryable ) {
				throw $exception;
			}
			Journal_Folder::say_waiting( $options['journal'] );
			wccom_host_journal_lock( $options['home_url'], $options );
		}
	}

	/**
	 * What is open for this site in the journal.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null Null also where a batch only keeps that it registered the site.
	 */
	public static function read( array $options ): ?array {
		// Without the key: its file is read with every call that names it, and a pipe can be read once.
		$record = wccom_host_journal_read( $options['home_url'], array_diff_key( $options, [ 'key_file' => '' ] ) );
		return 'closed' === ( $record['state'] ?? null ) ? null : $record;
	}

	/**
	 * Whether this journal, or another one of which the site's marker tells, may have a record of this site.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 */
	public static function is_anything_open( array $options ): bool {
		return null !== self::read( $options ) || null !== Pending_Marker::out_of_reach( $options ) || null !== Pending_Marker::journal_elsewhere( $options );
	}

	/**
	 * The answer that an earlier run received and did not bring to its end, or one without a secret.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null Null: there is none.
	 * @throws Problem If a request is open whose outcome nobody knows.
	 */
	public static function answered( array $options ): ?array {
		$record = self::read( $options );
		if ( null !== $record && ! in_array( $record['state'], [ 'received', 'secret_unavailable' ], true ) ) {
			throw self::unknown( $record, 'Nothing was sent now.', Pending_Marker::whereabouts( $options ) );
		}
		return $record;
	}

	/**
	 * What a request without a known outcome means.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 * @param string               ...$now What this run has to do with it.
	 */
	public static function unknown( array $record, string ...$now ): Problem {
		return new Problem( Exit_Code::UNKNOWN, self::describe( $record ), implode( ' ', array_filter( [ 'An order may exist.', ...$now ] ) ), 'To find out: ' . Site::command( 'recover' ) );
	}

	/**
	 * What an answer without a secret means.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 */
	public static function secret_unavailable( array $record ): Problem {
		return new Problem( Exit_Code::SECRET_UNAVAILABLE, self::describe( $record ), ...self::without_secret() );
	}

	/**
	 * What to do about an answer without a secret.
	 *
	 * @return list<string>
	 */
	public static function without_secret(): array {
		return [
			'Registering again would make another order and give no secret either, so nothing more is sent for this site.',
			'If the secret is known elsewhere, give it to: ' . Site::command( 'connect' ),
			'If a person has had WooCommerce.com reset the connection: ' . Site::command( 'recover --forget' ),
		];
	}

	/**
	 * A record in words, without secrets.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 */
	public static function describe( array $record ): string {
		if ( 'damaged' === $record['state'] ) {
			return "The journal's file {$record['journal_file']} is damaged: nobody knows whether this site was registered.";
		}
		$began = 'The registration of ' . $record['url'] . ' that began at ' . self::time( $record ) . ' ';
		if ( 'received' === $record['state'] ) {
			return $began . 'was answered, and has not been brought to its end on this site.';
		}
		if ( 'secret_unavailable' === $record['state'] ) {
			$ids = $record['registration'] ?? [];
			return $began . 'was answered without a secret, since the site was registered before. Order ' . ( $ids['order_id'] ?? '?' ) . ' exists for site_id ' . ( $ids['site_id'] ?? '?' ) . '.';
		}
		if ( ! empty( $record['has_answer'] ) ) {
			return $began . 'has an unknown outcome. An answer was received and not understood; it is kept in ' . $record['journal_file'] . ', and may hold the secret.';
		}
		// The rest of it is advice to the one who saw it happen.
		$reason = explode( '. ', rtrim( (string) ( $record['reason'] ?? '' ), '.' ) )[0];
		return $began . 'has an unknown outcome. ' . ( '' === $reason ? 'The process ended before an answer was written down' : ucfirst( $reason ) ) . '.';
	}

	/**
	 * When a record was begun, for people.
	 *
	 * @param array<string, mixed> $record The journal's record.
	 */
	public static function time( array $record ): string {
		return gmdate( 'Y-m-d H:i:s', (int) $record['started'] ) . ' UTC';
	}
}
