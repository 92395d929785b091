<?php
/**
 * The search for the orders of sites whose outcome is unknown.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * By the address where an order's products are in use, or by the customer's e-mail address. An order whose answer was lost is
 * not in use anywhere yet: as long as there is one that could be a site's, that site is not taken for one without an order.
 */
final class Order_Lookup {

	public const FIELDS = [ 'url', 'order_id', 'found_by', 'started' ];

	/**
	 * What is kept of an order.
	 */
	private const KEPT = [
		'id'                     => true,
		'customer_email'         => true,
		'date_created_timestamp' => true,
	];

	/**
	 * Seconds by which the clocks of both sides may differ.
	 */
	public const SLACK = 7200;

	/**
	 * Seconds after which an order is listed, and no request under way any more.
	 */
	private const GRACE = 900;

	/**
	 * For each of the sites: its order, and how that was found.
	 *
	 * @var array<int, array{order_id: int|string|null, found_by: string}>
	 */
	private array $found = [];

	/**
	 * The orders that may be any site's.
	 *
	 * @var array<int|string, array<string, mixed>>
	 */
	private array $open = [];

	/**
	 * Orders that the journal has, and that are not listed: then neither is every other one that was made.
	 *
	 * @var list<int|string>
	 */
	private array $unlisted = [];

	/**
	 * A search.
	 *
	 * @param array<string, mixed>       $options The options of the extension.
	 * @param list<array<string, mixed>> $sites   The journal's records of the sites, the oldest first.
	 * @param list<array<string, mixed>> $damaged Records of which nobody knows what they were, nor since when: a person has to look.
	 */
	public function __construct( private array $options, private array $sites, private array $damaged ) {
	}

	/**
	 * Whether a record was written by a batch.
	 *
	 * @param array<string, mixed> $record The record.
	 */
	public static function is_of_batch( array $record ): bool {
		return Journal_Folder::BATCH_FILE === basename( $record['journal_file'] );
	}

	/**
	 * Looks for all of them.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If the orders cannot be read.
	 */
	public function look( array $assoc_args ): void {
		if ( [] === $this->sites ) {
			return;
		}
		$key = Secrets::key_option( $assoc_args );
		try {
			$this->look_at_connections( $this->orders( $key ), $key );
		} catch ( \WccomHost\Exception $exception ) {
			throw Failure::of_reading( $exception, [ 'key_file' => '--key-file' ] );
		}
		$this->look_at_emails();
		foreach ( array_keys( array_diff_key( $this->sites, $this->found ) ) as $number ) {
			$this->found[ $number ] = [
				'order_id' => null,
				'found_by' => [] === $this->candidates( $number ) && [] === $this->unlisted && empty( $this->sites[ $number ]['has_answer'] ) ? 'none' : 'undecided',
			];
		}
	}

	/**
	 * What was found.
	 *
	 * @return list<array<string, mixed>>
	 */
	public function rows(): array {
		$rows = [];
		foreach ( $this->sites as $number => $site ) {
			$rows[] = [
				'url'     => $site['home_url'],
				'started' => gmdate( 'Y-m-d\TH:i:s\Z', $site['started'] ),
			] + $this->found[ $number ];
		}
		foreach ( $this->damaged as $site ) {
			$rows[] = [
				'url'      => $site['home_url'],
				'started'  => null,
				'order_id' => null,
				'found_by' => 'undecided',
			];
		}
		return $rows;
	}

	/**
	 * Says what it means, and forgets sites without an order, if that was asked for.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If some stay unknown.
	 */
	public function settle( array $assoc_args ): int {
		if ( [] === $this->sites && [] === $this->damaged ) {
			Output::say( 'Nothing is unknown.' );
			return Exit_Code::DONE;
		}
		$count = count( $this->numbers( 'connection', 'email' ) );
		if ( $count > 0 ) {
			Output::say( "Sites with an order: $count. Their secrets were lost with the answers: have WooCommerce.com reset these connections, and cancel these orders. Then take the sites out of the journal, and run the batch again: wp wccom-host journal prune <url> --state=sent --forget {$this->journal()}" );
		}
		$missing = $this->numbers( 'none' );
		if ( [] !== $missing && Utils\get_flag_value( $assoc_args, 'forget-missing', false ) ) {
			$missing = $this->forget( $missing, (bool) Utils\get_flag_value( $assoc_args, 'yes', false ) );
		}
		$left = array_filter( [ $this->words_for_undecided(), $this->words_for_missing( count( $missing ) ), $this->words_for_damaged() ] );
		if ( [] !== $left ) {
			throw new Problem( Exit_Code::UNKNOWN, ...array_values( $left ) );
		}
		return Exit_Code::DONE;
	}

