<?php
/**
 * The site's database cannot be asked.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * As the end of a command it happens before anything is sent; whoever has an answer to keep says something else.
 */
final class Database_Failure extends Problem {

	/**
	 * A database that does not answer, or not with what was asked for.
	 *
	 * @param string $complaint What is wrong, for the middle of a sentence.
	 */
	public function __construct( public readonly string $complaint ) {
		parent::__construct( Exit_Code::PREFLIGHT, ucfirst( $complaint ) . '. Nothing was sent.', 'Check it: wp db check' );
	}
}
