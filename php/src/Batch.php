<?php
/**
 * The sending of a batch.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WccomHost\Exception;

/**
 * Hands the list to the extension, and writes each result as it comes. Whatever ends it before its time, what is in flight is
 * finished, written and counted.
 */
final class Batch {

	/**
	 * The extension's default.
	 */
	private const CONCURRENCY = 16;

	/**
	 * Whether the extension has the journal, and sends.
	 *
	 * @var boolean
	 */
	private bool $is_sending = false;

	/**
	 * Words for why it ended before its time.
	 *
	 * @var string|null
	 */
	private ?string $end = null;

	/**
	 * How many registrations are in the output alone, since the journal could not be written.
	 *
	 * @var integer
	 */
	private int $unkept = 0;

	/**
	 * Why the first of those was not sent that were not.
	 *
	 * @var string|null
	 */
	private ?string $not_sent = null;

	/**
	 * Whether the output can still be written.
	 *
	 * @var boolean
	 */
	private bool $is_writable = true;

	/**
	 * What takes a result, to its end.
	 *
	 * @var Shielded_Call
	 */
	private Shielded_Call $take_result;

	/**
	 * What stops it.
	 *
	 * @var Gentle_Stop
	 */
	private Gentle_Stop $stop;

	/**
	 * What shows that it goes on.
	 *
	 * @var Late_Bar
	 */
	private Late_Bar $bar;

	/**
	 * A batch.
	 *
	 * @param Request_List         $list    Its sites, which were checked.
	 * @param Batch_Output         $output  Where the results go.
	 * @param Batch_Tally          $tally   Where they are counted.
	 * @param array<string, mixed> $options The options of the extension.
	 * @param int                  $results How many results there will be.
	 */
	public function __construct( private Request_List $list, private Batch_Output $output, private Batch_Tally $tally, #[\SensitiveParameter] private array $options, int $results ) {
		$this->take_result = new Shielded_Call( \Closure::fromCallable( [ $this, 'take_result' ] ) );
		$this->stop        = new Gentle_Stop( $this->take_result, fn () => $this->announce_stop() );
		// Lines that come on a terminal are a sign of life themselves.
		$this->bar = new Late_Bar( $results, Progress::is_wanted() && ( $output->is_file() || ! Standard_Output::is_terminal() ) );
	}

	/**
	 * Sends it.
	 *
	 * @return string|null Words for why it ended before its time; null if it came to its end, or to its limit.
	 */
	public function run(): ?string {
		try {
			$this->stop->during(
				function (): void {
					$summary   = wccom_host_register_many( $this->requests(), $this->options, $this->take_result );
					$this->end = $this->end ?? $summary['reason'] ?? null;
				}
			);
		} catch ( Interrupted ) {
			if ( ! $this->is_sending ) {
				$this->end = 'Interrupted. Nothing was sent.';
			} elseif ( $this->tally->to_send() > 0 ) {
				$this->end ??= 'Interrupted. What was in flight is finished.';
			}
		} finally {
			$this->bar->end();
		}
		if ( $this->list->has_changed() ) {
			$this->end = 'The list has changed since it was checked. Nothing was sent from the first line on that is not what it was.';
		}
		return $this->end;
	}

	/**
	 * The requests of the list. The extension asks for the first one once it has the journal.
	 *
	 * @return \Generator<string, array<string, mixed>>
	 */
	private function requests(): \Generator {
		$this->is_sending = true;
		yield from $this->list->requests( static fn () => null );
	}

	/**
	 * How many registrations are in the output alone.
	 */
	public function unkept(): int {
		return $this->unkept;
	}

	/**
	 * Why the first of those was not sent that were not; null if there are none.
	 */
	public function not_sent(): ?string {
		return $this->not_sent;
	}

	/**
	 * Takes a result.
	 *
	 * @param string                         $key          The key of its request.
	 * @param array<string, mixed>|Exception $result       The connection, or why there is none.
	 * @param array<string, mixed>|null      $registration The rest of a registration.
	 * @return bool False: nothing more is to be sent.
	 */
	private function take_result( string $key, #[\SensitiveParameter] array|Exception $result, ?array $registration ): bool {
		[ $line, $url, $home_url ] = Request_List::place_of( $key );

		$status = Batch_Result::status( $result, $registration );
		$this->tally->add( $status );
		if ( 'not_sent' === $status && $result instanceof Exception ) {
			$this->not_sent ??= $result->getMessage();
		}
		if ( is_array( $result ) && false === ( $registration['journaled'] ?? null ) ) {
			++$this->unkept;
		}
		$this->write( Batch_Result::line( $line, $url, $home_url, $result, $registration ) );
		$this->bar->advance(
			$this->tally->results(),
			fn ( int $speed, string $left ): string => "Registering: $speed/s, {$this->tally->failed()} failed, $left left"
		);
		return $this->is_writable;
	}

	/**
	 * Writes a line, as long as that is possible.
	 *
	 * @param string $line The line.
	 */
	private function write( #[\SensitiveParameter] string $line ): void {
		if ( ! $this->is_writable ) {
			return;
		}
		try {
			$this->output->write( $line );
		} catch ( Reader_Gone ) {
			$this->give_up( 'Nobody reads the results any more.' );
		} catch ( Problem $problem ) {
			$this->give_up( $problem->getMessage() );
		}
	}

	/**
	 * Ends the writing.
	 *
	 * @param string $why Why.
	 */
	private function give_up( string $why ): void {
		$this->is_writable = false;
		$this->end         = "$why What was in flight is finished" . ( 0 === $this->unkept ? ', and nothing is lost: the journal has it, and the same command gives all results again.' : '.' );
	}

	/**
	 * Says at once that a signal was understood; while it waits for the journal, it is at its end at once.
	 */
	private function announce_stop(): void {
		$this->bar->end();
		if ( ! $this->is_sending ) {
			return;
		}
		Output::say( "Nothing more is begun. Finishing what is in flight (at most {$this->concurrency()} requests) ... A second Ctrl-C ends at once, and leaves them unknown." );
	}

	/**
	 * The most requests in flight.
	 */
	private function concurrency(): string {
		return (string) ( $this->options['concurrency'] ?? self::CONCURRENCY );
	}
}