	/**
	 * The orders since the oldest of the requests that the journal does not know.
	 *
	 * @param array<string, string> $key The option for the key.
	 * @return array<int|string, array<string, mixed>> By id.
	 */
	private function orders( #[\SensitiveParameter] array $key ): array {
		$since  = $this->sites[0]['started'] - self::SLACK;
		$known  = $this->known_ids( $since );
		$orders = wccom_host_orders(
			[
				'after'  => gmdate( 'Y-m-d\TH:i:s\Z', $since ),
				'status' => Order_Command::STATUSES,
			],
			$key
		);
		$left   = [];
		foreach ( Progress::over( $orders, static fn (): int => count( $orders ), 'Reading orders' ) as $order ) {
			if ( ! isset( $known[ $order['id'] ] ) ) {
				// There may be hundreds of thousands.
				$left[ $order['id'] ] = array_intersect_key( $order, self::KEPT );
			}
			unset( $known[ $order['id'] ] );
		}
		// Those that were begun later than the first of the sites were made later than asked for, unless this machine's clock was wrong.
		$this->unlisted = array_keys( $known, true, true );
		return $left;
	}

	/**
	 * The orders of the journal.
	 *
	 * @param int $since Only those whose requests were begun after this.
	 * @return array<int|string, bool> By id: whether it has to be among the orders that are listed.
	 */
	private function known_ids( int $since ): array {
		$known = [];
		foreach ( wccom_host_journal( [ 'state' => [ 'received', 'closed', 'secret_unavailable' ] ], $this->options ) as $record ) {
			if ( $record['started'] >= $since && isset( $record['registration']['order_id'] ) ) {
				$known[ $record['registration']['order_id'] ] = $record['started'] >= $since + self::SLACK;
			}
		}
		return $known;
	}

	/**
	 * Sorts orders by the sites where they are in use.
	 *
	 * @param array<int|string, array<string, mixed>> $orders The orders.
	 * @param array<string, string>                   $key    The option for the key.
	 */
	private function look_at_connections( array $orders, #[\SensitiveParameter] array $key ): void {
		foreach ( Progress::over( $orders, static fn (): int => count( $orders ), 'Looking where they are in use' ) as $order ) {
			$urls = array_unique( array_column( wccom_host_order_connections( $order['id'], $key ), 'url' ) );
			if ( [] === $urls ) {
				$this->open[ $order['id'] ] = $order;
			}
			foreach ( $urls as $url ) {
				$this->find( $order, 'connection', fn ( array $site ): bool => Site::is_same( $url, $site['home_url'] ) || Site::is_same( $url, $site['url'] ) );
			}
		}
	}

	/**
	 * Sorts what is not in use by the customers, where no other site and no other order could be meant.
	 */
	private function look_at_emails(): void {
		$emails = array_count_values( array_map( [ self::class, 'email' ], array_column( $this->open, 'customer_email' ) ) );
		$sites  = array_count_values( array_map( [ self::class, 'email' ], array_column( array_diff_key( $this->sites, $this->found ), 'email' ) ) );
		foreach ( $this->open as $id => $order ) {
			$email = self::email( $order['customer_email'] );
			if ( '' !== $email && 1 === $emails[ $email ] && 1 === ( $sites[ $email ] ?? 0 ) && $this->find( $order, 'email', static fn ( array $site ): bool => self::email( $site['email'] ) === $email && self::may_be_of( $order, $site ) ) ) {
				unset( $this->open[ $id ] );
			}
		}
	}

	/**
	 * Notes whose an order is.
	 *
	 * @param array<string, mixed>                 $order    The order.
	 * @param string                               $found_by How that is known.
	 * @param callable(array<string, mixed>): bool $is_it    Whether it is a site's.
	 * @return bool Whether it is one's of these sites.
	 */
	private function find( array $order, string $found_by, callable $is_it ): bool {
		foreach ( array_diff_key( $this->sites, $this->found ) as $number => $site ) {
			if ( $is_it( $site ) ) {
				$this->found[ $number ] = [
					'order_id' => $order['id'],
					'found_by' => $found_by,
				];
				return true;
			}
		}
		return false;
	}

	/**
	 * The orders that may be a site's.
	 *
	 * @param int $number The site.
	 * @return array<int|string, array<string, mixed>>
	 */
	private function candidates( int $number ): array {
		return array_filter( $this->open, fn ( array $order ): bool => self::may_be_of( $order, $this->sites[ $number ] ) );
	}

	/**
	 * Whether an order was made after a site's request was begun, as far as two clocks can tell.
	 *
	 * @param array<string, mixed> $order The order.
	 * @param array<string, mixed> $site  The journal's record of the site.
	 */
	private static function may_be_of( array $order, array $site ): bool {
		return ( $order['date_created_timestamp'] ?? PHP_INT_MAX ) >= $site['started'] - self::SLACK;
	}

