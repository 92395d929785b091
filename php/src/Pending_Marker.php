<?php
/**
 * The site's own note that a registration was begun.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * Tells another user, another machine, or the same site under a new address, whose journal is another one, where to look
 * before a second order is made. An option of our own, not autoloaded, without secrets; writing it is the test write of
 * the preflight.
 */
final class Pending_Marker {

	private const OPTION = 'wccom_host_pending';

	/**
	 * What the fields may hold. They are printed, and whoever can write to the database can write them.
	 */
	private const FIELDS = [
		'url'      => '/^[^\x00-\x20\x7f]{1,2048}$/D',
		'home_url' => '/^[^\x00-\x20\x7f]{1,2048}$/D',
		'folder'   => '~^/[^\x00-\x1f\x7f]{0,4095}$~D',
		'journal'  => '/^[0-9a-f]{32}$/D',
		'user'     => '/^[\w.][\w.@-]{0,63}\$?$/D',
		'host'     => '/^[\w.][\w.-]{0,255}$/D',
	];

	/**
	 * Its text when this run looked last, or wrote it. One that is there by now is another run's.
	 *
	 * @var string|null
	 */
	private static ?string $seen = null;

	/**
	 * Writes it, before the request: only if nobody has written one since this run looked, and none has come to its end meanwhile.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @param string               $url     The address that is sent.
	 * @param array<string, mixed> $stored  The connection that was stored when this run looked.
	 * @throws Problem If another run was there, or if the database does not take it: nothing can be saved then.
	 */
	public static function write( array $options, string $url, #[\SensitiveParameter] array $stored ): void {
		$marker = [
			'started'  => time(),
			'url'      => $url,
			'home_url' => $options['home_url'],
			'folder'   => $options['journal'],
			'journal'  => Journal_Folder::made_id( $options['journal'] ),
			'user'     => self::user(),
			'host'     => self::host(),
			'run'      => bin2hex( random_bytes( 8 ) ),
		];
		if ( null === self::understood( $marker ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, "Other users could not be told that a registration is under way: the address {$marker['home_url']}, or the journal's folder {$marker['folder']}, has characters that the option " . self::OPTION . ' does not take. Nothing was sent.', 'Give the site an address, or wccom_host.journal in php.ini a folder, without control characters.' );
		}
		$others = self::seen();
		if ( null !== $others && ! self::is_journal_of( $others, $options ) && ! self::is_over( $others, $options ) ) {
			throw self::unreachable( $others, 'It is open there, and this user has a record of this site, too.' );
		}
		$error = Stored_Option::replace( self::OPTION, self::$seen, $marker );
		if ( null === $error ) {
			self::$seen = maybe_serialize( $marker );
			self::require_unchanged( $options, $stored );
			return;
		}
		if ( Stored_Option::text( self::OPTION ) !== self::$seen ) {
			throw new Problem( Exit_Code::NOT_SENT, 'Another run has begun to register this site at the same moment. Nothing was sent.', 'Run the same command again: it waits for the other run, or says where it is.' );
		}
		throw Write_Test::failed( '' === $error ? 'The database does not hold it.' : 'The database says: ' . Write_Test::reason( $error ) . '.' );
	}

	/**
	 * Refuses to go on where another run has saved its connection since this one looked: that run's journal may be another one, and
	 * its marker is gone by then. From the own marker on, no other can begin.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @param array<string, mixed> $stored  The connection that was stored then.
	 * @throws Problem If there is another one now.
	 */
	private static function require_unchanged( array $options, #[\SensitiveParameter] array $stored ): void {
		if ( Connection::stored() !== $stored ) {
			self::remove( $options );
			throw new Problem( Exit_Code::NOT_SENT, 'Another run has changed the connection of this site at the same moment. Nothing was sent.', 'Look at it first: ' . Site::command( 'status' ), 'The same command can be run again; with --force it would make another order.' );
		}
	}

