--TEST--
The extension has its functions, its version and its settings
--FILE--
<?php
$extension = new ReflectionExtension( 'wccom_host' );
var_dump( $extension->getVersion() === wccom_host_version() );
echo implode( "\n", array_keys( $extension->getFunctions() ) ), "\n";
echo implode( "\n", array_keys( $extension->getClasses() ) ), "\n";
foreach ( ini_get_all( 'wccom_host' ) as $name => $setting ) {
	echo $name, ' = ', $setting['global_value'], ' (', $setting['access'] === INI_SYSTEM ? 'system' : 'NOT SYSTEM', ")\n";
}
var_dump( ini_set( 'wccom_host.base_url', 'https://elsewhere.example' ) );
?>
--EXPECT--
bool(true)
wccom_host_version
wccom_host_take_key
wccom_host_forget_key
wccom_host_register
wccom_host_register_many
wccom_host_check
wccom_host_verify
wccom_host_lookup
wccom_host_cancel
wccom_host_update_url
wccom_host_update_connected_site
wccom_host_install
wccom_host_package
wccom_host_product
wccom_host_orders
wccom_host_order
wccom_host_order_connections
wccom_host_site
wccom_host_totals
wccom_host_sign_url
wccom_host_same_site
wccom_host_journal_lock
wccom_host_journal_unlock
wccom_host_journal_read
wccom_host_journal_store
wccom_host_journal_close
wccom_host_journal
wccom_host_journal_prune
WccomHost\Exception
WccomHost\InvalidRequestException
WccomHost\ConnectionException
WccomHost\ApiException
WccomHost\OutcomeUnknownException
WccomHost\UnexpectedResponseException
WccomHost\SecretUnavailableException
WccomHost\DuplicateSiteException
WccomHost\RegistrationClosedException
WccomHost\Orders
WccomHost\Journal
wccom_host.base_url = https://woocommerce.com/wp-json/wccom/host-plan (system)
wccom_host.ca_file =  (system)
wccom_host.connect_timeout = 10 (system)
wccom_host.helper_base_url = https://woocommerce.com/wp-json/helper/1.0 (system)
wccom_host.journal =  (system)
wccom_host.proxy =  (system)
wccom_host.timeout = 60 (system)
bool(false)
