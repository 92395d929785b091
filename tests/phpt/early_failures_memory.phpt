--TEST--
Calls that fail early leave nothing behind: no memory of PHP, none of the process, no open file
--FILE--
<?php
$argv = array( '', '300' );
require dirname( __DIR__ ) . '/memory/early-failures.php';
?>
--EXPECT--
25 kinds of calls, 300 times each: flat
