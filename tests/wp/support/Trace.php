<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Everything that a command and its children write, as strace saw it.
 */
final class Trace {

	private const CALLS = 'write,writev,pwrite64,pwritev,sendto,sendmsg,rename,renameat,renameat2,openat,creat,mkdir,mkdirat,link,linkat,symlink,symlinkat,execve';

	private string $file;

	public function __construct( string $folder ) {
		$this->file = "$folder/trace";
	}

	/**
	 * What a command is put behind: it can make files that everybody may write to.
	 *
	 * @return list<string>
	 */
	public function program(): array {
		return [ 'sh', '-c', 'umask 000; exec "$@"', 'sh', 'strace', '--follow-forks', '--seccomp-bpf', '-yy', '-v', '-s', '1000000', '--quiet=all', '--signal=none', '-e', 'trace=' . self::CALLS, '-o', $this->file ];
	}

	/**
	 * The calls of the last run in which a text stands, but for those on some files.
	 *
	 * @param list<string> $texts
	 * @param string       $allowed A pattern of what may have them: `5</path/to/file>` or `6<TCP:[...]>`.
	 * @return list<string>
	 */
	public function calls_with( array $texts, string $allowed ): array {
		$found = [];
		foreach ( $this->lines() as $number => $line ) {
			$is_start = 0 === $number && str_contains( $line, 'execve(' );
			$is_there = [] !== array_filter( $texts, static fn ( string $text ): bool => str_contains( $line, $text ) );
			if ( $is_there && ! $is_start && 1 !== preg_match( "~^\\d+ +\\w+\\(\\d+<[^>]*(?:$allowed)~", $line ) ) {
				$found[] = mb_strimwidth( $line, 0, 1000, ' ...' );
			}
		}
		return $found;
	}

	/** How many calls wrote to a file. */
	public function count( string $pattern ): int {
		return count( preg_grep( $pattern, $this->lines() ) );
	}

	/** @return list<string> */
	private function lines(): array {
		return (array) file( $this->file, FILE_IGNORE_NEW_LINES );
	}
}
