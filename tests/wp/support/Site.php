<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A WordPress site of the test's own, with WooCommerce, and the commands run on it.
 */
final class Site {
	public const WPCOM_ACCESS_TOKEN = '#(*$!%^@)-customer-token';
	public const OPTION             = 'woocommerce_helper_data';

	/** @var list<Run> Every command that was run on the site. */
	public array $runs = [];

	/** @var list<string> A program, with its arguments, that runs PHP with its own: a tracer. */
	public array $under = [];

	/**
	 * @param string $folder   The test's folder; the site is `site` in it, the journal below `state`.
	 * @param string $template `single`, or `network` with a second site.
	 */
	public function __construct(
		private readonly string $folder,
		private readonly Sandbox $sandbox,
		public readonly string $url,
		string $template = 'single',
	) {
		mkdir( "$folder/home" );
		$copy = new Process(
			[ __DIR__ . '/../site.sh', 'copy', getenv( 'WCCOM_HOST_WP_TEMPLATES' ) . "/$template", $this->path(), $url ],
			getenv(),
			$folder
		);
		$run  = $copy->finish();
		if ( 0 !== $run->exit_code ) {
			throw new \RuntimeException( (string) $run );
		}
	}

	public function path( string $below = '' ): string {
		return "$this->folder/site$below";
	}

	/**
	 * Runs `wp wccom-host ...`.
	 *
	 * @param array<string, string|null> $env Added to the environment, or with null taken from it.
	 * @param array<string, string>      $ini Settings of PHP; `extension` is one of them, empty for a PHP without ours.
	 */
	public function command( string $command, string $stdin = '', array $env = [], array $ini = [] ): Run {
		$process = $this->start( $command, $env, $ini );
		$process->write( $stdin );
		return $this->finish( $process );
	}

	/** The same in a terminal in which somebody types; everything that the terminal shows is standard output. */
	public function command_in_terminal( string $command, string $typed ): Run {
		$process = $this->start( $command, in_terminal: true );
		$process->write( $typed );
		return $this->finish( $process );
	}

	/**
	 * Starts `wp wccom-host ...` and does not wait for it.
	 *
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	public function start( string $command, array $env = [], array $ini = [], bool $in_terminal = false ): Process {
		return $this->wp_process( [ self::package(), 'wccom-host', ...self::words( $command ) ], $env + [ 'SITE_DEBUG' => '1' ], $ini, $in_terminal );
	}

	/** Runs `wccom-host ...` as other code calls it: one after the other, in the process of `wp eval`. */
	public function call( string ...$commands ): Run {
		$calls = array_map( fn( string $command ) => 'WP_CLI::runcommand( ' . var_export( "wccom-host $command", true ) . ', array( "launch" => false ) );', $commands );
		return $this->finish( $this->wp_process( [ self::package(), 'eval', implode( ' ', $calls ) ], [ 'SITE_DEBUG' => '1' ] ) );
	}

	/** Waits for a command that start() started. */
	public function finish( Process $process ): Run {
		$this->runs[] = $process->finish();
		return end( $this->runs );
	}

	/** Runs PHP code on the site with its plugins loaded, as `wp eval` does; what it prints is the answer. */
	public function evaluate( string $code, string ...$options ): string {
		$run          = $this->wp_process( [ 'eval', $code, ...$options ] )->finish();
		$this->runs[] = $run;
		if ( 0 !== $run->exit_code ) {
			throw new \RuntimeException( (string) $run );
		}
		return $run->stdout;
	}

	/** Runs any other command of WP-CLI, which must succeed. */
	public function wp( string $command ): Run {
		$run = $this->wp_process( self::words( $command ) )->finish();
		if ( 0 !== $run->exit_code ) {
			throw new \RuntimeException( (string) $run );
		}
		return $run;
	}

	/** Puts a file of tests/wp/site-code into the site as a must-use plugin, which every command loads. */
	public function add_mu_plugin( string $name ): void {
		copy( __DIR__ . "/../site-code/$name.php", $this->path( "/wp-content/mu-plugins/$name.php" ) );
	}

	public function remove_mu_plugin( string $name ): void {
		unlink( $this->path( "/wp-content/mu-plugins/$name.php" ) );
	}

	/** Puts a file of tests/wp/site-code into the site as a drop-in, such as `db`. */
	public function add_drop_in( string $name, string $file ): void {
		copy( __DIR__ . "/../site-code/$file.php", $this->path( "/wp-content/$name.php" ) );
	}

	/** Puts a file of tests/wp/site-code into the site as a plugin and activates it without running it. */
	public function add_active_plugin( string $name ): void {
		copy( __DIR__ . "/../site-code/$name.php", $this->path( "/wp-content/plugins/$name.php" ) );
		$this->store( 'active_plugins', [ "$name.php", ...$this->stored( 'active_plugins' ) ] );
	}

	/** A connection to the database, past WordPress, with all rights. */
	public function database(): \PDO {
		return $this->past_wordpress()->connect();
	}

	/** Has the database refuse to write some options, for example `NEW.option_name = 'x'`. */
	public function refuse_writes( string $condition ): void {
		$this->past_wordpress()->refuse_writes( $condition );
	}

	public function allow_writes(): void {
		$this->past_wordpress()->allow_writes();
	}

	/** Has the database accept an option and lose it at once, as one does that fails over to an older copy. */
	public function lose_writes( string $option ): void {
		$this->past_wordpress()->lose_writes( $option );
	}

