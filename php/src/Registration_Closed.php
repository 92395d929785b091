<?php
/**
 * A line without a connection for a site that may have stored its own: its secret was removed from the journal since, or an
 * earlier line of the list has it.
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
	 * @param list<string> $urls      The site's addresses.
	 * @param int          $exit_code One of Exit_Code.
	 * @param string       ...$lines  The words.
	 */
	public function __construct( public readonly array $urls, int $exit_code, string ...$lines ) {
		parent::__construct( $exit_code, ...$lines );
	}
}
