<?php
/**
 * A registration with everything that belongs to it: `wp wccom-host register --install`.
 *
 * @package WccomHost
 */

declare( strict_types=1 );

namespace WccomHost\Cli;

use WP_CLI\Utils;

/**
 * What comes before the registration, so that it is not made in vain, and what comes after it; with one result for both.
 */
final class Provisioning {

	/**
	 * The result of the registration, once it is there.
	 *
	 * @var array<string, mixed>|null
	 */
	private ?array $registration = null;

	/**
	 * Where and how to print it.
	 *
	 * @var Output
	 */
	private Output $output;

	/**
	 * Whether the products need a table of their own.
	 *
	 * @var boolean
	 */
	private bool $is_flat;

	/**
	 * What is installed, once it is known.
	 *
	 * @var Product_Installation|null
	 */
	private ?Product_Installation $installation = null;

	/**
	 * What becomes of each product.
	 *
	 * @var Product_Results|null
	 */
	private ?Product_Results $results = null;

	/**
	 * The options of the extension, with the key, until the package has been asked for.
	 *
	 * @var array<string, mixed>
	 */
	private array $options = [];

	/**
	 * For one run of the command.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @param list<string>|null    $named      The slugs in --install; null for those of --products, or all of the package.
	 */
	private function __construct( private array $assoc_args, private ?array $named ) {
		$this->is_flat = in_array( $assoc_args['format'] ?? 'table', [ 'table', 'csv' ], true );
		$this->output  = new Output( $assoc_args, $this->is_flat ? Completion::FIELDS : [ ...Completion::FIELDS, 'products' ] );
	}

