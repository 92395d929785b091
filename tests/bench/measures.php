<?php
/**
 * What both kinds of measurement need.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/** Seconds of CPU that the processes have taken that were started and have ended. */
function cpu_of_children(): float {
	$children = getrusage( 1 );
	return $children['ru_utime.tv_sec'] + $children['ru_stime.tv_sec'] + ( $children['ru_utime.tv_usec'] + $children['ru_stime.tv_usec'] ) / 1e6;
}

/** @param list<float|int> $values */
function median( array $values ): float {
	sort( $values );
	$middle = intdiv( count( $values ), 2 );
	return 0 === count( $values ) % 2 ? ( $values[ $middle - 1 ] + $values[ $middle ] ) / 2 : $values[ $middle ];
}
