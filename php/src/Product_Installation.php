<?php
/**
 * Products of the package, from the store into this site.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

/**
 * One after another; when one fails, the others go on. First all are installed, then WordPress is told, then they are
 * activated: the code of a product runs when key and links are not needed any more, and are gone.
 */
final class Product_Installation {

	/**
	 * What the site has of each product, once it is known.
	 *
	 * @var array<string, Installed_Product>
	 */
	private array $installed = [];

	/**
	 * For one run of a command.
	 *
	 * @param Product_Package $package      The package.
	 * @param list<string>    $slugs        The products.
	 * @param bool            $is_named     Whether they were named one by one.
	 * @param bool            $is_activated Whether they are to be activated.
	 * @param bool            $is_forced    Whether one that is there already is installed again.
	 * @throws Problem If they cannot all be activated.
	 */
	public function __construct(
		private Product_Package $package,
		private array $slugs,
		private bool $is_named,
		private bool $is_activated,
		private bool $is_forced,
	) {
		$themes = array_filter( $slugs, static fn ( string $slug ): bool => 'theme' === $package->type( $slug ) );
		if ( $is_activated && $is_named && count( $themes ) > 1 ) {
			throw new Problem( Exit_Code::PREFLIGHT, 'A site has one theme, and these are ' . count( $themes ) . ': ' . implode( ', ', $themes ) . '. Nothing was changed.', 'Name one of them, or leave --activate out.' );
		}
	}

	/**
	 * Does all of it.
	 *
	 * @param Product_Results $results Where it is kept what became of each.
	 * @throws Problem If nothing can be installed at all.
	 */
	public function run( Product_Results $results ): void {
		Install_Lock::take();
		try {
			Temporary_Folder::during( fn ( string $folder ) => $this->install_all( $results, $folder ) );
			if ( $this->is_activated ) {
				$this->activate_all( $results );
			}
		} finally {
			Site_State::compare();
			foreach ( $this->installed as $slug => $product ) {
				$results->set_active( (string) $slug, $product->is_active() );
			}
		}
	}

	/**
	 * Installs each.
	 *
	 * @param Product_Results $results Where it is kept what became of each.
	 * @param string          $folder  A folder for downloads.
	 */
	private function install_all( Product_Results $results, string $folder ): void {
		$upgrader = new Product_Upgrader();
		try {
			foreach ( $this->slugs as $slug ) {
				$this->try_install( $slug, $results, $upgrader, "$folder/$slug.zip" );
			}
		} finally {
			Product_Upgrader::undisturbed( static fn () => $upgrader->finish() );
			Installed_Product::forget_known();
			$this->package->forget_secrets();
			Secrets::forget();
		}
	}

	/**
	 * Installs one, or keeps why it was not.
	 *
	 * @param string           $slug     The product.
	 * @param Product_Results  $results  Where it is kept what became of it.
	 * @param Product_Upgrader $upgrader Puts it into the site.
	 * @param string           $file     Where its file is to be meanwhile.
	 * @throws Interrupted If the command is to end.
	 */
	private function try_install( string $slug, Product_Results $results, Product_Upgrader $upgrader, string $file ): void {
		try {
			$this->install( $slug, $results, $upgrader, $file );
		} catch ( Product_Failure | Interrupted $problem ) {
			$is_interrupted = $problem instanceof Interrupted;
			// It may have been put in its place before the signal was heard.
			if ( ! $is_interrupted || 'failed' === $results->status( $slug ) ) {
				$results->set( $slug, 'failed', $is_interrupted ? 'interrupted' : $problem->getMessage(), $this->package->type( $slug ), ( $this->installed[ $slug ] ?? null )?->version );
			}
			if ( $is_interrupted ) {
				throw $problem;
			}
		}
	}

