--TEST--
A signal at each step of a batch: its handler runs at once, nothing more begins where it ends the batch, and the journal has what was in flight
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'signals.inc';

$sandbox  = new Sandbox();
$with_tls = new Sandbox( '--tls' );

/** Four sites, two at a time, with a journal of its own. */
class BatchStage extends Stage {
	private static int $number = 0;
	public bool $finishes      = true;
	protected string $name;
	protected string $journal;
	/** Of a call that has to wait for the journal. */
	protected array $patience = array();

	public function __construct( protected Sandbox $sandbox, private ?Gate $gate = null ) {
		$this->name    = 'shop-' . ++self::$number;
		$this->journal = folder() . "/$this->name";
	}

	public function call(): string {
		$options = $this->options( array( 'concurrency' => 2 ) );
		if ( null !== $this->gate ) {
			$options['base_url'] = $this->gate->url( $options['base_url'] );
		}
		$results = array();
		$count   = function ( string $url, array|WccomHost\Exception $result ) use ( &$results ) {
			$results[] = is_array( $result ) ? ( $result['url'] === $url ? 'registered' : 'OF ANOTHER SITE' ) : $result->outcome;
		};
		try {
			wccom_host_register_many( $this->requests(), $options, $count );
			$end = '';
		} catch ( Thrown ) {
			$end = ', and then what it threw';
		}
		return self::counted( $results ) . $end;
	}

	public function call_again(): string {
		$other = request( array( 'url' => "https://$this->name-other.example.com" ) );
		$again = "https://$this->name-1.example.com";
		return 'other site ' . learnt( fn() => wccom_host_register( $other, $this->options() )['url'] === $other['url'] ? 'registered' : 'ANOTHER ANSWER' )
			. ', same site ' . learnt( fn() => wccom_host_register( request( array( 'url' => $again ) ), $this->options() )['url'] === $again ? 'registered' : 'ANOTHER ANSWER' )
			. ', same batch ' . learnt( fn() => self::counts( wccom_host_register_many( $this->requests(), $this->options( $this->patience ) ) ) );
	}

	public function is_reached( int $child ): bool {
		return $this->gate->is_reached();
	}

	public function let_go(): void {
		$this->gate->let_go();
	}

	public function keep_going(): void {
		$this->gate?->is_reached();
	}

	public function afterwards(): string {
		$options = $this->options();
		$states  = array();
		for ( $i = 1; $i <= 4; $i++ ) {
			$states[] = wccom_host_journal_read( "https://$this->name-$i.example.com", $options )['state'] ?? 'nothing';
		}
		$before = $this->orders();
		$next   = self::counts( wccom_host_register_many( $this->requests(), $options ) );
		return 'journal: ' . self::counted( $states ) . "; $before; next batch: $next; {$this->orders()}";
	}

	protected function options( array $more = array() ): array {
		return $this->sandbox->options( $more + array( 'journal' => $this->journal, 'timeout' => 30 ) );
	}

	protected function requests(): Generator {
		for ( $i = 1; $i <= 4; $i++ ) {
			$url = "https://$this->name-$i.example.com";
			yield $url => request( array( 'url' => $url ) );
		}
	}

	private function orders(): string {
		$urls = array_filter( array_column( $this->sandbox->orders(), 'url' ), fn( string $url ) => 1 === preg_match( "#^https://$this->name-\d#", $url ) );
		return count( $urls ) . ' orders' . ( count( array_unique( $urls ) ) === count( $urls ) ? '' : ', SOME TWICE' );
	}

	private static function counts( array $summary ): string {
		return urldecode( http_build_query( array_filter( array_intersect_key( $summary, array_flip( array( 'registered', 'from_journal', 'refused', 'not_sent', 'unknown' ) ) ) ), '', ', ' ) );
	}

	private static function counted( array $words ): string {
		return urldecode( http_build_query( array_count_values( $words ), '', ', ' ) ) ?: 'nothing';
	}
}

/** As somebody who registers a single site locks it. */
final class JournalStage extends BatchStage {
	/** @var resource */
	private $lock;
	protected array $patience = array( 'timeout' => 0.1 );

	public function __construct( Sandbox $sandbox ) {
		parent::__construct( $sandbox );
		mkdir( $this->journal, 0700 );
		$this->lock = fopen( $this->journal, 'r' );
		flock( $this->lock, LOCK_SH );
	}

