<?php
/**
 * Runs at the start of every `wp` on the control host: looks where the secrets of the output lie that must not, on the command
 * lines and in the environments of all processes and in the files of home and temporary folder, and notes it.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

$folder  = $argv[1];
$secrets = [];
foreach ( (array) @file( "$folder/var/registered.jsonl" ) as $line ) {
	$auth    = json_decode( (string) $line, true )['auth'] ?? [];
	$secrets = [ ...$secrets, ...array_values( array_intersect_key( $auth, [ 'access_token' => 1, 'access_token_secret' => 1 ] ) ) ];
}
$places = [ ...glob( '/proc/[0-9]*/cmdline' ), ...glob( '/proc/[0-9]*/environ' ) ];
foreach ( [ 'home', 'tmp' ] as $name ) {
	$files = new \RecursiveIteratorIterator( new \RecursiveDirectoryIterator( "$folder/$name", \FilesystemIterator::SKIP_DOTS ), \RecursiveIteratorIterator::LEAVES_ONLY, \RecursiveIteratorIterator::CATCH_GET_CHILD );
	foreach ( $files as $file ) {
		if ( ! str_contains( $file->getPathname(), '/wccom-host/' ) ) {
			$places[] = $file->getPathname();
		}
	}
}
foreach ( $places as $place ) {
	$text = (string) @file_get_contents( $place );
	foreach ( $secrets as $secret ) {
		if ( str_contains( $text, $secret ) ) {
			file_put_contents( "$folder/spied", "$place\n", FILE_APPEND );
		}
	}
}
