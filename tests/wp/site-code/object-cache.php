<?php
/**
 * A persistent object cache over the Redis at REDIS_SOCKET, as a drop-in (wp-content/object-cache.php): one hash for each
 * group, and a copy in the process, as the drop-ins in use have it. When Redis fails, it throws, or by REDIS_FAILS does what
 * they do by their settings: deadly, it ends the process; gracefully, it goes on without Redis; quietly, it asks again next time.
 *
 * @package WccomHost
 */

$GLOBALS['wp_object_cache'] = new class() {

	/**
	 * What this process knows, by group and key.
	 *
	 * @var array<string, array<string, mixed>>
	 */
	private array $known = [];

	/**
	 * Groups that a network shares.
	 *
	 * @var array<string, bool>
	 */
	private array $shared = [];

	/**
	 * Prefix of the groups that are a site's own.
	 *
	 * @var string
	 */
	private string $prefix;

	/**
	 * The connection.
	 *
	 * @var Redis|null
	 */
	private ?Redis $redis = null;

	/**
	 * Whether Redis has failed, and is not asked again.
	 *
	 * @var bool
	 */
	private bool $is_lost = false;

	/**
	 * Connects at once.
	 */
	public function __construct() {
		$this->switch_to_blog( get_current_blog_id() );
		$this->ask(
			function (): void {
				$this->redis = new Redis();
				$this->redis->connect( (string) getenv( 'REDIS_SOCKET' ) );
				$this->redis->setOption( Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP );
			}
		);
	}

	/**
	 * Another site of the network.
	 *
	 * @param int $blog_id Its number.
	 */
	public function switch_to_blog( $blog_id ): void {
		$this->prefix = ( is_multisite() ? (int) $blog_id : 1 ) . ':';
	}

	/**
	 * Groups that all sites of a network share.
	 *
	 * @param array<string> $groups Their names.
	 */
	public function share( $groups ): void {
		$this->shared += array_fill_keys( (array) $groups, true );
	}

	/**
	 * A value; false if there is none.
	 *
	 * @param string    $key   Its name.
	 * @param string    $group Its group.
	 * @param bool      $force Whether to ask Redis in any case.
	 * @param bool|null $found Whether there is one.
	 */
	public function get( $key, $group = 'default', $force = false, &$found = null ) {
		$hash = $this->hash( $group );
		if ( $force || ! array_key_exists( $key, $this->known[ $hash ] ?? [] ) ) {
			$value = $this->ask( fn() => $this->redis->hGet( $hash, (string) $key ) );
			if ( false === $value || null === $value ) {
				$found = false;
				return false;
			}
			$this->known[ $hash ][ $key ] = $value[0];
		}
		$found = true;
		$value = $this->known[ $hash ][ $key ];
		return is_object( $value ) ? clone $value : $value;
	}

	/**
	 * Keeps a value.
	 *
	 * @param string $key   Its name.
	 * @param mixed  $value The value.
	 * @param string $group Its group.
	 */
	public function set( $key, $value, $group = 'default' ): bool {
		$hash                         = $this->hash( $group );
		$this->known[ $hash ][ $key ] = is_object( $value ) ? clone $value : $value;
		return false !== $this->ask( fn() => $this->redis->hSet( $hash, (string) $key, [ $value ] ) );
	}

	/**
	 * Forgets a value.
	 *
	 * @param string $key   Its name.
	 * @param string $group Its group.
	 */
	public function delete( $key, $group = 'default' ): bool {
		$hash = $this->hash( $group );
		unset( $this->known[ $hash ][ $key ] );
		return 1 === $this->ask( fn() => $this->redis->hDel( $hash, (string) $key ) );
	}

	/**
	 * Forgets everything.
	 */
	public function flush(): bool {
		$this->known = [];
		return true === $this->ask( fn() => $this->redis->flushDB() );
	}

	/**
	 * The name of a group's hash.
	 *
	 * @param string $group The group.
	 */
	private function hash( $group ): string {
		$group = (string) $group ?: 'default';
		return ( isset( $this->shared[ $group ] ) ? '' : $this->prefix ) . $group;
	}

	/**
	 * Whether Redis is there, by the name that the drop-ins in use have for this.
	 */
	public function redis_status(): bool {
		return ! $this->is_lost;
	}

	/**
	 * Asks Redis.
	 *
	 * @param callable(): mixed $question What to ask.
	 * @return mixed Null: nobody is there to be asked.
	 * @throws RedisException If it fails, unless that is to be overlooked.
	 */
	private function ask( callable $question ) {
		try {
			return $this->is_lost ? null : $this->answer( $question );
		} catch ( RedisException $exception ) {
			$fails         = getenv( 'REDIS_FAILS' );
			$this->is_lost = 'gracefully' === $fails;
			if ( 'deadly' === $fails ) {
				wp_die( 'Error establishing a Redis connection' );
			}
			if ( ! $this->is_lost && 'quietly' !== $fails ) {
				throw $exception;
			}
			return null;
		}
	}

	/**
	 * What Redis says.
	 *
	 * @param callable(): mixed $question What to ask.
	 * @return mixed
	 * @throws RedisException Also if it answers that it takes no changes, which is no exception by itself.
	 */
	private function answer( callable $question ) {
		$answer = $question();
		$error  = $this->redis->getLastError();
		$this->redis->clearLastError();
		if ( null !== $error ) {
			throw new RedisException( $error );
		}
		return $answer;
	}
};

function wp_cache_init(): void {
}

function wp_cache_get( $key, $group = '', $force = false, &$found = null ) {
	return $GLOBALS['wp_object_cache']->get( $key, $group, $force, $found );
}

function wp_cache_set( $key, $data, $group = '', $expire = 0 ): bool {
	return $GLOBALS['wp_object_cache']->set( $key, $data, $group );
}

function wp_cache_add( $key, $data, $group = '', $expire = 0 ): bool {
	wp_cache_get( $key, $group, false, $found );
	return ! $found && ! wp_suspend_cache_addition() && wp_cache_set( $key, $data, $group );
}

function wp_cache_replace( $key, $data, $group = '', $expire = 0 ): bool {
	wp_cache_get( $key, $group, false, $found );
	return $found && wp_cache_set( $key, $data, $group );
}

function wp_cache_incr( $key, $offset = 1, $group = '' ) {
	$value = max( 0, (int) wp_cache_get( $key, $group ) + $offset );
	wp_cache_set( $key, $value, $group );
	return $value;
}

function wp_cache_decr( $key, $offset = 1, $group = '' ) {
	return wp_cache_incr( $key, -$offset, $group );
}

function wp_cache_delete( $key, $group = '' ): bool {
	return $GLOBALS['wp_object_cache']->delete( $key, $group );
}

function wp_cache_flush(): bool {
	return $GLOBALS['wp_object_cache']->flush();
}

function wp_cache_close(): bool {
	return true;
}

function wp_cache_add_global_groups( $groups ): void {
	$GLOBALS['wp_object_cache']->share( $groups );
}

function wp_cache_add_non_persistent_groups( $groups ): void {
}

function wp_cache_switch_to_blog( $blog_id ): void {
	$GLOBALS['wp_object_cache']->switch_to_blog( $blog_id );
}
