<?php
/**
 * The WP-CLI package wccom-host: `wp wccom-host register` and its companions.
 *
 * Loaded by Composer's autoloader where `wp package install` put it, and otherwise with `--require=` or `require:` in
 * wp-cli.yml. WP-CLI reads it before WordPress, at every one of its commands, so that it does next to nothing itself.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

if ( ! class_exists( 'WP_CLI' ) || class_exists( 'WccomHost\Cli\Register_Command', false ) ) {
	return;
}

if ( PHP_VERSION_ID < 80100 ) {
	WP_CLI::warning( 'wccom-host needs PHP 8.1 or later, and this is PHP ' . PHP_VERSION . ': its commands are not available.' );
	return;
}

spl_autoload_register(
	static function ( string $class_name ): void {
		$prefix = 'WccomHost\\Cli\\';
		$file   = __DIR__ . '/src/' . substr( $class_name, strlen( $prefix ) ) . '.php';
		if ( str_starts_with( $class_name, $prefix ) && is_file( $file ) ) {
			require $file;
		}
	}
);

if ( 'wccom-host' === ( WP_CLI::get_runner()->arguments[0] ?? '' ) ) {
	WP_CLI::add_hook( 'before_wp_load', [ WccomHost\Cli\Before_Wordpress::class, 'prepare' ] );
}

WP_CLI::add_command( 'wccom-host', WccomHost\Cli\Host_Namespace::class );
foreach ( [ 'register', 'connect', 'recover', 'status', 'doctor', 'cancel', 'update-url', 'update-connected-site' ] as $wccom_host_command ) {
	WP_CLI::add_command( "wccom-host $wccom_host_command", 'WccomHost\\Cli\\' . str_replace( '-', '_', ucwords( $wccom_host_command, '-' ) ) . '_Command' );
}
WP_CLI::add_command( 'wccom-host site-health', WccomHost\Cli\Site_Health_Command::class );
foreach ( [ 'order', 'site', 'totals', 'product' ] as $wccom_host_command ) {
	WP_CLI::add_command( "wccom-host $wccom_host_command", 'WccomHost\\Cli\\' . ucfirst( $wccom_host_command ) . '_Command' );
}
WP_CLI::add_command( 'wccom-host register-many', WccomHost\Cli\Register_Many_Command::class );
WP_CLI::add_command( 'wccom-host journal', WccomHost\Cli\Journal_Namespace::class );
foreach ( [ 'list', 'show', 'export', 'prune', 'lookup' ] as $wccom_host_command ) {
	WP_CLI::add_command( "wccom-host journal $wccom_host_command", 'WccomHost\\Cli\\Journal_' . ucfirst( $wccom_host_command ) . '_Command' );
}
WP_CLI::add_command( 'wccom-host product install', WccomHost\Cli\Product_Install_Command::class );
unset( $wccom_host_command );
