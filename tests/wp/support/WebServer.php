<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * A site on the web, on a port of its own, with a PHP that has no extension of ours. It ends with the test.
 */
final class WebServer {

	private Process $process;

	private string $address;

	private string $cookie;

	/**
	 * @param int $user Who is logged in.
	 */
	public function __construct( private readonly Site $site, int $user = 1 ) {
		$this->cookie  = $site->evaluate( 'echo AUTH_COOKIE, "=", wp_generate_auth_cookie( ' . $user . ', time() + 3600, "auth" ), "; ", LOGGED_IN_COOKIE, "=", wp_generate_auth_cookie( ' . $user . ', time() + 3600, "logged_in" );' );
		$this->process = new Process( [ PHP_BINARY, '-d', 'memory_limit=512M', '-S', '127.0.0.1:0', '-t', $site->path(), __DIR__ . '/router.php' ], $site->environment(), $site->path() );
		wait_for( fn() => str_contains( $this->process->complained(), 'started' ) || ! $this->process->is_running(), 'the web server' );
		if ( 1 !== preg_match( '#http://127\.0\.0\.1:\d+#', $this->process->complained(), $address ) ) {
			throw new \RuntimeException( 'The web server did not start. ' . $this->process->finish() );
		}
		$this->address = $address[0];
	}

	/** A page as the one who is logged in gets it. */
	public function page( string $path ): string {
		$answer = http( 'GET', $this->address . $path, [ 'Host: ' . parse_url( $this->site->url, PHP_URL_HOST ), "Cookie: $this->cookie" ] );
		if ( 200 !== $answer['status'] ) {
			throw new \RuntimeException( "$path: HTTP {$answer['status']}\n{$answer['body']}\n" . $this->process->complained() );
		}
		return $answer['body'];
	}

	public function stop(): void {
		$this->process->signal( SIGTERM );
		$this->process->finish( 10.0 );
	}
}
