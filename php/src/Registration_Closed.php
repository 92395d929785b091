<?php
/**
 * A site that was registered by an earlier run of a batch, and whose secret the control host has removed since.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * No problem at all if the site has stored its connection.
 */
final class Registration_Closed extends Problem {

	/**
	 * A problem, unless the site has its connection.
	 *
	 * @param string $url       The site's address.
	 * @param int    $exit_code One of Exit_Code.
	 * @param string ...$lines  The words.
	 */
	public function __construct( public readonly string $url, int $exit_code, string ...$lines ) {
		parent::__construct( $exit_code, ...$lines );
	}
}
