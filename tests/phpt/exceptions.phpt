--TEST--
Exceptions have file, line, trace, code, previous and public properties, and can be extended and thrown
--FILE--
<?php
require 'sandbox.inc';
$sandbox = new Sandbox();

function provision( Sandbox $sandbox ): void {
	wccom_host_register( request(), $sandbox->options() );
}
$sandbox->fault( array( 'kind' => 'status', 'status' => 429, 'headers' => array( 'Retry-After' => '7' ), 'body' => '<html>', 'content_type' => 'text/html' ) );
try {
	provision( $sandbox );
} catch ( RuntimeException $e ) {
	echo get_class( $e ), ' ', basename( $e->getFile() ), ':', $e->getLine(), ' code ', $e->getCode(), "\n";
	echo implode( ' < ', array_column( $e->getTrace(), 'function' ) ), "\n";
	var_dump( $e->retryAfter, $e->apiCode, $e->apiParams, $e->retryable, $e->getPrevious() );
}
$sandbox->fault( array( 'kind' => 'status', 'status' => 400, 'body' => json_encode( array( 'code' => 'rest_invalid_param', 'message' => 'Invalid parameter(s): url', 'data' => array( 'params' => array( 'url' => 'Bad.' ) ) ) ), 'content_type' => 'application/json' ) );
echo json_encode( failing( fn() => provision( $sandbox ) )->apiParams ), "\n";
$sandbox->fault( array( 'kind' => 'patch', 'set' => array( 'order_id' => null ), 'remove' => array() ) );
failing( fn() => provision( $sandbox ) );
failing( fn() => provision( $sandbox ) );
$sandbox->fault( array( 'kind' => 'reset', 'when' => 'after' ) );
failing( fn() => provision( $sandbox ) );

final class Gone extends WccomHost\OutcomeUnknownException {
	public function __construct( string $message, Throwable $previous ) {
		parent::__construct( $message, 7, $previous );
		$this->httpStatus = 504;
	}
}
try {
	throw new Gone( 'gone', new LogicException( 'before' ) );
} catch ( WccomHost\Exception $e ) {
	var_dump( $e->outcome, $e->httpStatus, $e->getCode(), $e->getMessage(), $e->getPrevious()->getMessage(), $e->getLine() );
}
try {
	$e->httpStatus = 'none';
} catch ( TypeError $error ) {
	echo $error->getMessage(), "\n";
}
?>
--EXPECTF--
WccomHost\ApiException exceptions.php:6 code 429
wccom_host_register < provision
int(7)
NULL
array(0) {
}
bool(true)
NULL
WccomHost\ApiException {"outcome":"refused","retryable":false,"httpStatus":400,"apiCode":"rest_invalid_param","apiParams":{"url":"Bad."},"retryAfter":null}
{"url":"Bad."}
WccomHost\UnexpectedResponseException {"outcome":"unknown","retryable":false,"httpStatus":200,"field":"order_id"}
WccomHost\SecretUnavailableException {"outcome":"refused","retryable":false,"orderId":%d,"siteId":%d}
WccomHost\OutcomeUnknownException {"outcome":"unknown","retryable":false,"httpStatus":0}
string(7) "unknown"
int(504)
int(7)
string(4) "gone"
string(6) "before"
int(%d)
Cannot assign string to property WccomHost\OutcomeUnknownException::$httpStatus of type int
