<?php
/**
 * WP-CLI's progress bar without its clock.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use cli\progress\Bar;

/**
 * That clock divides by the wrong time as soon as the speed changes: the words before the bar tell what is left.
 */
final class Bare_Bar extends Bar {

	/**
	 * What comes behind the bar.
	 *
	 * @var string
	 */
	protected $_formatTiming = ']';
}
