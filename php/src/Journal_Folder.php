<?php
/**
 * Where the journal is kept.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * A folder of this user alone, never below the web root: it holds secrets for a while.
 */
final class Journal_Folder {

	/**
	 * To take another one is said with care: whether there is one, on a disk that is not mounted, often nobody here can tell.
	 */
	private const HOW = 'A journal that has been in use knows what was ordered: mount its disk, make it accessible, or move it with everything in it. Only if none was in use, set another folder: wccom_host.journal in php.ini, or XDG_STATE_HOME in the environment.';

	/**
	 * The same of a batch's.
	 */
	private const HOW_OF_BATCH = 'A journal that has been in use is the memory of its batches: if its folder is elsewhere now, name that one, --journal=<folder>. Move it with everything in it; an empty one would order the sites again.';

	/**
	 * The file of a batch's journal.
	 */
	public const BATCH_FILE = 'batch.jsonl';

	private const ID_FILE = 'id';

	/**
	 * The folder, made if it is missing.
	 *
	 * @throws Problem If it is not a safe place.
	 */
	public static function path(): string {
		$path = self::absolute( self::chosen() );
		$root = self::web_root_of( $path );
		if ( null !== $root ) {
			throw self::refused( "The journal's folder $path lies below the web root $root: a web server could give its secrets away." );
		}
		self::require_own( $path, "If this site is that user's, run the same command as that user. If the folder is this site's, root can give it to the user who runs the site's commands, with everything in it." );
		return self::made( $path, self::HOW );
	}

	/**
	 * The user who has a folder, if it is another than this one.
	 *
	 * @param string $path The folder.
	 * @return int|null Null also where it is not there, or PHP cannot tell.
	 */
	public static function other_owner( string $path ): ?int {
		$owner = function_exists( 'posix_geteuid' ) && is_dir( $path ) ? fileowner( $path ) : false;
		return false === $owner || posix_geteuid() === $owner ? null : $owner;
	}

	/**
	 * What tells one journal of another, wherever it lies.
	 *
	 * @param string $folder The journal's folder.
	 * @return string|null 32 hexadecimal digits; null if it has none, or cannot be looked into.
	 */
	public static function id( string $folder ): ?string {
		$id = @file_get_contents( "$folder/" . self::ID_FILE, false, null, 0, 32 );
		return is_string( $id ) && 1 === preg_match( '/^[0-9a-f]{32}$/D', $id ) ? $id : null;
	}

	/**
	 * The same, and made if it is missing.
	 *
	 * @param string $folder The journal's folder.
	 * @throws Problem If it cannot be written.
	 */
	public static function made_id( string $folder ): string {
		$id = self::id( $folder );
		if ( null !== $id ) {
			return $id;
		}
		$mask   = umask( 0077 );
		$stream = @fopen( "$folder/" . self::ID_FILE, 'c' );
		umask( $mask );
		if ( false !== $stream ) {
			// Of several processes at once one writes, for all of them. One that a power loss has emptied is written anew.
			@flock( $stream, LOCK_EX );
			if ( null === self::id( $folder ) && 32 === @fwrite( $stream, bin2hex( random_bytes( 16 ) ) ) ) {
				self::flush( $stream );
			}
			fclose( $stream );
		}
		$reason = Last_Error::reason();
		return self::id( $folder ) ?? throw self::refused( "The journal's folder $folder takes no file ($reason)." );
	}

	/**
	 * Writes out what a stream holds, to the disk where that can be: not where code of the site has wrapped PHP's files.
	 *
	 * @param resource $stream The stream.
	 */
	private static function flush( $stream ): void {
		if ( ! @fsync( $stream ) ) {
			fflush( $stream );
		}
	}

	/**
	 * The folder where there is no WordPress, and nobody can tell what is a web root; made if it is missing.
	 *
	 * @param string|null $path The value of --journal.
	 * @throws Problem If it is not a safe place.
	 */
	public static function without_site( ?string $path ): string {
		return self::made_for_batch( self::named( $path ) );
	}

	/**
	 * The same for a dry run: nothing is made.
	 *
	 * @param string|null $path The value of --journal.
	 * @throws Problem If it is there, and not a safe place.
	 */
	public static function for_dry_run( ?string $path ): string {
		$folder = self::named( $path );
		return false === @lstat( $folder ) ? $folder : (string) self::existing( $folder );
	}

