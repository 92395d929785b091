<?php
/**
 * The disk of journal and output fails, or the process is killed, at any call of register-many: no second order, no lost secret.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class CrashManyTest extends BatchTestCase {

	private const SITES = 5;

	/** How many numbers of sites there were. */
	private int $used = 0;

	/** @dataProvider actions */
	#[DataProvider( 'actions' )]
	public function test_register_many_with_an_output( string $action ): void {
		$disk  = new FailingDisk( $this->path( '' ) );
		$calls = $this->fails( $disk, 'any:1000:EIO' );
		self::assertGreaterThan( 30, $calls, 'Those of the output are seen, too.' );
		foreach ( FailingDisk::sample( $calls, 3 ) as $number ) {
			$this->fails( $disk, "any:$number:$action" );
		}
	}

	/** @return array<string, array{string}> */
	public static function actions(): array {
		return array_map( fn( string $action ) => [ $action ], array_combine( $actions = [ 'before', 'after', 'EIO', 'ENOSPC' ], $actions ) );
	}

	/** Gives how many calls there were. */
	private function fails( FailingDisk $disk, string $rule ): int {
		$folder = $this->path( 'disk' );
		mkdir( $folder, 0700 );
		$numbers    = range( $this->used + 1, $this->used + self::SITES );
		$this->used = max( $numbers );
		$this->sandbox->fault( 'register', [ 'kind' => 'reset', 'when' => 'after' ] );
		$options = "{$this->list( self::csv( ...$numbers ) )} --journal=$folder/journal --output=$folder/out --concurrency=2";
		$first   = $this->register( $options, env: $disk->env( $folder, $rule ) );
		$calls   = $disk->calls();
		self::assertContains( $first->exit_code, [ 1, 4, 5, 128 + SIGKILL ], "$rule\n$first" );
		$given    = is_file( "$folder/out" ) ? $this->results( $this->whole_lines( "$folder/out" ) ) : [];
		$ordered  = $this->ordered( $numbers );
		$is_unset = 1 === $first->exit_code;
		self::assertTrue( ! $is_unset || [] === $ordered, "Exit code 1 says that nothing was sent.\n$first" );

		$second = $this->register( $options );
		self::assertContains( $second->exit_code, [ 0, 5 ], "$rule\n$first$second" );
		$results = $this->results( $this->whole_lines( "$folder/out" ) );
		self::assertSame( range( 2, 1 + self::SITES ), array_keys( $results ), $rule );
		foreach ( $results as $line => $result ) {
			$is_ordered = in_array( $result['url'], $ordered, true );
			self::assertContains( $result['status'], $is_ordered ? [ 'from_journal', 'unknown' ] : [ 'registered', 'unknown' ], "$rule\n$first" . json_encode( $result['url'] ) );
			if ( isset( $given[ $line ]['auth'] ) && false !== ( $given[ $line ]['journaled'] ?? true ) ) {
				self::assertSame( $given[ $line ]['auth'], $result['auth'] ?? null, "$rule\nA connection was given, and is lost." );
			}
			if ( in_array( $given[ $line ]['status'] ?? '', [ 'not_sent', 'refused' ], true ) ) {
				self::assertFalse( $is_ordered, "$rule: reported as {$given[ $line ]['status']}" );
			}
		}
		$orders = array_count_values( array_column( $this->sandbox->orders(), 'url' ) );
		self::assertSame( [], array_filter( $orders, fn( int $count ) => $count > 1 ), "$rule: ordered twice" );
		remove_folder( $folder );
		return $calls;
	}

	/**
	 * @param list<int> $numbers
	 * @return list<string> Those of these sites that have an order.
	 */
	private function ordered( array $numbers ): array {
		return array_values( array_intersect( array_map( fn( int $number ) => self::url( $number ), $numbers ), array_column( $this->sandbox->orders(), 'url' ) ) );
	}

	/** Whoever is killed may leave a part of a line. */
	private function whole_lines( string $file ): string {
		$text = (string) file_get_contents( $file );
		return substr( $text, 0, (int) strrpos( "\n$text", "\n" ) );
	}
}