	/**
	 * An e-mail address as it is compared.
	 *
	 * @param mixed $email The address; null if there is none.
	 */
	private static function email( mixed $email ): string {
		return strtolower( trim( (string) $email ) );
	}

	/**
	 * The sites of which something was found.
	 *
	 * @param string ...$found_by How.
	 * @return list<int>
	 */
	private function numbers( string ...$found_by ): array {
		return array_keys( array_filter( $this->found, static fn ( array $found ): bool => in_array( $found['found_by'], $found_by, true ) ) );
	}

	/**
	 * Removes the records of sites without an order, if a person says so.
	 *
	 * @param list<int> $numbers The sites.
	 * @param bool      $is_sure Whether nobody is asked.
	 * @return list<int> The sites that are too young.
	 * @throws Problem If the answer was no.
	 */
	private function forget( array $numbers, bool $is_sure ): array {
		$old   = array_values( array_filter( $numbers, fn ( int $number ): bool => $this->sites[ $number ]['started'] <= time() - self::GRACE ) );
		$words = 'Sites without an order: ' . count( $old ) . '. They are forgotten, and the next register-many sends them again.';
		if ( [] === $old ) {
			return $numbers;
		}
		if ( $is_sure ) {
			Output::say( $words );
		} elseif ( ! Question::is_yes( 'Forget them?', $words ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'Nothing was changed.' );
		}
		$urls = [];
		foreach ( $old as $number ) {
			$site = $this->sites[ $number ];
			if ( self::is_of_batch( $site ) ) {
				$urls[] = $site['home_url'];
			} else {
				wccom_host_journal_close( $site['home_url'], $this->options );
			}
		}
		if ( [] !== $urls ) {
			Journal_Folder::announce_wait( $this->options['journal'], LOCK_EX );
			$filters = [
				'state'      => 'sent',
				'site'       => $urls,
				'older_than' => self::GRACE,
				'forget'     => true,
			];
			wccom_host_journal_prune( $filters, $this->options );
		}
		return array_values( array_diff( $numbers, $old ) );
	}

	/**
	 * What to do about sites that may have an order; nothing if there are none.
	 */
	private function words_for_undecided(): string {
		$numbers = $this->numbers( 'undecided' );
		if ( [] === $numbers ) {
			return '';
		}
		$words = 'Sites that may have an order: ' . count( $numbers ) . '.';
		if ( [] !== $this->open ) {
			$words .= ' These orders are not in use anywhere: ' . Batch_Journal::some( array_keys( $this->open ) ) . '.';
		}
		if ( [] !== $this->unlisted ) {
			$words .= ' Orders that the journal has from the same time are not listed: ' . Batch_Journal::some( $this->unlisted ) . '. Either they were removed, or this machine\'s clock was wrong at that time: then there may be more.';
		}
		$answers = array_filter( $numbers, fn ( int $number ): bool => ! empty( $this->sites[ $number ]['has_answer'] ) );
		foreach ( $answers as $number ) {
			$words .= "\nAn answer for {$this->sites[ $number ]['home_url']} was received and not understood; it is kept in the journal, {$this->sites[ $number ]['journal_file']}, and may hold the secret.";
		}
		return "$words\nOnce a person has found out that a site has none: wp wccom-host journal prune <url> --state=sent --forget {$this->journal()}";
	}

	/**
	 * What to do about sites without an order; nothing if there are none.
	 *
	 * @param int $count How many.
	 */
	private function words_for_missing( int $count ): string {
		return 0 === $count ? '' : "Sites without an order: $count. A new order can take a minute to show: those that were sent more than " . intdiv( self::GRACE, 60 ) . ' minutes ago are sent again by the next register-many after: wp wccom-host journal lookup --forget-missing ' . $this->journal();
	}

	/**
	 * What to do about sites whose records are damaged; nothing if there are none.
	 */
	private function words_for_damaged(): string {
		[ $words, $urls ] = [ [], [] ];
		foreach ( $this->damaged as $record ) {
			$file = $record['journal_file'];
			if ( self::is_of_batch( $record ) ) {
				$urls[ $file ][] = $record['home_url'];
			} else {
				$words[] = "The journal's file $file is damaged: nobody knows whether there is an order. Once a person has looked for it, and for a secret in the file: mv " . Command_Line::quoted( $file ) . ' ' . Command_Line::quoted( "$file.forgotten" );
			}
		}
		foreach ( $urls as $file => $of_file ) {
			$words[] = "The journal's file $file is damaged where it has " . Batch_Journal::some( $of_file ) . ": nobody knows whether there is an order. Once a person has looked for it: wp wccom-host journal prune <url> --state=damaged --forget {$this->journal()}";
		}
		return implode( "\n", $words );
	}

	/**
	 * The option that names the journal.
	 */
	private function journal(): string {
		return Command_Line::option( 'journal', $this->options['journal'] );
	}
}
