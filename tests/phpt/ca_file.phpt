--TEST--
Whom to trust: option ca_file, wccom_host.ca_file, curl.cainfo, openssl.cafile and openssl.capath of php.ini in this order, and then the system's store; and files that are wrong
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$ca      = file_get_contents( $sandbox->ready['ca_file'] );
mkdir( folder() . '/another' );
$another = new Sandbox( '--tls', '--ca-file', folder() . '/another/ca.pem' );
$other   = file_get_contents( $another->ready['ca_file'] );
file_put_contents( folder() . '/script.php', '<?php
	[ , $options, $ini, $url ] = $argv;
	foreach ( json_decode( $ini, true ) as $name => $value ) {
		ini_set( $name, $value );
	}
	try {
		echo wccom_host_register( array( "url" => $url, "wpcom_access_token" => "customer-token" ), json_decode( $options, true ) )["access_token"] ? "trusted" : "", "\n";
	} catch ( WccomHost\Exception $e ) {
		echo get_class( $e ), " ", $e->outcome, " ", var_export( $e->retryable, true ), " ", preg_match( "/not from an authority that is trusted here|a signature of its certificates is false/", $e->getMessage() ) ? "not trusted" : $e->getMessage(), "\n";
	}' );

function place( string|array $content ): string {
	static $n = 0;
	$path = folder() . '/place-' . ++$n;
	if ( is_string( $content ) ) {
		file_put_contents( $path, $content );
		return $path;
	}
	mkdir( $path );
	foreach ( $content as $name => $text ) {
		file_put_contents( "$path/$name", $text );
	}
	return $path;
}

/**
 * Another PHP with these options, settings of php.ini, calls of ini_set() and variables.
 */
function run( string $title, array $options = array(), array $ini = array(), array $ini_set = array(), array $env = array() ): void {
	static $n = 0;
	global $sandbox;
	$options += array( 'key' => KEY, 'base_url' => $sandbox->ready['base_url'] );
	$command  = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ) );
	foreach ( $ini as $name => $value ) {
		array_push( $command, '-d', "$name=$value" );
	}
	array_push( $command, folder() . '/script.php', json_encode( $options ), json_encode( $ini_set ), 'https://site-' . ++$n . '.example.com' );
	$process = proc_open( $command, array( 1 => array( 'pipe', 'w' ), 2 => STDOUT ), $pipes, null, $env );
	echo "$title: ", str_replace( folder(), 'FOLDER', stream_get_contents( $pipes[1] ) );
	proc_close( $process );
}

$known   = place( $ca );
$unknown = place( $other );
$folder  = place( array( 'company.crt' => $ca, 'README' => 'no certificate' ) );
$broken  = "-----BEGIN CERTIFICATE-----\nnot Base64\n-----END CERTIFICATE-----\n";