	/**
	 * Installs one, unless there is nothing to do.
	 *
	 * @param string           $slug     The product.
	 * @param Product_Results  $results  Where it is kept what became of it.
	 * @param Product_Upgrader $upgrader Puts it into the site.
	 * @param string           $file     Where its file is to be meanwhile.
	 * @throws Product_Failure If it is not installed.
	 */
	private function install( string $slug, Product_Results $results, Product_Upgrader $upgrader, string $file ): void {
		$type = $this->package->type( $slug );
		foreach ( null === $type ? [ 'plugin', 'theme' ] : [ $type ] as $possible ) {
			self::put_back( $possible, $slug );
		}
		$there = Installed_Product::in_folder( $type, $slug );
		if ( null !== $there && $this->is_kept( $slug, $there, $this->package->version( $slug ), $results ) ) {
			return;
		}
		$this->require_replaceable( $there );
		Product_Download::fetch( $this->package, $slug, $file );
		$archive = Product_Archive::read( $file, $type );
		$there   = $this->other_version( $slug, $archive );
		if ( null !== $there && $this->is_kept( $slug, $there, $archive->version, $results ) ) {
			return;
		}
		Product_Upgrader::undisturbed( fn () => $this->put( $slug, $file, $archive, $there, $results, $upgrader ) );
	}

	/**
	 * Puts it into the site.
	 *
	 * @param string                 $slug     The product.
	 * @param string                 $file     Its file.
	 * @param Product_Archive        $archive  What it holds.
	 * @param Installed_Product|null $there    The other version that the site has.
	 * @param Product_Results        $results  Where it is kept what became of it.
	 * @param Product_Upgrader       $upgrader Does it.
	 * @throws Product_Failure If it is not installed.
	 */
	private function put( string $slug, string $file, Product_Archive $archive, ?Installed_Product $there, Product_Results $results, Product_Upgrader $upgrader ): void {
		$upgrader->put( $file, $archive, $there );
		unlink( $file );
		Installed_Product::forget_known();
		$now = Installed_Product::in_folder( $archive->type, $archive->folder );
		if ( null === $now ) {
			throw new Product_Failure( 'WordPress does not find it, although it was installed' );
		}
		$this->installed[ $slug ] = $now;
		$results->set( $slug, null === $there ? 'installed' : 'updated', self::change( $there, $now ), $now->type, $now->version );
	}

	/**
	 * The version of an archive's product that the site has; null if it has none.
	 *
	 * @param string          $slug    The product.
	 * @param Product_Archive $archive The archive.
	 * @throws Product_Failure If the archive must not be put into the site.
	 */
	private function other_version( string $slug, Product_Archive $archive ): ?Installed_Product {
		if ( $archive->folder !== $slug ) {
			self::put_back( $archive->type, $archive->folder );
		}
		$there = Installed_Product::in_folder( $archive->type, $archive->folder );
		if ( null !== $there && ( $there->is_woocommerce() || ! $there->is_same( $archive, $slug ) ) ) {
			throw new Product_Failure( "the folder {$there->path()} has another $there->type: $there->name" . ( '' === $there->version ? '' : " $there->version" ) );
		}
		$elsewhere = Installed_Product::elsewhere( $archive );
		if ( null === $there && null !== $elsewhere ) {
			throw new Product_Failure( "it is installed already, in another folder: {$elsewhere->path()}" );
		}
		$this->require_replaceable( $there );
		return $there;
	}

	/**
	 * Whether what the site has stays as it is; if so, this is the product's result.
	 *
	 * @param string            $slug    The product.
	 * @param Installed_Product $there   What the site has.
	 * @param string|null       $offered The version that can be had; null if it is not known yet.
	 * @param Product_Results   $results Where it is kept.
	 */
	private function is_kept( string $slug, Installed_Product $there, ?string $offered, Product_Results $results ): bool {
		$this->installed[ $slug ] = $there;
		$is_half                  = ( new Unfinished_Install( $there->type, $there->folder ) )->is_half();
		if ( $is_half || $this->is_forced || '' === $there->version || null === $offered || '' === $offered || version_compare( $there->version, $offered, '<' ) ) {
			return false;
		}
		$is_newer = version_compare( $there->version, $offered, '>' );
		$results->set( $slug, 'skipped', $is_newer ? "newer than what WooCommerce.com offers, $offered" : 'at this version already', $there->type, $there->version );
		return true;
	}

