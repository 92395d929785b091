<?php
/**
 * Plugin Name: Sees secrets
 *
 * A customer's curious code: it writes down what it finds in the environment and the arguments of its process.
 *
 * @package WccomHost
 */

file_put_contents( __DIR__ . '/seen.txt', print_r( [ getenv(), $_SERVER, $_ENV, $GLOBALS['argv'] ?? [] ], true ), FILE_APPEND );