	public function keep_writes(): void {
		$this->past_wordpress()->keep_writes();
	}

	/** A connection that lets nobody else write options until it ends, or rolls back. */
	public function lock_database(): \PDO {
		return $this->past_wordpress()->lock();
	}

	/** An option as it lies in the database, past every cache and filter; null if it is not there. */
	public function stored( string $option, string $table = 'wp_options' ): mixed {
		$query = $this->database()->prepare( "SELECT option_value FROM $table WHERE option_name = ?" );
		$query->execute( [ $option ] );
		$value = $query->fetchColumn();
		if ( false === $value ) {
			return null;
		}
		$decoded = @unserialize( $value, [ 'allowed_classes' => false ] );
		return false === $decoded && 'b:0;' !== $value ? $value : $decoded;
	}

	/** Writes an option straight into the database. */
	public function store( string $option, mixed $value ): void {
		$this->past_wordpress()->store( $option, is_string( $value ) ? $value : serialize( $value ) );
	}

	/**
	 * The stored connection.
	 *
	 * @return array<string, mixed>|null
	 */
	public function auth( string $table = 'wp_options' ): ?array {
		return $this->stored( self::OPTION, $table )['auth'] ?? null;
	}

	/**
	 * The files that the journal left, by name, but for its id, for locks and for the room that is taken for an answer.
	 *
	 * @return array<string, string>
	 */
	public function journal(): array {
		$files = [];
		foreach ( glob( $this->journal_folder() . '/{,.}*', GLOB_BRACE ) as $file ) {
			$content = is_file( $file ) ? (string) file_get_contents( $file ) : '';
			if ( 'id' !== basename( $file ) && '' !== trim( $content, ' ' ) ) {
				$files[ basename( $file ) ] = $content;
			}
		}
		return $files;
	}

	public function journal_folder(): string {
		return "$this->folder/state/wccom-host";
	}

	/** The contents of all files of the site but the database: logs, what plugins write, and so on. */
	public function files(): string {
		$folder = new \RecursiveDirectoryIterator( $this->path( '/wp-content' ), \FilesystemIterator::SKIP_DOTS );
		$files  = new \RecursiveCallbackFilterIterator( $folder, fn( \SplFileInfo $file ) => ! $file->isLink() && 'database' !== $file->getFilename() );
		$text   = '';
		foreach ( new \RecursiveIteratorIterator( $files ) as $file ) {
			$text .= file_get_contents( $file->getPathname() );
		}
		return $text;
	}

	/** Everything that is in the database. */
	public function database_file(): string {
		return $this->past_wordpress()->content();
	}

	/** The folder goes with the test; a database on a server stays until it is told. */
	public function remove(): void {
		$this->past_wordpress()->remove();
	}

	/**
	 * Environment of everything that runs on the site.
	 *
	 * @return array<string, string>
	 */
	public function environment(): array {
		$inherited = array_intersect_key( getenv(), [ 'PATH' => 1, 'PHP_INI_SCAN_DIR' => 1, 'TMPDIR' => 1, 'REDIS_SOCKET' => 1 ] );
		return $inherited + [
			'HOME'                          => "$this->folder/home",
			'XDG_STATE_HOME'                => "$this->folder/state",
			'WP_CLI_ALLOW_ROOT'             => '1',
			'WP_CLI_CONFIG_PATH'            => '/dev/null',
			'PAGER'                         => 'cat',
			'WCCOM_HOST_KEY'                => Sandbox::KEY,
			'WCCOM_HOST_WPCOM_ACCESS_TOKEN' => self::WPCOM_ACCESS_TOKEN,
			'SANDBOX_HELPER_URL'            => $this->sandbox->helper_base_url(),
		];
	}

	/** The option that loads the commands. */
	private static function package(): string {
		return '--require=' . dirname( __DIR__, 3 ) . '/php/wccom-host.php';
	}

	private function past_wordpress(): SiteDatabase {
		return SiteDatabase::of( $this->path() );
	}

	/**
	 * @param list<string>               $arguments
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	private function wp_process( array $arguments, array $env = [], array $ini = [], bool $in_terminal = false ): Process {
		$ini     += [
			'extension'                  => (string) getenv( 'WCCOM_HOST_EXTENSION' ),
			'wccom_host.base_url'        => $this->sandbox->base_url(),
			'wccom_host.helper_base_url' => $this->sandbox->helper_base_url(),
			'memory_limit'               => '512M',
			'sendmail_path'              => '/bin/true',
		];
		$settings = [];
		foreach ( array_filter( $ini ) as $name => $value ) {
			array_push( $settings, '-d', "$name=$value" );
		}
		$argv = [ ...$this->under, PHP_BINARY, ...$settings, getenv( 'WCCOM_HOST_WP_FILES' ) . '/wp-cli/wp-cli.phar', '--path=' . $this->path(), ...$arguments ];
		return new Process(
			$in_terminal ? [ 'script', '--quiet', '--return', '--command', implode( ' ', array_map( 'escapeshellarg', $argv ) ), '/dev/null' ] : $argv,
			array_filter( $env + $this->environment(), fn( ?string $value ) => null !== $value ),
			$this->path()
		);
	}

	/**
	 * A command line's words; single quotes keep words together, as in a shell.
	 *
	 * @return list<string>
	 */
	private static function words( string $command ): array {
		preg_match_all( "/(?:[^ ']|'[^']*')+/", $command, $words );
		return str_replace( "'", '', $words[0] );
	}
}
