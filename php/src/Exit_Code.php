<?php
/**
 * The exit codes of all commands.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * What a script that runs the commands can tell from their exit code.
 */
final class Exit_Code {

	public const DONE               = 0;
	public const PREFLIGHT          = 1;
	public const REFUSED            = 3;
	public const NOT_SENT           = 4;
	public const UNKNOWN            = 5;
	public const NOT_SAVED          = 6;
	public const SECRET_UNAVAILABLE = 7;
	public const NOT_VERIFIED       = 8;
	public const NOT_INSTALLED      = 9;
}
