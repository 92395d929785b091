--TEST--
A signal at each step of a register: its handler runs at once, and the outcome and the journal are right, whatever it does
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'signals.inc';

$sandbox = new Sandbox();
$with_tls = new Sandbox( '--tls' );

/** A register, with a journal of its own. */
abstract class RegisterStage extends Stage {
	private static int $number = 0;
	protected string $url;
	protected string $journal;

	public function __construct( protected Sandbox $sandbox, protected ?Gate $gate = null ) {
		$number        = ++self::$number;
		$this->url     = "https://shop-$number.example.com";
		$this->journal = folder() . "/journal-$number";
	}

	public function call(): string {
		$options = $this->options();
		if ( null !== $this->gate ) {
			$options['base_url'] = $this->gate->url( $options['base_url'] );
		}
		$auth = wccom_host_register( request( array( 'url' => $this->url ) ), $options, $registration );
		return 'registered' . ( $this->is_own( $auth, $registration ) ? '' : ', WITH ANOTHER ANSWER' );
	}

	public function call_again(): string {
		$site = request( array( 'url' => $this->url ) );
		return 'other site ' . learnt( fn() => $this->other()->call() )
			. ', same site ' . learnt( fn() => wccom_host_register( $site, $this->options( array( 'timeout' => 0.1 ) ) )['url'] )
			. ', in a batch ' . learnt( fn() => json_encode( array_intersect_key( array_filter( wccom_host_register_many( array( $site ), $this->options( array( 'timeout' => 0.1 ) ) ) ), array( 'registered' => 0, 'sent' => 0, 'unknown' => 0 ) ) ) );
	}

	/** In the child, who must not take what the next stage is going to have. */
	protected function other(): self {
		$other          = new GateStage( $this->sandbox );
		$other->url     = "$this->url/other";
		$other->journal = "$this->journal-other";
		return $other;
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
		$state   = wccom_host_journal_read( $this->url, $options )['state'] ?? 'nothing';
		$before  = $this->orders();
		$next    = learnt( function () use ( $options ) {
			wccom_host_register( request( array( 'url' => $this->url ) ), $options );
			return 'has it';
		} );
		return "$state in the journal, $before order; the next call: $next, {$this->orders()} order";
	}

	protected function options( array $more = array() ): array {
		return $this->sandbox->options( $more + array( 'journal' => $this->journal, 'timeout' => 30 ) );
	}

	private function orders(): int {
		return count( array_keys( array_column( $this->sandbox->orders(), 'url' ), $this->url, true ) );
	}

	private function is_own( array $auth, array $registration ): bool {
		foreach ( $this->sandbox->orders() as $order ) {
			if ( $order['url'] === $this->url ) {
				return $order['id'] === $registration['order_id'] && $order['site_id'] === $auth['site_id'];
			}
		}
		return false;
	}
}

final class GateStage extends RegisterStage {}

final class SiteLockStage extends RegisterStage {
	public function __construct( Sandbox $sandbox ) {
		parent::__construct( $sandbox );
		wccom_host_journal_lock( $this->url, $this->options() );
	}

	public function is_reached( int $child ): bool {
		return has_opened_again( $child, (string) current( glob( "$this->journal/*.lock" ) ) );
	}

	public function let_go(): void {
		wccom_host_journal_unlock( $this->url, $this->options() );
	}

	public function afterwards(): string {
		$this->let_go();
		return parent::afterwards();
	}

	public function call_again(): string {
		return 'other site ' . learnt( fn() => $this->other()->call() ) . ', same site ' . learnt( fn() => wccom_host_register( request( array( 'url' => $this->url ) ), $this->options( array( 'timeout' => 0.1 ) ) )['url'] );
	}
}

/** As a batch locks it. */
final class FolderLockStage extends RegisterStage {
	/** @var resource */
	private $lock;

	public function __construct( Sandbox $sandbox ) {
		parent::__construct( $sandbox );
		mkdir( $this->journal, 0700 );
		$this->lock = fopen( $this->journal, 'r' );
		flock( $this->lock, LOCK_EX );
	}

	public function is_reached( int $child ): bool {
		return has_opened_again( $child, $this->journal );
	}

	public function let_go(): void {
		flock( $this->lock, LOCK_UN );
	}

	public function afterwards(): string {
		$this->let_go();
		return parent::afterwards();
	}

	public function call_again(): string {
		return 'other site ' . learnt( fn() => $this->other()->call() ) . ', same site ' . learnt( fn() => wccom_host_register( request( array( 'url' => $this->url ) ), $this->options( array( 'timeout' => 0.1 ) ) )['url'] );
	}
}

$gate = fn( Sandbox $sandbox, string $step ) => fn() => new GateStage( $sandbox, new Gate( preg_replace( '#^https?://([^/]+).*#', 'tcp://$1', $sandbox->ready['base_url'] ), $step ) );

InterruptedCall::each( 'waiting for the lock of the site', fn() => new SiteLockStage( $sandbox ) );
InterruptedCall::each( 'waiting for the journal, which a batch has', fn() => new FolderLockStage( $sandbox ) );
InterruptedCall::each( 'connecting: nobody accepts', $gate( $sandbox, 'accept' ) );
InterruptedCall::each( 'connecting: no answer in TLS', $gate( $with_tls, 'handshake' ) );
InterruptedCall::each( 'in a pause between attempts to connect', function () use ( $gate, $with_tls ) {
	$stage          = $gate( $with_tls, 'reset' )();
	$stage->soon    = 2;
	$stage->lasting = 4;
	return $stage;
} );
InterruptedCall::each( 'waiting for the answer', $gate( $sandbox, 'answer' ) );
InterruptedCall::each( 'receiving the body', $gate( $sandbox, 'body' ) );
InterruptedCall::print_reactions();
?>
--EXPECT--
-- waiting for the lock of the site
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; nothing in the journal, 0 order; the next call: has it, 1 order
-- waiting for the journal, which a batch has
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; nothing in the journal, 0 order; the next call: has it, 1 order
-- connecting: nobody accepts
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent, in a batch {"unknown":1}); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; sent in the journal, 0 order; the next call: OutcomeUnknownException unknown, 0 order
-- connecting: no answer in TLS
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent, in a batch {"unknown":1}); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; sent in the journal, 0 order; the next call: OutcomeUnknownException unknown, 0 order
-- in a pause between attempts to connect
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; nothing in the journal, 0 order; the next call: has it, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent, in a batch {"unknown":1}); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; sent in the journal, 0 order; the next call: OutcomeUnknownException unknown, 0 order
-- waiting for the answer
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent, in a batch {"unknown":1}); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
-- receiving the body
a handler that returns, SIGINT SIGTERM SIGALRM: registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that throws, SIGINT SIGTERM SIGALRM: what it threw; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other site registered, same site Exception not_sent, in a batch {"unknown":1}); registered; received in the journal, 1 order; the next call: has it, 1 order
a handler that is none, SIGINT SIGTERM SIGALRM: killed; sent in the journal, 1 order; the next call: OutcomeUnknownException unknown, 1 order
handlers ran within 100 ms