	/**
	 * For a command that was asked for it; null if it was not.
	 *
	 * @param array<string, mixed> $assoc_args The command's options.
	 * @throws Problem If its options do not fit together.
	 */
	public static function asked_for( array $assoc_args ): ?self {
		$install = Utils\get_flag_value( $assoc_args, 'install', false );
		if ( false === $install ) {
			if ( Utils\get_flag_value( $assoc_args, 'activate', false ) ) {
				throw new Problem( Exit_Code::PREFLIGHT, '--activate belongs to --install. Nothing was sent.', 'Add --install, or leave --activate out.' );
			}
			return null;
		}
		if ( ! Utils\get_flag_value( $assoc_args, 'save', true ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--install needs the connection, and --no-save does not save it. Nothing was sent.', 'Leave one of them out.' );
		}
		if ( 'csv' === ( $assoc_args['format'] ?? 'table' ) ) {
			throw new Problem( Exit_Code::PREFLIGHT, '--install gives a registration and a list of products, which is not one document of CSV. Nothing was sent.', 'Ask for --format=json' );
		}
		return new self( $assoc_args, true === $install ? null : Product_Choice::of_list( '--install', (string) $install ) );
	}

	/**
	 * The second half of the registration, which goes on here.
	 */
	public function completion(): Completion {
		$is_porcelain = Utils\get_flag_value( $this->assoc_args, 'porcelain', false );
		return new Completion(
			array_diff_key( $this->assoc_args, [ 'fields' => '' ] ),
			$is_porcelain ? null : function ( array $result ): void {
				$this->registration = $result;
			}
		);
	}

	/**
	 * Once WooCommerce is loaded, and before a connection is saved.
	 *
	 * @param array<string, mixed> $options The options of the extension, with the key.
	 */
	public function begin( #[\SensitiveParameter] array $options ): void {
		$this->options = $options;
		if ( ! Before_Wordpress::is_asked_to( 'load-plugins' ) ) {
			// What WooCommerce would do when the connection is saved: ask for subscriptions, for its notes to the shop's manager.
			remove_all_actions( 'update_option_' . Connection::OPTION );
		}
	}

	/**
	 * Finds out what there is to install: before a request that makes an order, but after what needs no request.
	 *
	 * @return list<string> The slugs.
	 * @throws Problem If it is not there, if the site's database takes nothing, or if another process is installing.
	 */
	public function prepare(): array {
		Install_Lock::take();
		Write_Test::run();
		$products = $this->assoc_args['products'] ?? null;
		$package  = new Product_Package( $this->options );
		$slugs    = $package->slugs( $this->named ?? ( null === $products ? null : Product_Choice::of_list( '--products', (string) $products ) ) );

		$this->results      = new Product_Results( $slugs );
		$this->installation = new Product_Installation( $package, $slugs, null !== $this->named, (bool) Utils\get_flag_value( $this->assoc_args, 'activate', false ), false );
		$this->options      = [];
		return $slugs;
	}

	/**
	 * Does something, and prints the result of the registration if the rest is not done.
	 *
	 * @param callable(): void $register Registers the site, or finds that it is.
	 * @throws Problem If it is not registered, or the connection does not work.
	 */
	public function register( #[\SensitiveParameter] callable $register ): void {
		try {
			$register();
		} catch ( Problem $problem ) {
			if ( null !== $this->registration ) {
				$this->print();
			}
			throw $problem;
		}
	}

	/**
	 * Installs the products, and prints everything.
	 *
	 * @return int The exit code of the command.
	 */
	public function install(): int {
		Ended_Work::or_done(
			function (): void {
				if ( null === $this->installation ) {
					$this->prepare_registered();
				}
				try {
					$this->installation->run( $this->results );
				} catch ( Problem $problem ) {
					$this->print();
					throw $this->unfinished( rtrim( $problem->getMessage() ) );
				}
			},
			function ( string $why ): Problem {
				$this->print();
				return $this->unfinished( $why );
			}
		);
		$this->print();
		if ( Exit_Code::DONE !== $this->results->exit_code() ) {
			throw $this->unfinished( 'The list says what became of each product' );
		}
		return Exit_Code::DONE;
	}

	/**
	 * Finds out what there is to install for a site that needed no request to be registered.
	 *
	 * @throws Problem If it is not there: that says nothing of the registration.
	 */
	private function prepare_registered(): void {
		try {
			$this->prepare();
		} catch ( Problem $problem ) {
			$this->print();
			$why = str_replace( [ "\nNothing was changed: the command can be run again.", "\nNothing was changed.", ' Nothing was changed.' ], '', $problem->getMessage() );
			throw $this->unfinished( $why, Exit_Code::PREFLIGHT === $problem->getCode() ? Exit_Code::PREFLIGHT : Exit_Code::NOT_INSTALLED );
		}
	}

	/**
	 * A registered site without all of its products.
	 *
	 * @param string $why       Why.
	 * @param int    $exit_code PREFLIGHT if the command cannot succeed as it was typed.
	 */
	private function unfinished( string $why, int $exit_code = Exit_Code::NOT_INSTALLED ): Problem {
		$order_id   = $this->registration['order_id'] ?? null;
		$is_forced  = Utils\get_flag_value( $this->assoc_args, 'force', false );
		$registered = 'The site is registered' . ( null === $order_id ? '' : " (order $order_id)" ) . ' and connected, but ';
		$installed  = Utils\get_flag_value( $this->assoc_args, 'activate', false ) ? 'installed and active' : 'installed';
		return new Problem(
			$exit_code,
			$registered . ( null === $this->installation ? 'its products could not be looked for. ' : "not every product is $installed. " ) . rtrim( $why, '.' ) . '.',
			'When the cause is gone, run the same command again' . ( $is_forced ? ', but without --force' : '' ) . ': it does what is left, and registers nothing a second time.'
		);
	}

	/**
	 * Prints the registration and the products: in one structure, or as two tables.
	 */
	private function print(): void {
		$rows = $this->results?->rows() ?? [];
		if ( null === $this->registration ) {
			return;
		}
		$this->output->item( $this->registration + [ 'products' => $rows ] );
		if ( $this->is_flat ) {
			( new Output( array_intersect_key( $this->assoc_args, [ 'format' => '' ] ), Product_Results::FIELDS ) )->items( $rows );
		}
	}
}
