--TEST--
A callback, a generator or a signal handler may throw, stop, exit or call the extension: what is in flight is finished, recorded and handed over
--EXTENSIONS--
pcntl
posix
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$shops   = function ( string $name, int $count ) {
	for ( $i = 0; $i < $count; $i++ ) {
		yield "$name$i" => request( array( 'url' => "https://$name$i.example.com" ) );
	}
};
$options = function ( string $name, array $more = array() ) use ( &$sandbox ) {
	return $sandbox->options( array( 'journal' => folder() . "/$name" ) + $more );
};
/** How many sites of a name have an order, and how many of them the journal has with a secret. */
$compare = function ( string $name, int $taken, int $count ) use ( &$sandbox, $options, $shops ) {
	$ordered = count( array_filter( $sandbox->orders(), fn( $order ) => str_starts_with( $order['url'], "https://$name" ) ) );
	$known   = wccom_host_register_many( $shops( $name, $count ), array( 'dry_run' => true ) + $options( $name ) )['from_journal'];
	echo "$name: ", $ordered < $count ? 'not all' : 'all', ' were sent; ', $ordered === $known ? 'the journal has each' : "ordered $ordered, known $known", '; ', $taken === $known ? 'each was handed over' : "$taken were handed over", "\n";
};

foreach ( array( 'throws', 'stops' ) as $name ) {
	$taken = 0;
	try {
		$summary = wccom_host_register_many( $shops( $name, 200 ), $options( $name ), function () use ( $name, &$taken ) {
			++$taken;
			if ( 'throws' === $name ) {
				throw new LogicException( "thrown by result $taken" );
			}
			return false;
		} );
		echo "stopped: $summary[stopped], ", $summary['total'] < 100 ? 'not much more was' : $summary['total'], " read\n";
	} catch ( LogicException $e ) {
		echo get_class( $e ), ' ', $e->getMessage(), ', previous ', get_debug_type( $e->getPrevious() ), "\n";
	}
	$compare( $name, $taken, 200 );
}

$taken = 0;
try {
	$broken = ( function () use ( $shops ) {
		yield from $shops( 'generator', 20 );
		throw new DomainException( 'the file is gone' );
	} )();
	wccom_host_register_many( $broken, $options( 'generator' ), function () use ( &$taken ) {
		++$taken;
	} );
} catch ( DomainException $e ) {
	echo $e->getMessage(), "\n";
}
$compare( 'generator', $taken, 20 );

pcntl_async_signals( true );
pcntl_signal( SIGUSR1, fn() => throw new UnexpectedValueException( 'signal' ) );
$taken = 0;
try {
	$sandbox->fault( array( 'kind' => 'delay', 'ms' => 150 ), times: 400 );
	wccom_host_register_many( $shops( 'signal', 200 ), $options( 'signal' ), function () use ( &$taken ) {
		if ( 0 === $taken++ ) {
			posix_kill( getmypid(), SIGUSR1 );
			usleep( 1 );
		}
	} );
} catch ( UnexpectedValueException $e ) {
	echo $e->getMessage(), "\n";
}
$compare( 'signal', $taken, 200 );

echo "-- a signal while nothing comes\n";
pcntl_signal( SIGALRM, fn() => throw new UnexpectedValueException( 'alarm' ) );
$sandbox = new Sandbox();
$sandbox->fault( array( 'kind' => 'status', 'status' => 429, 'headers' => array( 'Retry-After' => '3000' ) ) );
$pid = getmypid();
if ( 0 === pcntl_fork() ) {
	while ( array() === $sandbox->log() ) {
		usleep( 10000 );
	}
	posix_kill( $pid, SIGALRM );
	posix_kill( getmypid(), SIGKILL );
}
try {
	$lines = array();
	wccom_host_register_many( $shops( 'paused', 50 ), $options( 'paused', array( 'concurrency' => 1 ) ), function ( $key, $result ) use ( &$lines ) {
		$lines[] = "$key " . get_debug_type( $result ) . ' ' . ( $result->httpStatus ?? '' ) . "\n";
	} );
} catch ( UnexpectedValueException $e ) {
	echo implode( '', $lines ), $e->getMessage(), "\n";
}