run( 'option', array( 'ca_file' => $known ) );
run( 'setting', ini: array( 'wccom_host.ca_file' => $known ) );
run( 'curl.cainfo', ini: array( 'curl.cainfo' => $known ) );
run( 'openssl.cafile', ini: array( 'openssl.cafile' => $known ) );
run( 'openssl.capath, without the links of c_rehash', ini: array( 'openssl.capath' => $folder ) );
run( 'the store', env: array( 'SSL_CERT_FILE' => $known ) );
echo "-- each before the next\n";
$ini = array( 'wccom_host.ca_file' => $known, 'curl.cainfo' => $unknown, 'openssl.cafile' => $unknown, 'openssl.capath' => '/nowhere' );
$env = array( 'SSL_CERT_FILE' => $unknown );
run( 'option', array( 'ca_file' => $known ), array( 'wccom_host.ca_file' => $unknown ) + $ini, env: $env );
run( 'setting', array(), $ini, env: $env );
run( 'curl.cainfo', array(), array( 'wccom_host.ca_file' => '', 'curl.cainfo' => $known ) + $ini, env: $env );
run( 'openssl.cafile', array(), array( 'wccom_host.ca_file' => '', 'curl.cainfo' => '', 'openssl.cafile' => $known ) + $ini, env: $env );
run( 'openssl.capath', array(), array( 'openssl.capath' => $folder ), env: $env );
run( 'another option', array( 'ca_file' => $unknown ), $ini, env: array( 'SSL_CERT_FILE' => $known ) );
run( 'another setting', array(), array( 'wccom_host.ca_file' => $unknown, 'curl.cainfo' => $known ), env: array( 'SSL_CERT_FILE' => $known ) );
run( 'another curl.cainfo', array(), array( 'curl.cainfo' => $unknown, 'openssl.cafile' => $known ), env: array( 'SSL_CERT_FILE' => $known ) );
echo "-- code of a site trusts nobody else\n";
run( 'ini_set', array(), array(), array( 'wccom_host.ca_file' => $known, 'curl.cainfo' => $known, 'openssl.cafile' => $known, 'openssl.capath' => $folder ) );
echo "-- wrong\n";
run( 'no such file', array( 'ca_file' => '/nowhere.pem' ) );
run( 'no such file in curl.cainfo', ini: array( 'curl.cainfo' => '/nowhere.pem' ) );
run( 'empty', array( 'ca_file' => place( '' ) ) );
run( 'text', array( 'ca_file' => place( "no certificate\n" ) ) );
run( 'bytes', array( 'ca_file' => place( str_repeat( "\0\xff\x80-----", 1000 ) ) ) );
run( 'a key', array( 'ca_file' => place( "-----BEGIN PRIVATE KEY-----\nTWFu\n-----END PRIVATE KEY-----\n" ) ) );
run( 'one that is broken among good ones', array( 'ca_file' => place( $ca . $broken . $other ) ) );
run( 'one that ends too early', array( 'ca_file' => place( $other . substr( $ca, 0, -40 ) ) ) );
run( 'one that is no certificate among good ones', array( 'ca_file' => place( "-----BEGIN CERTIFICATE-----\nTWFu\n-----END CERTIFICATE-----\n" . $ca ) ) );
run( 'an empty folder', ini: array( 'openssl.capath' => place( array() ) ) );
run( 'a folder without certificates', ini: array( 'openssl.capath' => place( array( 'a.txt' => 'text', 'b.pem' => $broken ) ) ) );
run( 'no such folder', ini: array( 'openssl.capath' => '/nowhere' ) );
run( 'a device', array( 'ca_file' => '/dev/null' ) );
run( 'an empty store', env: array( 'SSL_CERT_FILE' => place( '' ), 'SSL_CERT_DIR' => place( array() ) ) );
run( 'a store that is not there', env: array( 'SSL_CERT_DIR' => '/nowhere:/nowhere-else' ) );
var_dump( count( $sandbox->orders() ) );
?>
--EXPECTF--
option: trusted
setting: trusted
curl.cainfo: trusted
openssl.cafile: trusted
openssl.capath, without the links of c_rehash: trusted
the store: trusted
-- each before the next
option: trusted
setting: trusted
curl.cainfo: trusted
openssl.cafile: trusted
openssl.capath: trusted
another option: WccomHost\ConnectionException not_sent false not trusted
another setting: WccomHost\ConnectionException not_sent false not trusted
another curl.cainfo: WccomHost\ConnectionException not_sent false not trusted
-- code of a site trusts nobody else
ini_set: WccomHost\ConnectionException not_sent false not trusted
-- wrong
no such file: WccomHost\InvalidRequestException not_sent false ca_file /nowhere.pem cannot be read: No such file or directory (os error 2)
no such file in curl.cainfo: WccomHost\InvalidRequestException not_sent false ca_file /nowhere.pem cannot be read: No such file or directory (os error 2)
empty: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
text: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
bytes: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
a key: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
one that is broken among good ones: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d is damaged: %s
one that ends too early: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d is damaged: %s
one that is no certificate among good ones: trusted
an empty folder: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
a folder without certificates: WccomHost\InvalidRequestException not_sent false ca_file FOLDER/place-%d holds no certificate in PEM form
no such folder: WccomHost\InvalidRequestException not_sent false ca_file /nowhere cannot be read: No such file or directory (os error 2)
a device: WccomHost\InvalidRequestException not_sent false ca_file /dev/null holds no certificate in PEM form
an empty store: WccomHost\Exception not_sent false Nothing was sent: there is no CA certificate in SSL_CERT_FILE=FOLDER/place-%d and SSL_CERT_DIR=FOLDER/place-%d of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
a store that is not there: WccomHost\Exception not_sent false Nothing was sent: there is no CA certificate in SSL_CERT_DIR=/nowhere:/nowhere-else of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
int(12)