	/**
	 * The same for a command that only reads: nothing is made.
	 *
	 * @param string|null $path The value of --journal.
	 * @return string|null Null: nobody has named one, and the default is not there.
	 * @throws Problem If it is not a safe place, or cannot be looked into.
	 */
	public static function existing( ?string $path ): ?string {
		$folder = self::named( $path );
		$stream = @opendir( $folder );
		if ( false !== $stream ) {
			closedir( $stream );
			return self::made_for_batch( $folder );
		}
		$reason = Last_Error::reason();
		if ( null === $path && 'No such file or directory' === $reason ) {
			return null;
		}
		$words = match ( $reason ) {
			'No such file or directory' => 'is not there.',
			'Not a directory'           => 'is not a folder.',
			default                     => "cannot be looked into ($reason).",
		};
		throw new Problem( Exit_Code::PREFLIGHT, "The journal's folder $folder $words Nothing was done.", 'Name the folder of the journal: --journal=<folder>' );
	}

	/**
	 * The same for a command that is of no use without what batches have written.
	 *
	 * @param string|null $path The value of --journal.
	 * @throws Problem If it is not there.
	 */
	public static function begun( ?string $path ): string {
		$folder = self::existing( $path );
		if ( null === $folder || ! self::is_begun( $folder ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'There is no journal in ' . self::named( $path ) . ': nobody knows what has failed. Nothing was sent.', 'Name the folder of the journal: --journal=<folder>' );
		}
		return $folder;
	}

	/**
	 * Whether a batch has written to the journal.
	 *
	 * @param string $folder The folder.
	 */
	public static function is_begun( string $folder ): bool {
		$file = "$folder/" . self::BATCH_FILE;
		return is_file( $file ) && filesize( $file ) > 0;
	}

	/**
	 * Says so if another process has the journal: the extension is silent while it waits for it.
	 *
	 * @param string $folder The folder.
	 * @param int    $lock   What the extension is going to wait for: LOCK_EX to write, LOCK_SH to read.
	 */
	public static function announce_wait( string $folder, int $lock ): void {
		$stream   = @fopen( $folder, 'r' );
		$is_taken = 0;
		if ( false !== $stream && ! flock( $stream, $lock | LOCK_NB, $is_taken ) && 1 === $is_taken ) {
			self::say_waiting( $folder );
		}
	}

	/**
	 * Says what a run waits for.
	 *
	 * @param string $folder The journal's folder.
	 */
	public static function say_waiting( string $folder ): void {
		Output::say( "Waiting for another run that has the journal $folder ..." );
	}

	/**
	 * The folder that an option names, from the working folder on, or else the chosen one.
	 *
	 * @param string|null $path The option's value.
	 * @throws Problem If it is empty, or there is none.
	 */
	private static function named( ?string $path ): string {
		if ( null === $path ) {
			return self::absolute( self::chosen() );
		}
		if ( '' === $path || str_contains( $path, "\0" ) ) {
			throw self::refused( '--journal is not the path of a folder.', self::HOW_OF_BATCH );
		}
		$path = str_starts_with( $path, '/' ) ? $path : getcwd() . "/$path";
		return rtrim( $path, '/' ) ?: '/';
	}

	/**
	 * A path, if it is an absolute one.
	 *
	 * @param string $path The path.
	 * @throws Problem If it is not.
	 */
	private static function absolute( string $path ): string {
		if ( ! str_starts_with( $path, '/' ) ) {
			throw self::refused( "The journal's folder must be an absolute path, not $path." );
		}
		return $path;
	}

	/**
	 * The folder of a batch's journal, made if it is missing.
	 *
	 * @param string $path The folder.
	 * @throws Problem If it is another user's, or not a safe place.
	 */
	private static function made_for_batch( string $path ): string {
		self::require_own( $path, 'Run the same command as that user.' );
		return self::made( $path, self::HOW_OF_BATCH );
	}

	/**
	 * Refuses a folder of another user: what root writes there would lock its owner out.
	 *
	 * The words have no `sudo` to be pasted: code of a site can lead a link to a folder of a user of its choice.
	 *
	 * @param string $path The folder.
	 * @param string $how  What to do.
	 * @throws Problem If it is one.
	 */
	private static function require_own( string $path, string $how ): void {
		$owner = self::other_owner( $path );
		if ( null !== $owner ) {
			$name  = Php_Functions::exist( 'posix_getpwuid' ) ? posix_getpwuid( $owner )['name'] ?? "number $owner" : "number $owner";
			$where = realpath( $path ) === $path ? $path : "$path (" . realpath( $path ) . ')';
			throw new Problem( Exit_Code::PREFLIGHT, "The journal's folder $where is another user's: it belongs to user $name. Nothing was done.", "$how sudo leaves the environment behind, such as WCCOM_HOST_KEY." );
		}
	}

