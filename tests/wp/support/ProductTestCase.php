<?php
/**
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

/**
 * Products are installed; their links are as secret as everything else.
 */
abstract class ProductTestCase extends SiteTestCase {

	private ?Store $store = null;

	protected function tearDown(): void {
		$this->store?->stop();
		$this->store = null;
		parent::tearDown();
	}

	protected function assertPostConditions(): void {
		parent::assertPostConditions();
		$seen = implode( "\n", array_map( fn( Run $run ) => $run->output(), $this->site->runs ) ) . $this->site->files() . $this->site->database_file();
		foreach ( [ 'AWSAccessKeyId', 'Signature=', Store::SIGNATURE ] as $part ) {
			self::assertStringNotContainsString( $part, $seen, 'Printed, logged or written: a download link' );
		}
		self::assertSame( [], glob( $this->folder() . '/tmp/*' ), 'A folder for downloads was left.' );
		self::assertSame( [], glob( $this->site->path( '/wp-content/upgrade-temp-backup/*/*' ) ), 'An old version, or a mark, was left.' );
		self::assertFileDoesNotExist( $this->site->path( '/.maintenance' ) );
	}

	/**
	 * Runs a command, with the settings of a live site: an older WooCommerce fills the screen with deprecations otherwise.
	 *
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 */
	protected function command( string $command, array $env = [], array $ini = [], string $stdin = '' ): Run {
		return $this->site->command( $command, $stdin, $env + $this->live(), $ini );
	}

	/**
	 * Those settings, and a folder for downloads that no other test uses.
	 *
	 * @return array<string, string|null>
	 */
	protected function live(): array {
		if ( ! is_dir( $this->folder() . '/tmp' ) ) {
			mkdir( $this->folder() . '/tmp' );
		}
		return [
			'SITE_DEBUG' => null,
			'TMPDIR'     => $this->folder() . '/tmp',
		];
	}

	/**
	 * Runs `product install` and gives the rows, by slug.
	 *
	 * @param array<string, string|null> $env
	 * @param array<string, string>      $ini
	 * @return array<string, array<string, mixed>>
	 */
	protected function install( string $arguments, int $exit_code = 0, array $env = [], array $ini = [] ): array {
		$run = $this->command( "product install $arguments --format=json", $env, $ini );
		self::assertExit( $exit_code, $run );
		return array_column( $run->json(), null, 'slug' );
	}

	/** The store with files of the test's own. */
	protected function store(): Store {
		return $this->store ??= new Store( $this->folder() . '/store' );
	}

	/**
	 * Has WooCommerce.com offer these products, and no others.
	 *
	 * @param array<string, mixed> ...$products What differs from a plugin of version 2.0, with its `download_link`.
	 */
	protected function offer( array ...$products ): void {
		$defaults = [
			'name'         => 'A product',
			'type'         => 'plugins',
			'version'      => '2.0',
			'last_updated' => '2026-01-31',
			'homepage'     => 'https://woocommerce.test/products/a-product/',
		];
		$this->sandbox->fault( 'info', [ 'kind' => 'patch', 'set' => [ 'products' => array_map( fn( array $product ) => $product + $defaults, $products ) ] ], 20 );
	}

	/** A plugin's main file. */
	protected static function plugin( string $name, string $version = '2.0', string $code = '', string $headers = '' ): string {
		return "<?php\n/**\n * Plugin Name: $name\n * Version: $version\n$headers */\n$code\n";
	}

	/** Offers one plugin. */
	protected function offer_plugin( string $slug, string $version = '2.0', string $code = '' ): void {
		$link = $this->store()->zip(
			$slug,
			[
				"$slug/$slug.php"         => self::plugin( $slug, $version, $code ),
				"$slug/includes/more.php" => '<?php // ' . str_repeat( $version, 20000 ),
			]
		);
		$this->offer( [ 'slug' => $slug, 'version' => $version, 'download_link' => $link ] );
	}

	/** Puts a plugin into the site as somebody else would. */
	protected function put_plugin( string $folder, string $content ): void {
		mkdir( $this->site->path( "/wp-content/plugins/$folder" ) );
		file_put_contents( $this->site->path( "/wp-content/plugins/$folder/$folder.php" ), $content );
	}

	/** The version in the header of a plugin's main file; null if there is none. */
	protected function version_on_disk( string $slug ): ?string {
		$text = @file_get_contents( $this->site->path( "/wp-content/plugins/$slug/$slug.php" ) );
		return false !== $text && 1 === preg_match( '/^ \* Version: (.*)$/m', $text, $found ) ? $found[1] : null;
	}
}