	/**
	 * Removes one that a run of this user left behind after its journal was closed: nothing is open any more.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 */
	public static function remove_stale( array $options ): void {
		if ( null !== Stored_Option::text( self::OPTION ) ) {
			Journal::locked(
				$options,
				static function ( array $options ): void {
					if ( null === Journal::read( $options ) ) {
						self::remove( $options );
					}
				}
			);
		}
	}

	/**
	 * Removes it, if what it tells of is over: as long as the journal that it names has a record, it keeps others from sending. Another
	 * run's that has come meanwhile stays, and so does that of the parent in a forked child.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 */
	public static function remove( array $options ): void {
		if ( null !== self::$seen && Command_Run::is_own_process() && self::is_over( self::seen(), $options ) ) {
			self::forget();
		}
	}

	/**
	 * Whether nothing is open where a marker points to.
	 *
	 * @param array<string, mixed>|null $marker  The marker; null: one that nobody understands.
	 * @param array<string, mixed>      $options The options of the extension.
	 */
	private static function is_over( ?array $marker, array $options ): bool {
		try {
			$named = null === $marker || self::is_journal_of( $marker, $options ) ? $options : self::options_of( $marker, $options );
			return null !== $named && null === Journal::read( $named );
		} catch ( \WccomHost\Exception ) {
			return false;
		}
	}

	/**
	 * Removes it, whatever is open: a person has decided so.
	 */
	public static function forget(): void {
		try {
			$is_gone = null === self::$seen || Stored_Option::delete_unchanged( self::OPTION, self::$seen );
		} catch ( Database_Failure ) {
			// What became of the registration counts.
			$is_gone = false;
		}
		if ( ! $is_gone ) {
			\WP_CLI::warning( 'The option ' . self::OPTION . ' could not be removed: wp option delete ' . self::OPTION . Site::url_option() );
		}
	}

	/**
	 * The options of another journal that has this site's open record; null if this user's own one is to be asked.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null
	 * @throws Problem If nobody here can tell whether it has one.
	 */
	public static function journal_elsewhere( array $options ): ?array {
		self::look();
		return self::journal_with_record( $options );
	}

	/**
	 * Looks at the marker as it is now. What is decided by it holds only as long as nobody has written another one: write() and
	 * remove() see to that.
	 */
	public static function look(): void {
		self::$seen = Stored_Option::text( self::OPTION );
	}

	/**
	 * The marker that was seen last; null if there was none that can be understood.
	 *
	 * @return array{started: int, url: string, home_url: string, folder: string, journal: string, user: string, host: string}|null
	 */
	private static function seen(): ?array {
		return null === self::$seen ? null : self::understood( Stored_Option::decoded( self::$seen ) );
	}

	/**
	 * As journal_elsewhere(), by the marker that was seen last.
	 *
	 * Code of the site runs as this user, and could read that folder itself: the marker opens no other way to it.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null
	 * @throws Problem If nobody here can tell whether it has one.
	 */
	public static function journal_with_record( array $options ): ?array {
		$marker = self::seen();
		if ( null === self::$seen || null !== Journal::read( $options ) ) {
			return null;
		}
		if ( null === $marker ) {
			throw new Problem(
				Exit_Code::UNKNOWN,
				'The option ' . self::OPTION . ' tells that a registration of this site was begun, and has been damaged: nobody can tell where.',
				'An order may exist. Nothing was sent now.',
				'Finish it as the user, and on the host, that began it: ' . Site::command( 'recover' ),
				'If a person has decided that nothing came of it: ' . Site::command( 'recover --forget' )
			);
		}
		if ( self::is_journal_of( $marker, $options ) ) {
			return null;
		}
		$named = self::options_of( $marker, $options );
		if ( null === $named ) {
			throw self::unreachable( $marker, self::unreadable( $marker ) );
		}
		try {
			$record = Journal::read( $named );
		} catch ( \WccomHost\Exception ) {
			throw self::unreachable( $marker, self::unreadable( $marker ) );
		}
		if ( null === $record ) {
			return null;
		}
		if ( strtolower( (string) wp_parse_url( $marker['home_url'], PHP_URL_HOST ) ) !== strtolower( (string) wp_parse_url( home_url(), PHP_URL_HOST ) ) ) {
			throw self::of_another_site( $marker );
		}
		return $named;
	}

