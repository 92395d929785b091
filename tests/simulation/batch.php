<?php
/**
 * One run over the list of sites: the process that is killed. It prints a line for each result as it is handed over, with the
 * secret, and the summary at the end. Arguments: how many sites, the key's file, and
 * the journal's folder, or nothing.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use WccomHost\ApiException;
use WccomHost\ConnectionException;
use WccomHost\DuplicateSiteException;
use WccomHost\Exception;
use WccomHost\OutcomeUnknownException;
use WccomHost\SecretUnavailableException;

require __DIR__ . '/sites.php';

$options = [ 'key_file' => $argv[2] ] + ( isset( $argv[3] ) ? [ 'journal' => $argv[3] ] : [] );
$words   = [
	DuplicateSiteException::class     => 'duplicate',
	OutcomeUnknownException::class    => 'unknown',
	SecretUnavailableException::class => 'secret_unavailable',
	ApiException::class               => 'refused',
	ConnectionException::class        => 'not_sent',
];

$tell = function ( int $line, array|Exception $result ) use ( $words ): void {
	if ( is_array( $result ) ) {
		fwrite( STDOUT, "$line registered {$result['url']} {$result['access_token_secret']}\n" );
	} else {
		$word = $words[ $result::class ] ?? $result::class;
		fwrite( STDOUT, "$line $word\n" );
	}
};

$summary           = wccom_host_register_many( sites( (int) $argv[1] ), $options, $tell );
$summary['memory'] = memory_get_peak_usage( true );
fwrite( STDOUT, '= ' . json_encode( $summary ) . "\n" );
