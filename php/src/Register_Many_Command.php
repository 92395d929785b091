<?php
/**
 * The command `wp wccom-host register-many`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI;
use WP_CLI\Utils;

/**
 * Registers sites, from a control host.
 */
final class Register_Many_Command {

	/**
	 * The options that the extension checks.
	 */
	private const OPTIONS = [ 'concurrency', 'per-second', 'limit', 'shard' ];

	/**
	 * The options that belong to the command that goes on.
	 */
	private const KEPT = [ 'output', 'journal', 'key-file', ...self::OPTIONS, 'only-failed' ];

	/**
	 * Registers many sites with WooCommerce.com, and prints their connections.
	 *
	 * Needs no WordPress. The whole list is checked first, and every line that
	 * is wrong is named: then nothing is sent. After that, each result is a line
	 * of JSON, with the secret of the connection: what `wp wccom-host connect`
	 * reads on the site.
	 *
	 * The journal is the memory of a batch: it has every answer before it is
	 * printed. The same command can be run again at any time, also after it was
	 * killed: what is registered is printed again without a request, what was
	 * refused or not sent is sent, and what is unknown is not sent, since an
	 * order may exist (`wp wccom-host journal lookup`).
	 *
	 * When WooCommerce.com asks to wait, the whole batch waits, and goes on by
	 * itself. It stops by itself when one request after the other fails in a way
	 * that is not about the one site.
	 *
	 * ## OPTIONS
	 *
	 * <file>
	 * : The list; `-` is standard input. CSV with a header, or JSON lines.
	 *
	 * [--output=<file>]
	 * : Write the results to this new file, which others cannot read. It is made
	 * for the first result, and an earlier one is kept as `<file>.bak`,
	 * `<file>.bak.1` and so on. Default: standard output.
	 *
	 * [--journal=<folder>]
	 * : The folder of the journal, of this user alone. Default:
	 * `wccom_host.journal` of php.ini, or `$XDG_STATE_HOME/wccom-host`, or
	 * `~/.local/state/wccom-host`. It is said when a journal is begun: it does not
	 * know what another one knows, and the sites would be ordered again.
	 *
	 * [--key-file=<file>]
	 * : File with the key of the plan's package; `-` is standard input. The key
	 * can also be in the environment variable WCCOM_HOST_KEY.
	 *
	 * [--dry-run]
	 * : Check everything, also what the journal has of each site, and send
	 * nothing. Needs no key.
	 *
	 * [--concurrency=<number>]
	 * : The most requests in flight, from 1 to 256. Default: 16.
	 *
	 * [--per-second=<number>]
	 * : The most requests that are begun in a second, such as 20 or 0.5.
	 * Default: as fast as WooCommerce.com lets it.
	 *
	 * [--limit=<number>]
	 * : The most sites to send now.
	 *
	 * [--resume]
	 * : Send nothing again that the journal has as registered or unknown. This
	 * is always so.
	 *
	 * [--only-failed]
	 * : Only the sites that were refused or not sent before. The journal must be
	 * there.
	 *
	 * [--shard=<part>]
	 * : Only one part of the sites: 0/4, 1/4, 2/4 and 3/4 are the parts of four.
	 * A site's part is the same on every machine and in every run. Each part has
	 * a journal of its own.
	 *
	 * [--format=<format>]
	 * : Render the summary in a particular format. It goes to standard output
	 * with --output or --dry-run, else to standard error.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - yaml
	 *   - csv
	 * ---
	 *
	 * ## THE LIST
	 *
	 * The columns of CSV, of which only url is needed everywhere. An empty cell
	 * is a field that is not given.
	 *
	 * * url: the address to register
	 * * wpcom_access_token: the customer's WordPress.com access token
	 * * home_url: the site's own address, if it is another one
	 * * user_id: the site's user as whom requests from WooCommerce.com run
	 * * products: slugs, separated by blanks or semicolons; default: all
	 * * customer.email, customer.first_name, customer.last_name,
	 *   customer.wpcom_user_id, customer.wpcom_access_token: for v1.0 of the API
	 * * metadata.customer_email and any other metadata.<name>
	 *
	 * In JSON lines each line is the request of wccom_host_register(), with
	 * home_url, user_id and current_auth beside it; no name may be there twice:
	 *
	 *     {"url":"https://shop.example.com","wpcom_access_token":"...","metadata":{"customer_email":"ada@example.com"}}
	 *
	 * ## THE RESULTS
	 *
	 * A registration with `"journaled":false` is in the results alone: connect its
	 * site before anything else.
	 *
	 * One line for each line of the list that belongs to this run, as they come:
	 *
	 *     {"line":2,"url":"https://shop.example.com","status":"registered","auth":{...},"registration":{...}}
	 *     {"line":3,"url":"https://other.example.com","status":"refused","outcome":"refused","error":"...","auth":null,...}
	 *
	 * status is one of
	 *
	 * * registered: now
	 * * from_journal: by an earlier run; nothing was sent
	 * * closed: by an earlier run, and its secret was removed since
	 * * refused: there is no order; another run sends it again
	 * * not_sent: another run sends it
	 * * unknown: an order may exist; it is not sent again
	 * * secret_unavailable: an order exists, without a secret
	 * * duplicate: the list has this site in an earlier line
	 *
	 * The summary counts the lines by status; skipped are those that do not
	 * belong to this run (--shard, --only-failed), to_send those that are left.
	 * total is the sum of all these; per_second is what was registered.
	 *
	 * ## EXAMPLES
	 *
	 *     # Check a list.
	 *     $ wp wccom-host register-many sites.csv --dry-run
	 *     Line 4: url is missing; it must be the site's address, such as https://example.com
	 *     Error: Lines that are wrong: 1, as listed above. Nothing was sent.
	 *     Correct them and run the command again.
	 *
	 *     # Register its sites. The results are in a file of this user alone.
	 *     $ wp wccom-host register-many sites.csv --output=results.jsonl --key-file=/etc/wccom-host/key
	 *     A new journal is begun in /home/ada/.local/state/wccom-host: sites that another journal knows would be ordered again.
	 *     +--------------------+-------+
	 *     | Field              | Value |
	 *     +--------------------+-------+
	 *     | total              | 1000  |
	 *     | registered         | 997   |
	 *     | from_journal       | 0     |
	 *     | closed             | 0     |
	 *     | refused            | 2     |
	 *     | not_sent           | 0     |
	 *     | unknown            | 1     |
	 *     | secret_unavailable | 0     |
	 *     | duplicate          | 0     |
	 *     | invalid            | 0     |
	 *     | skipped            | 0     |
	 *     | to_send            | 0     |
	 *     | seconds            | 19.3  |
	 *     | per_second         | 51.7  |
	 *     +--------------------+-------+
	 *     Warning: Unknown: 1. An order may exist for each of them, and they are not sent again. To find out: wp wccom-host journal lookup --journal=/home/ada/.local/state/wccom-host --key-file=<file>
	 *     Warning: Refused: 2. Each line has the reason as `error`.
	 *     To go on:
	 *       wp wccom-host register-many sites.csv --output=results.jsonl --key-file=/etc/wccom-host/key --journal=/home/ada/.local/state/wccom-host
	 *
	 *     # Send again what was refused, from a program that writes JSON lines.
	 *     $ list-customers | wp wccom-host register-many - --only-failed --output=results.jsonl --key-file=/etc/wccom-host/key
	 *
	 *     # On the site: store the connection that its line has.
	 *     $ grep -F '"url":"https://shop.example.com",' results.jsonl | ssh shop.example.com wp wccom-host connect
	 *
	 * ## EXIT CODES
	 *
	 * The gravest of:
	 *
	 * * 0: every site of this run is registered
	 * * 1: wrong use, or a line of the list is wrong: nothing was sent
	 * * 3: some were refused
	 * * 4: some were not sent, or are left: run the same command again
	 * * 5: some are unknown: an order may exist
	 * * 7: some were registered before, and their secret is not known here
	 *
	 * @when before_wp_load
	 *
	 * @param list<string>         $args       The list.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	public function __invoke( array $args, array $assoc_args ): void {
		Command_Run::start(
			'register-many',
			$assoc_args,
			static function () use ( $args, $assoc_args ): int {
				Command_Run::if_ended( new Problem( Exit_Code::NOT_SENT, 'The command was ended before it was through. The journal has every answer that came.', 'To go on, run the same command again.' ) );
				return self::run( $args[0], $assoc_args );
			}
		);
	}

	/**
	 * Checks, then sends.
	 *
	 * @param string               $path       The list.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function run( string $path, array $assoc_args ): int {
		Command_Line::require_values( $assoc_args );
		$summary_output = new Output( $assoc_args, Batch_Tally::FIELDS );
		$is_dry_run     = (bool) Utils\get_flag_value( $assoc_args, 'dry-run', false );
		self::require_sense( $path, $assoc_args );
		Extension::require_loaded();
		$options = self::options( $assoc_args, $is_dry_run );
		$key     = $is_dry_run ? [] : Secrets::key_option( $assoc_args );
		$list    = Request_List::open( $path );
		if ( isset( $assoc_args['output'] ) && $list->is_file_at( (string) $assoc_args['output'] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "--output={$assoc_args['output']} is the list itself. Nothing was sent.", 'Give the path of a new file.' );
		}
		$output   = Batch_Output::open( $assoc_args['output'] ?? null, $options['journal'], self::files_that_are_read( $assoc_args ) );
		$is_begun = Journal_Folder::is_begun( $options['journal'] );
		$found    = self::checked( $list, $options, $is_dry_run );
		if ( ! $is_begun ) {
			Output::say( ( $is_dry_run ? 'A run would begin a new journal' : 'A new journal is begun' ) . " in {$options['journal']}: sites that another journal knows would be ordered again." );
		}
		if ( $list->is_open_to_others() ) {
			WP_CLI::warning( 'Others on this machine can read the customers\' tokens in the list. To close it: chmod 600 ' . Command_Line::quoted( $path ) );
		}
		if ( $is_dry_run ) {
			$tally = Batch_Tally::of_summary( $found );
			$summary_output->item( $tally->item() );
			Output::say( 'Nothing was sent.' );
			return $tally->exit_code( false );
		}
		$tally   = new Batch_Tally( $found['total'], $found['skipped'] );
		$results = $tally->to_send() - max( 0, $found['to_send'] - (int) ( $options['limit'] ?? PHP_INT_MAX ) );
		$batch   = new Batch( $list, $output, $tally, $options + $key, $results );
		Journal_Folder::announce_wait( $options['journal'], LOCK_EX );
		try {
			$end = $batch->run();
		} catch ( \WccomHost\Exception $exception ) {
			throw Batch_Failure::problem( $exception, 0 === $tally->results() ? 'Nothing was sent.' : 'The journal has every answer that came.' );
		}
		self::print_summary( $summary_output, $tally, $output->is_file() );
		$output->end( null === $end );
		$exit_code = $tally->exit_code( true ) ?: ( null === $end ? Exit_Code::DONE : Exit_Code::NOT_SENT );
		self::say_what_to_do( $batch, $tally, $end, $path, array_replace( $assoc_args, [ 'journal' => $options['journal'] ] ) );
		return $exit_code;
	}

	/**
	 * Refuses options that do not go together.
	 *
	 * @param string               $path       The list.
	 * @param array<string, mixed> $assoc_args Options.
	 * @throws Problem If there are some.
	 */
	private static function require_sense( string $path, array $assoc_args ): void {
		if ( Input_File::is_standard_input( $path ) && Input_File::is_standard_input( $assoc_args['key-file'] ?? null ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'The list and --key-file cannot both be standard input. Nothing was sent.', 'Give one of them in a file.' );
		}
		if ( isset( $assoc_args['limit'] ) && false === filter_var( $assoc_args['limit'], FILTER_VALIDATE_INT, [ 'options' => [ 'min_range' => 1 ] ] ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--limit must be a whole number greater than 0. Nothing was sent.' );
		}
		if ( ! Utils\get_flag_value( $assoc_args, 'resume', true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--no-resume: what the journal has as registered or unknown is never sent again. Nothing was sent.', 'To take a site out of the journal: wp wccom-host journal prune <url> --state=<state> --forget' );
		}
	}

	/**
	 * The options of the extension, but for the key.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @param bool                 $is_dry_run Whether nothing is sent: then no folder is made.
	 * @return array<string, mixed>
	 */
	private static function options( array $assoc_args, bool $is_dry_run ): array {
		$named       = isset( $assoc_args['journal'] ) ? (string) $assoc_args['journal'] : null;
		$only_failed = (bool) Utils\get_flag_value( $assoc_args, 'only-failed', false );
		$options     = [
			'journal'     => match ( true ) {
				$only_failed => Journal_Folder::begun( $named ),
				$is_dry_run  => Journal_Folder::for_dry_run( $named ),
				default      => Journal_Folder::without_site( $named ),
			},
			'only_failed' => $only_failed,
		];
		foreach ( array_intersect_key( $assoc_args, array_flip( self::OPTIONS ) ) as $name => $value ) {
			$options[ str_replace( '-', '_', $name ) ] = (string) $value;
		}
		return $options;
	}

	/**
	 * The files that are read beside the list, by what names them.
	 *
	 * @param array<string, mixed> $assoc_args Options.
	 * @return array<string, string>
	 */
	private static function files_that_are_read( array $assoc_args ): array {
		return array_filter(
			[
				'--key-file'         => (string) ( $assoc_args['key-file'] ?? '' ),
				'wccom_host.ca_file' => (string) ini_get( 'wccom_host.ca_file' ),
			],
			'strlen'
		);
	}

	/**
	 * What the extension finds in a list where nothing is wrong.
	 *
	 * @param Request_List         $list       The list.
	 * @param array<string, mixed> $options    The options of the extension.
	 * @param bool                 $is_dry_run Whether nothing comes after it.
	 * @return array<string, mixed>
	 * @throws Problem If something is.
	 */
	private static function checked( Request_List $list, array $options, bool $is_dry_run ): array {
		Journal_Folder::announce_wait( $options['journal'], LOCK_SH );
		try {
			return Batch_Check::run( $list, $options, $is_dry_run );
		} catch ( \WccomHost\Exception $exception ) {
			throw Batch_Failure::problem( $exception, 'Nothing was sent.' );
		}
	}

	/**
	 * Prints the summary: where the results are not.
	 *
	 * @param Output      $output    Where and how to print.
	 * @param Batch_Tally $tally     The summary.
	 * @param bool        $is_result Whether standard output is free for it.
	 */
	private static function print_summary( Output $output, Batch_Tally $tally, bool $is_result ): void {
		if ( $is_result ) {
			try {
				$output->item( $tally->item() );
			} catch ( Problem $problem ) {
				// What became of the sites counts.
				WP_CLI::warning( $problem->getMessage() );
			}
			return;
		}
		// What WP-CLI asks whether it may draw a table.
		$before = getenv( 'SHELL_PIPE' );
		putenv( 'SHELL_PIPE=' . ( stream_isatty( STDERR ) ? '0' : '1' ) );
		ob_start();
		$output->item( $tally->item() );
		fwrite( STDERR, (string) ob_get_clean() );
		putenv( false === $before ? 'SHELL_PIPE' : "SHELL_PIPE=$before" );
	}

	/**
	 * Says what the numbers mean, and what to type.
	 *
	 * @param Batch                $batch      What was done.
	 * @param Batch_Tally          $tally      The summary.
	 * @param string|null          $end        Why it ended before its time.
	 * @param string               $path       The list.
	 * @param array<string, mixed> $assoc_args Options, with the folder of the journal.
	 */
	private static function say_what_to_do( Batch $batch, Batch_Tally $tally, ?string $end, string $path, array $assoc_args ): void {
		$journal = Command_Line::option( 'journal', $assoc_args['journal'] );
		$output  = $assoc_args['output'] ?? '-';
		if ( null !== $end ) {
			WP_CLI::warning( $end );
		}
		if ( $batch->unkept() > 0 ) {
			$has_copy = '-' === $output ? 'Standard output had' : "$output has";
			WP_CLI::warning( "Registrations that the journal could not take: {$batch->unkept()}. $has_copy the only copy of them. Before anything else, give each of its lines with \"journaled\":false to its site: wp wccom-host connect" );
			if ( '-' !== $output ) {
				$assoc_args['output'] = Batch_Output::next_name( $output );
			}
		}
		if ( $tally->of( 'unknown' ) > 0 ) {
			WP_CLI::warning( "Unknown: {$tally->of( 'unknown' )}. An order may exist for each of them, and they are not sent again. To find out: wp wccom-host journal lookup $journal --key-file=<file>" );
		}
		if ( $tally->of( 'secret_unavailable' ) > 0 ) {
			WP_CLI::warning( "Registered before, and without a secret: {$tally->of( 'secret_unavailable' )}. Sending them again would not help: have WooCommerce.com reset these connections, and then take them out of the journal: wp wccom-host journal prune <url> $journal --state=secret_unavailable --forget" );
		}
		if ( $tally->of( 'refused' ) > 0 ) {
			WP_CLI::warning( "Refused: {$tally->of( 'refused' )}. Each line has the reason as `error`." );
		}
		if ( $tally->of( 'not_sent' ) > 0 ) {
			WP_CLI::warning( "Not sent: {$tally->of( 'not_sent' )}. The first one: {$batch->not_sent()}" );
		}
		if ( $tally->of( 'closed' ) > 0 ) {
			WP_CLI::warning( "Registered by an earlier run, and their secrets removed from the journal since: {$tally->of( 'closed' )}." );
		}
		if ( $tally->to_send() > 0 ) {
			WP_CLI::warning( "Left: {$tally->to_send()}." );
		}
		if ( null !== $end || $tally->to_send() + $batch->unkept() + $tally->of( 'refused', 'not_sent', 'invalid' ) > 0 ) {
			Output::say( self::to_go_on( $path ) . "\n  " . self::same_command( $path, $assoc_args ) );
		}
	}

	/**
	 * Words for the command that goes on.
	 *
	 * @param string $path The list.
	 */
	private static function to_go_on( string $path ): string {
		return match ( true ) {
			Input_File::is_standard_input( $path ) => 'To go on, with the same list on standard input:',
			Input_File::is_descriptor( $path )     => 'To go on, with the same list:',
			default                                => 'To go on:',
		};
	}

	/**
	 * The command that goes on where this one has ended; `<file>` for a pipe of the shell, <( ... ), that has no name any more.
	 *
	 * @param string               $path       The list.
	 * @param array<string, mixed> $assoc_args Options.
	 */
	private static function same_command( string $path, array $assoc_args ): string {
		$words = [ 'wp wccom-host register-many', Input_File::is_descriptor( $path ) ? '<file>' : Command_Line::quoted( $path ) ];
		foreach ( array_intersect_key( $assoc_args, array_flip( self::KEPT ) ) as $name => $value ) {
			$words[] = is_string( $value ) && Input_File::is_descriptor( $value ) ? "--$name=<file>" : Command_Line::option( $name, $value );
		}
		return implode( ' ', $words );
	}
}
