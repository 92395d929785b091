<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

/**
 * Looks for key, token and secret in everything that the commands leave or write on the way, with everything turned on that could
 * show them: over TLS, so that the socket is no exception, with `--debug`, all errors shown and logged with their arguments, and a
 * umask that protects nothing.
 */
final class SecretSearchTest extends SiteTestCase {

	private const INI = [
		'display_errors'                        => '1',
		'log_errors'                            => '1',
		'error_reporting'                       => '-1',
		'html_errors'                           => '0',
		'zend.exception_string_param_max_len'   => '1000000',
	];

	/** Where the secret of the site belongs, and nothing of the partner's. */
	private const KEPT = '/state/wccom-host/|/wp-content/database/';

	private Trace $trace;

	protected function setUp(): void {
		$this->start( 'https://shop.example.com', 'single', '--tls' );
		mkdir( $this->folder() . '/tmp', 0700 );
		$this->trace       = new Trace( $this->folder() );
		$this->site->under = $this->trace->program();
	}

	/**
	 * @dataProvider failures
	 * @param array<string, mixed> $fault
	 */
	#[DataProvider( 'failures' )]
	public function test_a_registration_that_fails( int $exit_code, array $fault ): void {
		$this->sandbox->fault( 'register', $fault );
		$this->search( 'register', $exit_code );
		if ( 5 === $exit_code ) {
			$this->search( 'recover', 5 );
			$this->search( 'register', 5 );
		}
	}

	/** @return array<string, array{int, array<string, mixed>}> */
	public static function failures(): array {
		$echo = 'Not with ' . Sandbox::KEY . ' and ' . Site::WPCOM_ACCESS_TOKEN . ', ' . rawurlencode( Site::WPCOM_ACCESS_TOKEN ) . ', ' . htmlspecialchars( Site::WPCOM_ACCESS_TOKEN );
		$body = static fn ( int $status ): array => [
			'kind'   => 'status',
			'status' => $status,
			'body'   => [ 'code' => 'rest_forbidden', 'message' => $echo, 'data' => [ 'status' => $status, 'params' => [ 'url' => $echo ] ] ],
		];
		return [
			'refused'                => [ 3, $body( 400 ) ],
			'401'                    => [ 3, $body( 401 ) ],
			'500'                    => [ 5, $body( 500 ) ],
			'broken off'             => [ 5, [ 'kind' => 'reset', 'when' => 'after' ] ],
			'an answer of its own'   => [ 5, [ 'kind' => 'patch', 'set' => [ 'site_id' => 'none', 'echo' => $echo ] ] ],
		];
	}

	public function test_a_registration_and_all_that_follows_it(): void {
		$this->sandbox->fault( 'register', [ 'kind' => 'delay', 'ms' => 800 ] );
		$seen = $this->search( 'register --key-file=' . $this->key_file(), 0, [ 'WCCOM_HOST_KEY' => null ] );
		self::assertStringContainsString( 'wccom-host', $seen, 'The process was seen while it waited for the answer.' );
		self::assertGreaterThan( 0, $this->trace->count( '~</[^>]*/state/wccom-host/[^>]*>, ".*' . $this->site->auth()['access_token_secret'] . '~' ), 'The search finds what is there.' );
		$this->search( 'doctor', 0 );
		$this->search( 'status --verify', 0 );
		$this->search( 'register', 0 );
		$this->search( 'update-url --yes', 0 );
		$this->search( 'cancel --yes', 0 );
		$this->site->store( Site::OPTION, [] );
		$this->sandbox->fault( 'register', [ 'kind' => 'patch', 'set' => [ 'access_token_secret' => null ] ] );
		$this->search( 'register --force', 7 );
	}

	public function test_a_registration_that_code_of_the_site_does_not_let_be_saved(): void {
		file_put_contents( $this->site->path( '/wp-content/mu-plugins/throws.php' ), '<?php add_filter( "pre_update_option_woocommerce_helper_data", function ( $value ) { trigger_error( "a warning", E_USER_WARNING ); throw new RuntimeException( "no: " . strlen( serialize( $value ) ) ); } );' );
		$this->search( 'register', 6 );
		unlink( $this->site->path( '/wp-content/mu-plugins/throws.php' ) );
		$this->search( 'recover', 0 );
	}

	public function test_key_and_token_on_standard_input(): void {
		$this->search( 'register --key-file=-', 0, [ 'WCCOM_HOST_KEY' => null ], Sandbox::KEY . "\n" );
		$this->search( 'register --force --wpcom-access-token-file=-', 0, [ 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ], Site::WPCOM_ACCESS_TOKEN . "\n" );
	}

