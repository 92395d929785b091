<?php
/**
 * Does what it is told with the journal, and says what came of it: the process that is killed and whose disk fails, and the one
 * that looks afterwards at what is left. Reads jobs, a line of JSON each: `do`, `journal`, and `base_url` with `key`. Prints a
 * line of JSON for each result as it is handed over, and `{"done":...}` behind the last one of a job.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use WccomHost\DuplicateSiteException;
use WccomHost\Exception;
use WccomHost\RegistrationClosedException;
use WccomHost\SecretUnavailableException;

/** How many sites a batch has. */
const SITES = 12;

function site( int $number ): string {
	return "https://shop-$number.example.com";
}

/** @return array<string, mixed> */
function request( int $number ): array {
	return [
		'url'                => site( $number ),
		'wpcom_access_token' => "wpcom-token-of-$number",
		'metadata'           => [ 'customer_email' => "owner-of-$number@example.com" ],
	];
}

/** @return \Generator<int, array<string, mixed>> */
function requests(): \Generator {
	foreach ( range( 1, SITES ) as $number ) {
		yield $number => request( $number );
	}
}

/** @param array<string, mixed> $line */
function say( array $line ): void {
	fwrite( STDOUT, json_encode( $line ) . "\n" );
}

/**
 * Says what became of a site.
 *
 * @param array<string, mixed>|Exception $result
 * @param array<string, mixed>|null      $registration
 */
function tell( int $number, array|Exception $result, ?array $registration ): void {
	if ( is_array( $result ) ) {
		$word = $registration['from_journal'] ? 'from_journal' : 'registered';
		say( compact( 'number', 'word' ) + [ 'secret' => $result['access_token_secret'], 'journaled' => $registration['journaled'], 'messages' => $registration['warnings'] ] );
		return;
	}
	$word = match ( true ) {
		$result instanceof RegistrationClosedException => 'closed',
		$result instanceof SecretUnavailableException  => 'secret_unavailable',
		$result instanceof DuplicateSiteException      => 'duplicate',
		default                                        => $result->outcome,
	};
	say( compact( 'number', 'word' ) + [ 'local' => Exception::class === $result::class, 'messages' => [ $result->getMessage() ] ] );
}

/** @param array<string, mixed> $options */
function register( int $number, array $options ): bool {
	$registration = null;
	try {
		$result = wccom_host_register( request( $number ), $options, $registration );
	} catch ( Exception $exception ) {
		$result = $exception;
	}
	tell( $number, $result, $registration );
	return is_array( $result );
}

/**
 * The work that a disk can fail at.
 *
 * @param array<string, mixed> $options
 * @return mixed What the call gives, if that is of interest.
 */
function act( string $job, array $options ): mixed {
	switch ( $job ) {
		case 'single':
			register( 1, $options );
			return null;
		case 'life': // Of a site's registration, until it is saved.
			if ( register( 1, $options ) ) {
				say( [ 'giving_up' => [ 1 ] ] );
				wccom_host_journal_close( site( 1 ), $options );
				say( [ 'given_up' => [ 1 ] ] );
			}
			return null;
		case 'many':
			return wccom_host_register_many( requests(), $options + [ 'concurrency' => 4 ], __NAMESPACE__ . '\tell' );
		case 'close': // Two sites of a batch.
			foreach ( [ 5, 6 ] as $number ) {
				say( [ 'giving_up' => [ $number ] ] );
				wccom_host_journal_close( site( $number ), $options );
				say( [ 'given_up' => [ $number ] ] );
			}
			return null;
		case 'prune':
			say( [ 'giving_up' => range( 1, SITES ) ] );
			$pruned = wccom_host_journal_prune( [], $options );
			say( [ 'given_up' => range( 1, SITES ) ] );
			return $pruned;
		case 'forget': // What is unknown.
			say( [ 'forgetting' => true ] );
			return wccom_host_journal_prune( [ 'state' => 'sent', 'forget' => true ], $options );
		case 'list':
			return iterator_count( wccom_host_journal( [ 'with_secrets' => true ], $options ) );
	}
	throw new \LogicException( "What is $job?" );
}

for ( $line = fgets( STDIN ); false !== $line; $line = fgets( STDIN ) ) {
	$options = json_decode( $line, true, 8, JSON_THROW_ON_ERROR );
	$job     = $options['do'];
	unset( $options['do'] );
	try {
		$done = act( $job, $options + [ 'timeout' => 10 ] );
	} catch ( Exception $exception ) {
		say( [ 'local' => Exception::class === $exception::class, 'word' => $exception->outcome, 'messages' => [ $exception->getMessage() ] ] );
		$done = 'failed';
	}
	say( [ 'done' => $done ] );
}