echo "-- calls of the extension in the callback\n";
$inner = array();
$outer = 0;
wccom_host_register_many( $shops( 'outer', 30 ), $options( 'nested', array( 'concurrency' => 4 ) ), function ( $key, $auth ) use ( &$inner, &$outer, $shops, $options ) {
	++$outer;
	if ( ! is_array( $auth ) ) {
		echo $auth->getMessage(), "\n";
	}
	wccom_host_verify( $auth, $options( 'nested' ) );
	if ( 'outer3' === $key ) {
		$inner['single'] = wccom_host_register( request( array( 'url' => 'https://single.example.com' ) ), $options( 'nested' ) )['url'];
		$inner['again']  = wccom_host_register( request( array( 'url' => 'https://outer3.example.com' ) ), $options( 'nested' ) ) === $auth;
		$inner['many']   = wccom_host_register_many( $shops( 'inner', 10 ), $options( 'nested' ) )['registered'];
		wccom_host_journal_close( 'https://outer3.example.com', $options( 'nested' ) );
	}
} );
echo json_encode( $inner ), " $outer ", count( $sandbox->orders() ), "\n";
$again = wccom_host_register_many( $shops( 'outer', 30 ), $options( 'nested' ), function ( $key, $result ) {
	if ( ! is_array( $result ) ) {
		echo $key, ' ', get_class( $result ), ' ', $result->orderId > 0 ? 'with its order' : 'without an order', "\n";
	}
} );
echo "$again[from_journal] $again[closed] $again[sent]\n";

echo "-- calls of the extension in the iterable\n";
foreach ( array( 'single', 'batch' ) as $how ) {
	$given    = request( array( 'url' => "https://given-$how.example.com" ) );
	$requests = ( function () use ( $options, $how, $given ) {
		yield $given;
		// It is not sent yet.
		'single' === $how ? wccom_host_register( $given, $options( "given-$how" ) ) : wccom_host_register_many( array( $given ), $options( "given-$how" ), fn() => true );
		yield request( array( 'url' => "https://next-to-$how.example.com" ) );
	} )();
	$summary  = wccom_host_register_many( $requests, $options( "given-$how" ), fn() => true );
	$orders   = count( array_filter( $sandbox->orders(), fn( $order ) => $order['url'] === $given['url'] ) );
	echo "what a $how call has registered: $summary[from_journal] from the journal, $orders order\n";
}

echo "-- a fork in the callback\n";
$taken = 0;
try {
	wccom_host_register_many( $shops( 'fork', 60 ), $options( 'fork' ), function () use ( &$taken ) {
		if ( 10 === ++$taken ) {
			$GLOBALS['child'] = pcntl_fork();
		}
	} );
} catch ( WccomHost\Exception $e ) {
	if ( getmypid() !== $pid ) {
		posix_kill( getmypid(), 'The call was interrupted: nothing was changed.' === $e->getMessage() ? SIGTERM : SIGABRT );
	}
	throw $e;
}
pcntl_waitpid( $GLOBALS['child'], $status );
echo 'the child ended with ', SIGTERM === pcntl_wtermsig( $status ) ? 'an exception' : "status $status", "\n";
$compare( 'fork', $taken, 60 );
?>
--EXPECT--
LogicException thrown by result 1, previous null
throws: not all were sent; the journal has each; each was handed over
stopped: callback, not much more was read
stops: not all were sent; the journal has each; each was handed over
the file is gone
generator: all were sent; the journal has each; each was handed over
signal
signal: not all were sent; the journal has each; each was handed over
-- a signal while nothing comes
paused0 WccomHost\ApiException 429
alarm
-- calls of the extension in the callback
{"single":"https:\/\/single.example.com","again":true,"many":10} 30 41
outer3 WccomHost\RegistrationClosedException with its order
29 1 0
-- calls of the extension in the iterable
what a single call has registered: 1 from the journal, 1 order
what a batch call has registered: 1 from the journal, 1 order
-- a fork in the callback
the child ended with an exception
fork: all were sent; the journal has each; each was handed over