	public function test_connect_and_an_export(): void {
		$this->prints_registration = true;
		$this->search( 'register --no-save', 0, prints: true );
		$printed = end( $this->site->runs )->stdout;
		$this->search( "journal export {$this->site->url} --with-secrets --journal={$this->site->journal_folder()}", 0, prints: true );
		$this->search( 'connect', 0, [ 'WCCOM_HOST_KEY' => null, 'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => null ], $printed );
	}

	public function test_many_sites(): void {
		$list = $this->folder() . '/list.csv';
		file_put_contents( $list, "url,wpcom_access_token\nhttps://a.example.com," . Site::WPCOM_ACCESS_TOKEN . "\nhttps://b.example.com," . Site::WPCOM_ACCESS_TOKEN . "\nhttps://c.example.com," . Site::WPCOM_ACCESS_TOKEN . "\n" );
		chmod( $list, 0600 );
		$this->sandbox->fault( 'register', $this->failures()['refused'][1] );
		$journal = "--journal={$this->site->journal_folder()}";
		mkdir( $this->folder() . '/results', 0700 );
		$this->search( "register-many $list $journal --output={$this->folder()}/results/lines", 3, also: '/results/lines' );
		$this->search( "journal list $journal", 0 );
		$this->search( "journal show https://a.example.com $journal", 0 );
		$this->search( "journal prune --yes --state=received $journal", 0 );
	}

	/**
	 * Runs a command, and looks.
	 *
	 * @param array<string, string|null> $env
	 * @param bool                       $prints Whether the secret is what was asked for, on standard output.
	 * @param string                     $also   Where else the secret belongs.
	 * @return string What could be seen of the processes meanwhile.
	 */
	private function search( string $command, int $exit_code, array $env = [], string $stdin = '', bool $prints = false, string $also = '' ): string {
		$log     = $this->folder() . '/php.log';
		$process = $this->site->start( "$command --debug", $env + [ 'TMPDIR' => $this->folder() . '/tmp' ], self::INI + [ 'error_log' => $log, 'wccom_host.ca_file' => (string) $this->sandbox->ca_file() ] );
		$process->write( $stdin );
		// A command that reads standard input comes to its end when that does.
		$seen = '' === $stdin ? $this->watched( $process ) : '';
		$run  = $this->site->finish( $process );
		self::assertExit( $exit_code, $run );

		$partner = [ Sandbox::KEY, Site::WPCOM_ACCESS_TOKEN ];
		$site    = $this->secrets();
		// The server of the site's database is where the secret belongs, too.
		$also .= 'mariadb' === getenv( 'WCCOM_HOST_TEST_DATABASE' ) ? ( '' === $also ? '' : '|' ) . 'UNIX-STREAM:' : '';
		self::assertSame( [], $this->trace->calls_with( self::forms( $partner ), 'no file at all' ), "$command wrote key or token." );
		self::assertSame( [], $this->trace->calls_with( self::forms( $site ), self::KEPT . ( $prints ? '|^1<' : '' ) . ( '' === $also ? '' : "|$also" ) . ( $prints ? '|pipe:|/stdout' : '' ) ), "$command wrote the secret." );
		$left = $run->stderr . ( $prints ? '' : $run->stdout ) . @file_get_contents( $log ) . $this->site->files() . $seen;
		foreach ( self::forms( [ ...$partner, ...$site ] ) as $form ) {
			self::assertStringNotContainsString( $form, $left, $command );
		}
		self::assertSame( [], $this->wide_open( $this->folder() . '/state', $this->folder() . '/tmp', $this->folder() . '/results' ), "$command: files that others can read." );
		return $seen;
	}

	/** What everybody sees of the processes while they run. */
	private function watched( Process $process ): string {
		$seen = [];
		// Not by is_running(), which would be told the exit code.
		$status = "/proc/{$process->id()}/stat";
		for ( $end = microtime( true ) + 5.0; microtime( true ) < $end && 1 === preg_match( '/\) [^ZX] /', (string) @file_get_contents( $status ) ); ) {
			foreach ( glob( '/proc/[0-9]*/cmdline' ) as $file ) {
				$arguments = (string) @file_get_contents( $file );
				if ( str_contains( $arguments, $this->folder() ) && ! str_contains( $arguments, 'wccom-host-sandbox' ) ) {
					$seen[ $arguments ] = true;
				}
			}
			usleep( 50000 );
		}
		return implode( "\n", array_keys( $seen ) );
	}

	/**
	 * Every token and secret that the sandbox has given out.
	 *
	 * @return list<string>
	 */
	private function secrets(): array {
		$given = (string) json_encode( $this->sandbox->log( '/register' ) ) . serialize( $this->site->auth() ) . implode( $this->site->journal() );
		preg_match_all( '/\b[0-9a-f]{40}\b/', $given, $secrets );
		return array_values( array_unique( $secrets[0] ) );
	}

	/**
	 * Texts in the forms in which they could be written.
	 *
	 * @param list<string> $texts
	 * @return list<string>
	 */
	private static function forms( array $texts ): array {
		$forms = [];
		foreach ( $texts as $text ) {
			array_push( $forms, $text, bin2hex( $text ), strtoupper( bin2hex( $text ) ), rawurlencode( $text ), urlencode( $text ), substr( (string) json_encode( $text ), 1, -1 ), addslashes( $text ), htmlspecialchars( $text, ENT_QUOTES ), strrev( $text ) );
			for ( $before = 0; $before < 3; $before++ ) {
				// What stands before it shifts Base64; the characters at the ends hold something of the neighbours.
				$forms[] = substr( base64_encode( str_repeat( ' ', $before ) . $text ), 0 === $before ? 0 : 4, -4 );
			}
		}
		return array_values( array_unique( $forms ) );
	}

	/**
	 * Files and folders that somebody else can look into.
	 *
	 * @return list<string>
	 */
	private function wide_open( string ...$folders ): array {
		$open = [];
		foreach ( array_filter( $folders, 'is_dir' ) as $folder ) {
			foreach ( new \RecursiveIteratorIterator( new \RecursiveDirectoryIterator( $folder, \FilesystemIterator::SKIP_DOTS ), \RecursiveIteratorIterator::SELF_FIRST ) as $file ) {
				// XDG_STATE_HOME itself is not ours.
				if ( 0 !== ( $file->getPerms() & 0077 ) ) {
					$open[] = $file->getPathname();
				}
			}
		}
		return $open;
	}

	private function key_file(): string {
		file_put_contents( $this->folder() . '/key', Sandbox::KEY . "\n" );
		return $this->folder() . '/key';
	}
}
