<?php
/**
 * Memory of this process.
 *
 * @package WccomHost
 */

/** The most that was resident so far, in KiB. */
function memory(): int {
	preg_match( '/^VmHWM:\s+(\d+)/m', (string) file_get_contents( '/proc/self/status' ), $match );
	return (int) $match[1];
}