	/**
	 * A folder that may hold secrets, made if it is missing.
	 *
	 * @param string $path The folder.
	 * @param string $how  What to do if it cannot be had.
	 * @throws Problem If others can look into it, or it cannot be had.
	 */
	private static function made( string $path, string $how ): string {
		if ( ! is_dir( $path ) && ! @mkdir( $path, 0700, true ) && ! is_dir( $path ) ) {
			throw self::refused( "The journal's folder $path cannot be made, or looked into (" . Last_Error::reason() . ').', $how );
		}
		if ( ! is_writable( $path ) ) {
			throw self::refused( "The journal's folder $path cannot be written by this user.", $how );
		}
		if ( 0 !== ( fileperms( $path ) & 0077 ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "The journal's folder $path is open to other users. Nothing was sent.", "Close it: chmod 700 $path" );
		}
		return $path;
	}

	/**
	 * The web root that a path lies below; null if a web server cannot give it out.
	 *
	 * @param string $path The path, which need not exist yet.
	 */
	public static function web_root_of( string $path ): ?string {
		foreach ( self::web_roots() as $root ) {
			if ( self::is_below( $path, $root ) ) {
				return $root;
			}
		}
		return null;
	}

	/**
	 * The folder of php.ini, of the XDG convention, or of its default.
	 *
	 * @throws Problem If none of them is known.
	 */
	private static function chosen(): string {
		$setting = (string) ini_get( 'wccom_host.journal' );
		if ( '' !== $setting ) {
			return rtrim( $setting, '/' );
		}
		$state = (string) getenv( 'XDG_STATE_HOME' );
		if ( str_starts_with( $state, '/' ) ) {
			return rtrim( $state, '/' ) . '/wccom-host';
		}
		$home = (string) getenv( 'HOME' );
		if ( '' === $home && Php_Functions::exist( 'posix_getpwuid', 'posix_geteuid' ) ) {
			$home = (string) ( posix_getpwuid( posix_geteuid() )['dir'] ?? '' );
		}
		if ( '' === $home ) {
			throw self::refused( 'There is no folder for the journal: this user has no home folder.' );
		}
		return rtrim( $home, '/' ) . '/.local/state/wccom-host';
	}

	/**
	 * The folders that a web server may give out: those of WordPress, and the site's root where WordPress lies in a
	 * folder below it. A folder that holds nothing but wp-config.php is none: it is put there to be out of reach.
	 *
	 * @return list<string>
	 */
	private static function web_roots(): array {
		$wordpress = rtrim( ABSPATH, '/' );
		$below     = rtrim( (string) wp_parse_url( site_url(), PHP_URL_PATH ), '/' );
		$roots     = [ $wordpress, WP_CONTENT_DIR, WP_PLUGIN_DIR, (string) ( $_SERVER['DOCUMENT_ROOT'] ?? '' ) ];
		if ( '' !== $below && str_ends_with( $wordpress, $below ) ) {
			$roots[] = substr( $wordpress, 0, -strlen( $below ) );
		}
		if ( is_file( dirname( $wordpress ) . '/wp-config.php' ) && is_file( dirname( $wordpress ) . '/index.php' ) ) {
			$roots[] = dirname( $wordpress );
		}
		return array_values( array_unique( array_filter( $roots ) ) );
	}

	/**
	 * Whether a path, which need not exist yet, lies in a folder or below it.
	 *
	 * @param string $path   The path.
	 * @param string $folder The folder.
	 */
	private static function is_below( string $path, string $folder ): bool {
		$existing = $path;
		while ( false === realpath( $existing ) ) {
			$existing = dirname( $existing );
		}
		$real_path   = rtrim( (string) realpath( $existing ), '/' ) . substr( $path, strlen( rtrim( $existing, '/' ) ) );
		$real_folder = realpath( $folder );
		return false !== $real_folder && str_starts_with( "$real_path/", rtrim( $real_folder, '/' ) . '/' );
	}

	/**
	 * The refusal of a folder.
	 *
	 * @param string $why Why it cannot be used.
	 * @param string $how What to do.
	 */
	private static function refused( string $why, string $how = self::HOW ): Problem {
		return new Problem( Exit_Code::PREFLIGHT, "$why Nothing was sent.", $how );
	}
}
