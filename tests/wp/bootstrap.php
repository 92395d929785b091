<?php
/**
 * Loads what the tests share.
 *
 * @package WccomHost
 */

declare(strict_types=1);

foreach ( [ 'functions', 'Run', 'Process', 'Sandbox', 'Site', 'WebServer', 'SiteTestCase', 'Store', 'ProductTestCase', 'Desk', 'DeskTestCase', 'ControlHost', 'ControlHostTestCase', 'BatchTestCase' ] as $file ) {
	require __DIR__ . "/support/$file.php";
}
