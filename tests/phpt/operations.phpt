--TEST--
A site's life: every operation, with ints, maps and lists where they are documented
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
$options = $sandbox->options();
$auth    = wccom_host_register( request( array( 'products' => array( 'woocommerce-bookings', 'galleria' ), 'metadata' => array( 'plan' => 'gold' ) ) ), $options, $registration );
$order   = $registration['order_id'];

$installed = wccom_host_install( array( 'product_slug' => 'woocommerce-bookings', 'url' => 'https://example.com', 'order_id' => $order ), $options );
var_dump( is_int( $installed['request_id'] ), $installed['success'], $installed['status'], $installed['order_id'] === $order, is_int( $installed['product_id'] ) );
var_dump( wccom_host_order_connections( $order, $options ) );

$found = wccom_host_order( (string) $order, $options );
var_dump( array_keys( $found ), $found['id'] === $order, $found['metadata'] );
var_dump( $found['date_created_timestamp'] === strtotime( $found['date_created_gmt'] . 'Z' ) );

echo "-- another address\n";
var_dump( wccom_host_update_url( array( 'url' => 'https://new.example.com', 'order_id' => $order ), $options ) );
var_dump( wccom_host_update_url( array( 'url' => 'https://newer.example.com', 'access_token' => $auth['access_token'], 'access_token_secret' => $auth['access_token_secret'] ), $options ) );
var_dump( wccom_host_site( $auth['site_id'], $options ) );
var_dump( wccom_host_update_connected_site( array( 'url' => 'https://other.example.com', 'order_id' => $order ), $options )['order_id'] === $order );

echo "-- the package\n";
$package = wccom_host_package( $options );
$types   = array_column( $package['products'], 'type', 'slug' );
var_dump( $types['woocommerce-bookings'], $types['galleria'] );
$product = wccom_host_product( 'galleria', $options );
var_dump( $product['type'], $product['last_updated_timestamp'] === strtotime( $product['last_updated'] . ' UTC' ) );

echo "-- the end\n";
var_dump( wccom_host_cancel( $order, $options )['status'], wccom_host_order( $order, $options )['status'] );
$totals = wccom_host_totals( $options );
var_dump( $totals['total_orders'], array_keys( $totals['total_orders_by_month'] ) === array( gmdate( 'Y-m' ) ) );
?>
--EXPECTF--
bool(true)
bool(true)
string(9) "completed"
bool(true)
bool(true)
array(1) {
  [0]=>
  array(2) {
    ["product_slug"]=>
    string(20) "woocommerce-bookings"
    ["url"]=>
    string(19) "https://example.com"
  }
}
array(12) {
  [0]=>
  string(2) "id"
  [1]=>
  string(6) "status"
  [2]=>
  string(12) "date_created"
  [3]=>
  string(16) "date_created_gmt"
  [4]=>
  string(22) "date_created_timestamp"
  [5]=>
  string(13) "date_modified"
  [6]=>
  string(17) "date_modified_gmt"
  [7]=>
  string(23) "date_modified_timestamp"
  [8]=>
  string(11) "customer_id"
  [9]=>
  string(14) "customer_email"
  [10]=>
  string(10) "line_items"
  [11]=>
  string(8) "metadata"
}
bool(true)
array(1) {
  ["plan"]=>
  string(4) "gold"
}
bool(true)
-- another address
array(3) {
  ["url"]=>
  string(23) "https://new.example.com"
  ["order_id"]=>
  int(%d)
  ["site_id"]=>
  int(%d)
}
bool(true)
array(2) {
  ["order_ids"]=>
  array(2) {
    ["completed"]=>
    array(1) {
      [0]=>
      int(%d)
    }
    ["cancelled"]=>
    array(0) {
    }
  }
  ["connections"]=>
  array(1) {
    [0]=>
    array(4) {
      ["order_id"]=>
      int(%d)
      ["site_url"]=>
      string(17) "newer.example.com"
      ["product_slug"]=>
      NULL
      ["product_name"]=>
      string(20) "WooCommerce Bookings"
    }
  }
}
bool(true)
-- the package
string(6) "plugin"
string(5) "theme"
NULL
bool(true)
-- the end
string(9) "cancelled"
string(9) "cancelled"
array(2) {
  ["completed"]=>
  int(0)
  ["cancelled"]=>
  int(1)
}
bool(true)
