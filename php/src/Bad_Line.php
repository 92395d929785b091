<?php
/**
 * A line of a list that is no request.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Says what is wrong with it, without the values in it.
 */
final class Bad_Line extends \RuntimeException {
}