	public function is_reached( int $child ): bool {
		// Once by the fork.
		return count( array_filter( glob( "/proc/$child/fd/*" ), fn( string $link ) => @readlink( $link ) === $this->journal ) ) > 1;
	}

	public function let_go(): void {
		flock( $this->lock, LOCK_UN );
	}

	public function afterwards(): string {
		$this->let_go();
		return parent::afterwards();
	}
}

/** Two sites have been refused, and wait. */
final class BusyStage extends BatchStage {
	public float $lasting = 1.8;

	public function is_reached( int $child ): bool {
		return parent::is_reached( $child ) && 2 === substr_count( (string) @file_get_contents( "$this->journal/batch.jsonl" ), '"refused"' );
	}
}

/** Over HTTP/2, against a service that takes 3 seconds. */
final class SlowStage extends BatchStage {
	public float $lasting     = 2.8;
	private float $next_look = 0;

	public function is_reached( int $child ): bool {
		if ( microtime( true ) < $this->next_look ) {
			return false;
		}
		$this->next_look = microtime( true ) + 0.05;
		$bodies          = array_column( $this->sandbox->log(), 'body' );
		return 2 === count( array_filter( $bodies, fn( string $body ) => str_contains( $body, "$this->name-1.example" ) || str_contains( $body, "$this->name-2.example" ) ) );
	}

	public function let_go(): void {
	}
}

$gate = fn( Sandbox $sandbox, string $step, string $class = BatchStage::class ) => fn() => new $class( $sandbox, new Gate( preg_replace( '#^https?://([^/]+).*#', 'tcp://$1', $sandbox->ready['base_url'] ), $step ) );

InterruptedCall::each( 'waiting for the journal', fn() => new JournalStage( $sandbox ) );
InterruptedCall::each( 'connecting: nobody accepts', $gate( $sandbox, 'accept' ) );
InterruptedCall::each( 'connecting: no answer in TLS', $gate( $with_tls, 'handshake' ) );
InterruptedCall::each( 'waiting after HTTP 429', $gate( $sandbox, 'busy', BusyStage::class ) );
InterruptedCall::each( 'receiving a body', $gate( $sandbox, 'body' ) );
$slow = new Sandbox( '--tls' );
$slow->fault( array( 'kind' => 'delay', 'ms' => 3000, 'when' => 'after' ), times: 1000 );
InterruptedCall::each( 'waiting for the answers, over HTTP/2', fn() => new SlowStage( $slow ) );
InterruptedCall::print_reactions();
?>
--EXPECT--
-- waiting for the journal
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: nothing, and then what it threw; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site registered, same batch Exception not_sent); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
-- connecting: nobody accepts
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: registered=2, and then what it threw; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site OutcomeUnknownException unknown, same batch registered=2, unknown=2); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: sent=2, nothing=2; 0 orders; next batch: registered=2, unknown=2; 2 orders
-- connecting: no answer in TLS
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: registered=2, and then what it threw; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site OutcomeUnknownException unknown, same batch registered=2, unknown=2); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: sent=2, nothing=2; 0 orders; next batch: registered=2, unknown=2; 2 orders
-- waiting after HTTP 429
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: refused=2, and then what it threw; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site registered, same batch registered=3, from_journal=1); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: nothing=4; 0 orders; next batch: registered=4; 4 orders
-- receiving a body
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: registered=2, and then what it threw; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site OutcomeUnknownException unknown, same batch registered=2, unknown=2); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: sent=2, nothing=2; 2 orders; next batch: registered=2, unknown=2; 4 orders
-- waiting for the answers, over HTTP/2
a handler that returns, SIGINT SIGTERM SIGALRM: registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that throws, SIGINT SIGTERM SIGALRM: registered=2, and then what it threw; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; journal: received=2, nothing=2; 2 orders; next batch: registered=2, from_journal=2; 4 orders
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site OutcomeUnknownException unknown, same batch registered=2, unknown=2); registered=4; journal: received=4; 4 orders; next batch: from_journal=4; 4 orders
a handler that is none, SIGINT SIGTERM SIGALRM: killed; journal: sent=2, nothing=2; 2 orders; next batch: registered=2, unknown=2; 4 orders
handlers ran within 100 ms
