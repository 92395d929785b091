--TEST--
No argument of a call is in a trace, whoever throws it
--SKIPIF--
<?php
if ( PHP_VERSION_ID < 80200 ) {
	die( 'skip SensitiveParameter is of PHP 8.2' );
}
?>
--EXTENSIONS--
pcntl
--INI--
zend.exception_ignore_args=0
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();
pcntl_async_signals( true );
pcntl_signal( SIGALRM, fn() => throw new RuntimeException( 'alarm' ) );
$sandbox->fault( array( 'kind' => 'stall', 'when' => 'before' ) );
pcntl_alarm( 1 );
$request = request();
$options = $sandbox->options();
try {
	wccom_host_register( $request, $options );
} catch ( RuntimeException $e ) {
	$frames = array_column( $e->getTrace(), 'args', 'function' );
	echo implode( ' ', array_map( 'get_debug_type', $frames['wccom_host_register'] ) ), "\n";
	var_dump( str_contains( print_r( $e, true ) . $e->getTraceAsString(), 'topsecret' ) );
}
$without_secrets = array( 'wccom_host_update_connected_site', 'wccom_host_install' );
foreach ( get_extension_funcs( 'wccom_host' ) as $function ) {
	foreach ( ( new ReflectionFunction( $function ) )->getParameters() as $parameter ) {
		$is_sensitive = array() !== $parameter->getAttributes( SensitiveParameter::class );
		$may_hold_secret = in_array( $parameter->name, array( 'options', 'requests', 'auth', 'access_token_secret' ), true )
			|| ( 'request' === $parameter->name && ! in_array( $function, $without_secrets, true ) );
		if ( $is_sensitive !== $may_hold_secret ) {
			echo "$function( $parameter->name )\n";
		}
	}
}
?>
--EXPECT--
SensitiveParameterValue SensitiveParameterValue
bool(false)
