<?php
/**
 * Whoever read standard output has had enough, as `head` has.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * No failure: the printing ends, and nothing is said of it.
 */
final class Reader_Gone extends \RuntimeException {
}
