<?php
/**
 * Objects as a hostile script would hand them over.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

// phpcs:disable Generic.Files.OneObjectStructurePerFile, Squiz.Classes.ClassFileName

final class Thrown extends \LogicException {}

/** Nothing of it may be called: it is no array, and no text. */
final class Untouchable implements \ArrayAccess, \JsonSerializable, \Countable {

	public string $url = 'https://127.0.0.1/topsecret';

	public function __toString(): string {
		Script::touch();
	}

	public function __get( string $name ): mixed {
		Script::touch();
	}

	public function __isset( string $name ): bool {
		Script::touch();
	}

	public function __call( string $name, array $arguments ): mixed {
		Script::touch();
	}

	public function __serialize(): array {
		Script::touch();
	}

	public function __debugInfo(): array {
		++Script::$touched; // One that throws is a fatal error of PHP.
		return [];
	}

	public function offsetExists( mixed $offset ): bool {
		Script::touch();
	}

	public function offsetGet( mixed $offset ): mixed {
		Script::touch();
	}

	public function offsetSet( mixed $offset, mixed $value ): void {
		Script::touch();
	}

	public function offsetUnset( mixed $offset ): void {
		Script::touch();
	}

	public function jsonSerialize(): mixed {
		Script::touch();
	}

	public function count(): int {
		Script::touch();
	}
}

enum Pure {
	case One;
}

enum Backed: string {
	case One = 'https://127.0.0.1/topsecret';
}

final class Fixed {

	public readonly string $url;

	public function __construct( public readonly array $list = [] ) {
		$this->url = 'https://127.0.0.1/topsecret';
	}
}

final class Typed {

	public int $number = 5;

	public array $list = [];

	public ?array $nullable = null;

	public int|string $id = 'x';

	public mixed $anything = null;

	public ?self $object = null;
}

final class Dying {

	public function __construct( private readonly string $act, public mixed $held = null ) {}

	public function __destruct() {
		Script::act( $this->act );
	}
}

final class Callback {

	public function __construct( private readonly string $act, public mixed $held = null ) {}

	public function __invoke( mixed ...$arguments ): mixed {
		return Script::act( $this->act );
	}

	public function method( mixed $key, mixed $result = null ): mixed {
		return $this( $key, $result );
	}

	public static function of_class(): mixed {
		return null;
	}

	public function __call( string $name, array $arguments ): mixed {
		return Script::act( $this->act );
	}
}

/** Does something in one of its methods, the n-th time that it is called. */
final class HostileIterator implements \Iterator {

	private int $position = 0;

	private int $calls = 0;

	/** @param list<array{mixed, mixed}> $items */
	public function __construct( private array $items, private readonly string $method, private readonly int $turn, private readonly string $act ) {}

	public function rewind(): void {
		$this->pass( __FUNCTION__ );
		$this->position = 0;
	}

	public function valid(): bool {
		return $this->pass( __FUNCTION__ ) || $this->position < count( $this->items );
	}

	public function current(): mixed {
		return $this->pass( __FUNCTION__ ) ?? $this->items[ $this->position ][1] ?? null;
	}

	public function key(): mixed {
		return $this->pass( __FUNCTION__ ) ?? $this->items[ $this->position ][0] ?? null;
	}

	public function next(): void {
		$this->pass( __FUNCTION__ );
		++$this->position;
	}

	private function pass( string $method ): mixed {
		if ( $method !== $this->method || $this->turn !== $this->calls++ ) {
			return null;
		}
		if ( 'empty' === $this->act ) {
			$this->items = [];
			return null;
		}
		$value = Script::act( $this->act );
		return 'valid' === $method ? false !== $value && null !== $value : $value;
	}
}

/** An array that changes while it is read. */
final class ChangingArray extends \ArrayIterator {

	public function __construct( array $items, private readonly string $method ) {
		parent::__construct( $items );
	}

	public function valid(): bool {
		return $this->change( __FUNCTION__, parent::valid() );
	}

	public function key(): string|int|null {
		return $this->change( __FUNCTION__, parent::key() );
	}

	public function next(): void {
		parent::next();
		$this->change( __FUNCTION__, null );
	}

	private function change( string $method, mixed $value ): mixed {
		if ( $method === $this->method ) {
			foreach ( array_keys( $this->getArrayCopy() ) as $key ) {
				$this->offsetUnset( $key );
			}
		}
		return $value;
	}
}

/** The same, with nothing of its own but `key`: the engine reads the rest itself. */
final class VanishingArray extends \ArrayIterator {

	public function key(): string|int|null {
		$key = parent::key();
		foreach ( array_keys( $this->getArrayCopy() ) as $name ) {
			$this->offsetUnset( $name );
		}
		return $key;
	}
}

final class HostileAggregate implements \IteratorAggregate {

	public function __construct( private readonly string $act, private readonly mixed $inner ) {}

	public function getIterator(): \Traversable {
		Script::act( $this->act );
		return $this->inner ?? $this;
	}
}
