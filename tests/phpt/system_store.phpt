--TEST--
Without ca_file the system's store is trusted: SSL_CERT_FILE and SSL_CERT_DIR, each alone, together, and with wrong entries
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox( '--tls' );
$ca      = file_get_contents( $sandbox->ready['ca_file'] );
mkdir( folder() . '/another' );
$another = new Sandbox( '--tls', '--ca-file', folder() . '/another/ca.pem' );
$other   = file_get_contents( $another->ready['ca_file'] );
file_put_contents( folder() . '/script.php', '<?php
	try {
		echo wccom_host_register( array( "url" => $argv[1], "wpcom_access_token" => "customer-token" ), array( "key" => $argv[2], "base_url" => $argv[3] ) )["url"], "\n";
	} catch ( Throwable $e ) {
		echo get_class( $e ), " ", $e->getMessage(), "\n";
	}' );

/** The path of a file with this text, or of a folder with these files. */
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

/** Another PHP, since the store is read once in a process. */
function run( string $title, ?string $file, ?string $folders ): void {
	static $n = 0;
	global $sandbox;
	echo "$title: ";
	$command = array( PHP_BINARY, '-n', '-d', 'extension=' . getenv( 'WCCOM_HOST_FAULT_EXTENSION' ), folder() . '/script.php', 'https://site-' . ++$n . '.example.com', KEY, $sandbox->ready['base_url'] );
	$process = proc_open( $command, array( 1 => STDOUT, 2 => STDOUT ), $pipes, null, array_filter( array( 'SSL_CERT_FILE' => $file, 'SSL_CERT_DIR' => $folders ), 'is_string' ) );
	proc_close( $process );
}

$broken    = "-----BEGIN CERTIFICATE-----\nnot Base64\n-----END CERTIFICATE-----\n";
$no_der    = "-----BEGIN CERTIFICATE-----\nTWFu\n-----END CERTIFICATE-----\n";
$unknown   = place( $other );
$known     = place( $other . $ca );
$folder    = place( array( 'a.pem' => $other, 'b.crt' => $ca ) );
$elsewhere = place( array( 'a.pem' => $other ) );

run( 'a file', $known, null );
run( 'a folder', null, $folder );
run( 'the second folder', null, "$elsewhere:$folder" );
run( 'the file, not the folder', $known, $elsewhere );
run( 'the folder, not the file', $unknown, $folder );
run( 'the folder; no file', '/nowhere.pem', $folder );
run( 'the folder; the file is empty', place( '' ), $folder );
run( 'the file; no folder', $known, '/nowhere' );
run( 'comments', place( "# Another\n$other\n# Ours\n\n$ca" ), null );
run( 'line ends of Windows', place( str_replace( "\n", "\r\n", $ca ) ), null );
run( 'a section that is broken', place( $broken . $ca ), null );
run( 'a section that is no certificate', place( $no_der . $ca ), null );
run( 'wrong files in a folder', null, place( array( 'a.pem' => $broken, 'b.pem' => $no_der, 'c.txt' => 'text', 'ours.pem' => $ca ) ) );
echo "-- not trusted\n";
run( 'another file', $unknown, null );
run( 'another folder', null, $elsewhere );
run( 'both', $unknown, $elsewhere );
run( "the machine's", null, null );
run( 'nothing', '/nowhere.pem', '/nowhere' );
run( 'no such folder', null, '/nowhere' );
run( 'no such file', '/nowhere.pem', null );
run( 'only wrong entries', place( $broken . $no_der ), null );
var_dump( count( $sandbox->orders() ) );
?>
--EXPECTF--
a file: https://site-1.example.com
a folder: https://site-2.example.com
the second folder: https://site-3.example.com
the file, not the folder: https://site-4.example.com
the folder, not the file: https://site-5.example.com
the folder; no file: https://site-6.example.com
the folder; the file is empty: https://site-7.example.com
the file; no folder: https://site-8.example.com
comments: https://site-9.example.com
line ends of Windows: https://site-10.example.com
a section that is broken: https://site-11.example.com
a section that is no certificate: https://site-12.example.com
wrong files in a folder: https://site-13.example.com
-- not trusted
another file: WccomHost\ConnectionException Nothing was sent: no connection to 127.0.0.1:%d: a signature of its certificates is false, or %s check ca_file and the proxy.
another folder: WccomHost\ConnectionException Nothing was sent: no connection to 127.0.0.1:%d: a signature of its certificates is false, or %s check ca_file and the proxy.
both: WccomHost\ConnectionException Nothing was sent: no connection to 127.0.0.1:%d: a signature of its certificates is false, or %s check ca_file and the proxy.
the machine's: WccomHost\ConnectionException Nothing was sent: no connection to 127.0.0.1:%d: its certificate is not from an authority that is trusted here, or it does not send the certificates in between. Check ca_file and the system's CA certificates (package ca-certificates).
nothing: WccomHost\Exception Nothing was sent: there is no CA certificate in SSL_CERT_FILE=/nowhere.pem and SSL_CERT_DIR=/nowhere of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
no such folder: WccomHost\Exception Nothing was sent: there is no CA certificate in SSL_CERT_DIR=/nowhere of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
no such file: WccomHost\Exception Nothing was sent: there is no CA certificate in SSL_CERT_FILE=/nowhere.pem of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
only wrong entries: WccomHost\Exception Nothing was sent: there is no CA certificate in SSL_CERT_FILE=%s of the environment. Correct that, or name a file in option ca_file or the ini setting wccom_host.ca_file.
int(13)