	/**
	 * Refuses to replace what is not a folder of this site's own.
	 *
	 * @param Installed_Product|null $there What the site has.
	 * @throws Product_Failure If it is a link.
	 */
	private function require_replaceable( ?Installed_Product $there ): void {
		if ( null !== $there && is_link( $there->path() ) ) {
			throw new Product_Failure( "{$there->path()} is a link to " . realpath( $there->path() ) . ', which this site may share with others: it is left alone' );
		}
	}

	/**
	 * Puts right what a run that was killed has left. Half of a product is no reason to remove it: it may have been put right
	 * by somebody since, and is replaced below.
	 *
	 * @param string $type   Either `plugin` or `theme`.
	 * @param string $folder The folder.
	 */
	private static function put_back( string $type, string $folder ): void {
		$unfinished = new Unfinished_Install( $type, $folder );
		if ( $unfinished->is_half() && null !== Installed_Product::in_folder( $type, $folder ) ) {
			return;
		}
		$done = $unfinished->put_back();
		if ( null !== $done ) {
			\WP_CLI::warning( "$folder: $done." );
		}
	}

	/**
	 * What was replaced, in words.
	 *
	 * @param Installed_Product|null $before What the site had.
	 * @param Installed_Product      $now    What it has.
	 */
	private static function change( ?Installed_Product $before, Installed_Product $now ): ?string {
		if ( null === $before ) {
			return null;
		}
		return $before->version === $now->version ? 'installed again' : 'was ' . ( '' === $before->version ? 'of no known version' : $before->version );
	}

	/**
	 * Activates what is there: plugins; a theme only if it was named, since it changes what the customer's visitors see.
	 *
	 * @param Product_Results $results Where it is kept what became of each.
	 */
	private function activate_all( Product_Results $results ): void {
		$licence = new Product_Licence();
		$themes  = array_filter( $this->installed, static fn ( Installed_Product $product ): bool => 'theme' === $product->type );
		foreach ( $this->installed as $slug => $product ) {
			if ( 'failed' === $results->status( (string) $slug ) ) {
				continue;
			}
			if ( 'theme' === $product->type && ! ( $this->is_named && 1 === count( $themes ) ) ) {
				Output::say( "$slug: not activated, since it is a theme" . ( $this->is_named ? ' and not the only one.' : ', and was not named.' ) );
				continue;
			}
			$this->activate( (string) $slug, $product, $licence, $results );
		}
	}

	/**
	 * Activates one, and has its licence connected.
	 *
	 * @param string            $slug    The product.
	 * @param Installed_Product $product What the site has of it.
	 * @param Product_Licence   $licence Watches WooCommerce.
	 * @param Product_Results   $results Where it is kept what became of it.
	 */
	private function activate( string $slug, Installed_Product $product, Product_Licence $licence, Product_Results $results ): void {
		$was_active = $product->is_active();
		$status     = $results->status( $slug );
		// If its code ends the process, this is what became of it.
		$results->set_reached( $slug, 'failed', "$status, but not activated: its code ended the command" );
		try {
			if ( ! $was_active ) {
				'theme' === $product->type ? Product_Activation::switch_theme( $product ) : Product_Activation::activate_plugin( $product );
			}
			$remark  = 'plugin' === $product->type ? $licence->ensure( $product ) : null;
			$is_news = ! $was_active || $licence->is_connected_now( $product );
			$results->set_activated( $slug, 'skipped' === $status && $is_news ? 'activated' : $status, $remark, $is_news );
		} catch ( Product_Failure $failure ) {
			$results->set( $slug, 'failed', "$status, " . ( $product->is_active() ? 'and active, but ' : 'but not activated: ' ) . $failure->getMessage(), $product->type, $product->version );
		} catch ( Interrupted $interrupted ) {
			$results->set( $slug, 'failed', "$status, " . ( $product->is_active() ? 'and active, but interrupted' : 'but not activated: interrupted' ), $product->type, $product->version );
			throw $interrupted;
		}
	}
}