	/**
	 * The options of the journal that the marker names which was seen last, whatever it holds: whoever writes there has its lock,
	 * and may be about to write.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null Null: it is this user's own journal, there is none, or it is out of reach.
	 */
	public static function other_journal( array $options ): ?array {
		$marker = self::seen();
		$named  = null === $marker || self::is_journal_of( $marker, $options ) ? null : self::options_of( $marker, $options );
		try {
			if ( null !== $named ) {
				Journal::read( $named );
			}
			return $named;
		} catch ( \WccomHost\Exception ) {
			return null;
		}
	}

	/**
	 * Whether the marker names a journal and the part of it that is this site's.
	 *
	 * @param array<string, mixed> $marker  The marker.
	 * @param array<string, mixed> $options The options of the extension.
	 */
	private static function is_journal_of( array $marker, array $options ): bool {
		return Journal_Folder::id( $options['journal'] ) === $marker['journal'] && Site::is_same( $marker['home_url'], $options['home_url'] );
	}

	/**
	 * The options with the journal that the marker names. By its id: it may have been moved, or have another name, and another journal,
	 * with nothing in it, may be at its place, or at the same place on another host of the same name.
	 *
	 * @param array<string, mixed> $marker  The marker.
	 * @param array<string, mixed> $options The options of the extension.
	 * @return array<string, mixed>|null Null: it is out of reach.
	 */
	private static function options_of( array $marker, array $options ): ?array {
		foreach ( [ $options['journal'], $marker['folder'] ] as $folder ) {
			if ( self::can_read( $folder ) && Journal_Folder::id( $folder ) === $marker['journal'] ) {
				return array_merge(
					$options,
					[
						'journal'  => $folder,
						'home_url' => $marker['home_url'],
					]
				);
			}
		}
		return null;
	}

	/**
	 * Who has a journal that nobody here can look into: only a person can say then what became of the registration.
	 *
	 * @param array<string, mixed> $options The options of the extension.
	 * @return Problem|null Null: it is within reach, or there is none.
	 */
	public static function out_of_reach( array $options ): ?Problem {
		try {
			self::journal_elsewhere( $options );
			return null;
		} catch ( Problem $problem ) {
			return $problem;
		}
	}

	/**
	 * Where a journal lies that is not this user's own, for people.
	 *
	 * @param array<string, mixed> $options The options of that journal.
	 */
	public static function whereabouts( array $options ): string {
		$marker = self::understood( Stored_Option::read( self::OPTION ) );
		if ( null === $marker || ( Journal_Folder::path() === $options['journal'] && home_url() === $options['home_url'] ) ) {
			return '';
		}
		return "It is in the journal {$marker['folder']} of user {$marker['user']} on host {$marker['host']}, for {$marker['home_url']}.";
	}

	/**
	 * The marker; null if it cannot be understood.
	 *
	 * @param mixed $marker What the option holds.
	 * @return array{started: int, url: string, home_url: string, folder: string, journal: string, user: string, host: string}|null
	 */
	private static function understood( mixed $marker ): ?array {
		if ( ! is_array( $marker ) || ! is_int( $marker['started'] ?? null ) ) {
			return null;
		}
		foreach ( self::FIELDS as $name => $pattern ) {
			if ( ! is_string( $marker[ $name ] ?? null ) || 1 !== preg_match( $pattern, $marker[ $name ] ) ) {
				return null;
			}
		}
		return $marker;
	}

