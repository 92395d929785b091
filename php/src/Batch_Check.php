<?php
/**
 * The checking of a batch, before anything is sent.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WccomHost\Exception;

/**
 * Reads the whole list, and names every line that is wrong.
 */
final class Batch_Check {

	/**
	 * How many lines are wrong.
	 *
	 * @var integer
	 */
	private int $bad_lines = 0;

	/**
	 * What shows that it goes on.
	 *
	 * @var Late_Bar
	 */
	private Late_Bar $bar;

	/**
	 * A check.
	 *
	 * @param Request_List $list       The list.
	 * @param bool         $is_dry_run Whether nothing comes after it: then it says what would not be sent, too.
	 */
	private function __construct( private Request_List $list, private bool $is_dry_run ) {
		$this->bar = new Late_Bar( $list->size(), Progress::is_wanted() );
	}

	/**
	 * Checks a list.
	 *
	 * @param Request_List         $list       The list.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param bool                 $is_dry_run Whether nothing comes after it.
	 * @return array<string, mixed> The extension's summary.
	 * @throws Problem If a line is wrong.
	 */
	public static function run( Request_List $list, array $options, bool $is_dry_run ): array {
		$check = new self( $list, $is_dry_run );
		try {
			$summary = wccom_host_register_many( $check->requests(), $options + [ 'dry_run' => true ], \Closure::fromCallable( [ $check, 'take' ] ) );
		} finally {
			$check->bar->end();
		}
		if ( $check->bad_lines > 0 ) {
			throw new Problem( Exit_Code::PREFLIGHT, "Lines that are wrong: $check->bad_lines, as listed above. Nothing was sent.", 'Correct them and run the command again.' );
		}
		return $summary;
	}

	/**
	 * The requests of the list.
	 *
	 * @return \Generator<string, array<string, mixed>>
	 */
	private function requests(): \Generator {
		foreach ( $this->list->requests( \Closure::fromCallable( [ $this, 'complain' ] ) ) as $key => $request ) {
			$this->bar->advance( $this->list->offset(), static fn ( int $speed, string $left ): string => "Checking the list: $left left" );
			yield $key => $request;
		}
	}

	/**
	 * Takes what the extension says of a site that it would not register.
	 *
	 * @param string                         $key    The key of the request.
	 * @param array<string, mixed>|Exception $result Why not.
	 */
	private function take( string $key, #[\SensitiveParameter] array|Exception $result ): void {
		if ( is_array( $result ) ) {
			return;
		}
		[ $line, $url ] = Request_List::place_of( $key );
		$status         = Batch_Result::status( $result, null );
		if ( 'invalid' === $status ) {
			$this->complain( $line, self::with_all_names( $result ) );
		} elseif ( 'duplicate' === $status || ( $this->is_dry_run && 'closed' !== $status ) ) {
			$this->bar->end();
			Output::say( "Line $line, $url: " . $result->getMessage() );
		}
	}

	/**
	 * What the extension says; where it lists the names of a request, those that stand beside them in a line, too.
	 *
	 * @param Exception $exception What it says.
	 */
	private static function with_all_names( Exception $exception ): string {
		$words   = $exception->getMessage();
		$is_name = $exception instanceof \WccomHost\InvalidRequestException && 1 !== preg_match( '/[.\[]/', $exception->field );
		return $is_name && str_contains( $words, '; known are ' ) ? rtrim( $words, '.' ) . ', home_url, user_id, current_auth' : $words;
	}

	/**
	 * Names a line that is wrong; also with --quiet, since it is the error itself.
	 *
	 * @param int    $line Its number.
	 * @param string $why  What is wrong.
	 */
	private function complain( int $line, string $why ): void {
		$this->bar->end();
		++$this->bad_lines;
		fwrite( STDERR, "Line $line: $why\n" );
	}
}
