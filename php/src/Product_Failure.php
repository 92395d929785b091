<?php
/**
 * Why one product was not installed.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * It ends the work on this product; the others go on. Its message is for the product's row, begins in lower case, and
 * never holds a download link.
 */
final class Product_Failure extends \RuntimeException {
}
