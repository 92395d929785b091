<?php
/**
 * Loads what the tests share.
 *
 * @package WccomHost
 */

declare(strict_types=1);

// Whatever PHP complains of fails the test, deprecations too: PHPUnit 9 to 13 have different settings for that.
set_error_handler(
	function ( int $level, string $message, string $file, int $line ): bool {
		if ( 0 === ( error_reporting() & $level ) ) {
			return false;
		}
		throw new ErrorException( $message, 0, $level, $file, $line );
	}
);

foreach ( [ 'functions', 'Run', 'Process', 'Sandbox', 'SiteDatabase', 'SqliteDatabase', 'MariaDatabase', 'Site', 'WebServer', 'SiteTestCase', 'MariaDbServer', 'DatabaseTestCase', 'RedisServer', 'Store', 'Trace', 'ProductTestCase', 'Desk', 'DeskTestCase', 'ControlHost', 'ControlHostTestCase', 'BatchTestCase', 'FailingDisk', 'ConnectProxy', 'FastCgiRequest', 'PhpFpm' ] as $file ) {
	require __DIR__ . "/support/$file.php";
}
