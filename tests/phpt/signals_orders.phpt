--TEST--
A signal while orders are read lazily: its handler runs at once, and who reads on has each order once
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'signals.inc';

$sandbox  = new Sandbox();
$with_tls = new Sandbox( '--tls' );
$sandbox->seed( array( 'count' => 250 ) );
$with_tls->seed( array( 'count' => 250 ) );

/** 250 orders on three pages. */
final class OrdersStage extends Stage {
	private ?WccomHost\Orders $orders = null;

	public function __construct( private Sandbox $sandbox, private Gate $gate ) {
	}

	public function call(): string {
		$options             = $this->sandbox->options( array( 'timeout' => 30 ) );
		$options['base_url'] = $this->gate->url( $options['base_url'] );
		$this->orders        = wccom_host_orders( array(), $options );
		$ids                 = array();
		try {
			foreach ( $this->orders as $order ) {
				$ids[] = $order['id'];
			}
			$end = '';
		} catch ( Thrown ) {
			$end = ', and then what it threw, and then ' . ( $this->orders->valid() ? 'more' : 'nothing' );
		}
		return count( $ids ) . ( count( array_unique( $ids ) ) === count( $ids ) ? ' orders' : ' orders, SOME TWICE' ) . $end;
	}

	public function call_again(): string {
		$package = wccom_host_package( $this->sandbox->options() );
		$others  = wccom_host_orders( array(), $this->sandbox->options() );
		return 'other function ' . ( $package['products'] ? 'gives its answer' : 'NOTHING' ) . ', other orders ' . count( iterator_to_array( $others ) ) . ', same orders ' . learnt( fn() => (string) count( $this->orders ) );
	}

	public function is_reached( int $child ): bool {
		return $this->gate->is_reached();
	}

	public function let_go(): void {
		$this->gate->let_go();
	}

	public function keep_going(): void {
		$this->gate->is_reached();
	}

	public function afterwards(): string {
		return 'who begins again reads ' . count( iterator_to_array( wccom_host_orders( array(), $this->sandbox->options() ) ) );
	}
}

$gate = fn( Sandbox $sandbox, string $step, int $request ) => fn() => new OrdersStage( $sandbox, new Gate( preg_replace( '#^https?://([^/]+).*#', 'tcp://$1', $sandbox->ready['base_url'] ), $step, $request ) );

InterruptedCall::each( 'connecting: nobody accepts', $gate( $sandbox, 'accept', 1 ) );
InterruptedCall::each( 'connecting: no answer in TLS', $gate( $with_tls, 'handshake', 1 ) );
InterruptedCall::each( 'waiting for the first page', $gate( $sandbox, 'answer', 1 ) );
InterruptedCall::each( 'waiting for the second page', $gate( $sandbox, 'answer', 2 ) );
InterruptedCall::each( 'receiving the third page', $gate( $sandbox, 'body', 3 ) );
InterruptedCall::each( 'in a pause before the second page is asked for again', function () use ( $gate, $sandbox ) {
	$stage          = $gate( $sandbox, 'busy', 2 )();
	$stage->lasting = 1.8;
	return $stage;
} );
InterruptedCall::print_reactions();
?>
--EXPECT--
-- connecting: nobody accepts
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 0 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
-- connecting: no answer in TLS
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 0 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
-- waiting for the first page
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 0 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
-- waiting for the second page
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 100 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
-- receiving the third page
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 200 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
-- in a pause before the second page is asked for again
a handler that returns, SIGINT SIGTERM SIGALRM: 250 orders; who begins again reads 250
a handler that throws, SIGINT SIGTERM SIGALRM: 100 orders, and then what it threw, and then nothing; who begins again reads 250
a handler that exits, SIGINT SIGTERM SIGALRM: the script has ended; who begins again reads 250
a handler that calls again, SIGINT SIGTERM SIGALRM: it learns (other function gives its answer, other orders 250, same orders Exception not_sent); 250 orders; who begins again reads 250
a handler that is none, SIGINT SIGTERM SIGALRM: killed; who begins again reads 250
handlers ran within 100 ms