	/**
	 * Whether a folder is there for this user. It is not made: the extension would. Root leaves another user's alone, too.
	 *
	 * @param string $folder The folder.
	 */
	private static function can_read( string $folder ): bool {
		return is_dir( $folder ) && is_readable( $folder ) && is_writable( $folder ) && null === Journal_Folder::other_owner( $folder );
	}

	/**
	 * That a journal cannot be looked into.
	 *
	 * @param array<string, mixed> $marker The marker, which names it.
	 */
	private static function unreadable( array $marker ): string {
		if ( null !== Journal_Folder::other_owner( $marker['folder'] ) ) {
			return "Its journal, {$marker['folder']}, is another user's: " . self::user() . ' leaves it alone.';
		}
		if ( self::can_read( $marker['folder'] ) ) {
			return "Its journal is not at {$marker['folder']} any more: that is another one, without a record of it.";
		}
		return "Its journal, {$marker['folder']}, cannot be read here and now by " . self::user() . ' on ' . self::host() . '.';
	}

	/**
	 * A registration that others have begun, and that cannot be looked into from here.
	 *
	 * @param array<string, mixed> $marker The marker.
	 * @param string               $why    What is in the way.
	 */
	private static function unreachable( array $marker, string $why ): Problem {
		// Without a `sudo` to be pasted: code of the site can write any user into the marker.
		$how = [ 'Finish it as that user, if that is whose site this is, on that host: ' . Site::command( 'recover' ) . ' --path=' . escapeshellarg( rtrim( ABSPATH, '/' ) ) ];
		if ( null === Journal_Folder::other_owner( $marker['folder'] ) ) {
			$how[] = 'If a person has decided that nothing came of it, or the journal is gone for good: ' . Site::command( 'recover --forget' );
		}
		return new Problem(
			Exit_Code::UNKNOWN,
			"A registration of {$marker['url']} was begun at " . Journal::time( $marker ) . " by user {$marker['user']} on host {$marker['host']}. $why",
			'An order may exist. Nothing was sent now.',
			...$how
		);
	}

	/**
	 * A registration of a site under another host name: this database may be a copy of that site's.
	 *
	 * @param array<string, mixed> $marker The marker.
	 */
	private static function of_another_site( array $marker ): Problem {
		// Not the site's own address, which is about to change: WordPress finds a site of a network by this one.
		$url = is_multisite() ? ' --url=' . escapeshellarg( get_site()->domain . get_site()->path ) : '';
		return new Problem(
			Exit_Code::PREFLIGHT,
			"The registration that is open is that of {$marker['home_url']}, and this site is " . home_url() . '. Nothing was sent, and nothing changed.',
			'If this is a copy of that site, let it go here; the other site keeps it: ' . Site::command( 'recover --forget' ),
			'If the site has moved, give it its former address for a moment: ' . ( defined( 'WP_HOME' ) ? "WP_HOME in wp-config.php, {$marker['home_url']}" : 'wp option update home ' . escapeshellarg( $marker['home_url'] ) . $url ) . ", then wp wccom-host recover$url, then the new address again."
		);
	}

	/**
	 * The user of this process, as the marker takes it: a directory service has names such as CORP\ada.
	 */
	private static function user(): string {
		$entry = Php_Functions::exist( 'posix_getpwuid', 'posix_geteuid' ) ? posix_getpwuid( posix_geteuid() ) : false;
		return self::plain( is_array( $entry ) ? $entry['name'] : (string) getmyuid() );
	}

	/**
	 * This machine, as the marker takes it.
	 */
	private static function host(): string {
		return str_replace( '@', '_', self::plain( (string) gethostname() ) );
	}

	/**
	 * A name without what FIELDS refuses.
	 *
	 * @param string $name The name.
	 */
	private static function plain( string $name ): string {
		return substr( (string) preg_replace( [ '/[^\w.@-]/', '/^[^\w.]/' ], '_', $name ), 0, 64 ) ?: '_';
	}
}
