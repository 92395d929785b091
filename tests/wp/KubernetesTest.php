<?php
/**
 * The manifest that ships is one that Kubernetes takes, and its pods, run here as plain processes, register every site once.
 *
 * @package WccomHost
 */

declare(strict_types=1);

namespace WccomHost\Tests;

use PHPUnit\Framework\Attributes\DataProvider;

final class KubernetesTest extends ControlHostTestCase {
	private const MANIFEST = 'examples/kubernetes-job.yaml';

	/** The oldest that the manifest names, and the newest whose schemas the validator has. */
	private const VERSIONS = [ '1.29', '1.33', '1.37' ];

	private const SITES = 40;

	/** So many that a shard of them takes seconds, at the rate in the manifest. */
	private const MANY_SITES = 400;

	private const CONCURRENCY = 16;

	public function test_the_manifest_is_valid(): void {
		foreach ( self::VERSIONS as $version ) {
			$run = $this->validate( $this->manifest(), $version );
			self::assertExit( 0, $run );
			self::assertSame( 2, substr_count( $run->output(), ' passed ' ), (string) $run );
		}
	}

	/** @dataProvider mistakes */
	#[DataProvider( 'mistakes' )]
	public function test_a_mistake_in_it_would_be_found( string $right, string $wrong ): void {
		$manifest = str_replace( $right, $wrong, $this->manifest(), $count );
		self::assertSame( 1, $count );
		$run = $this->validate( $manifest, self::VERSIONS[1] );
		self::assertNotSame( 2, substr_count( $run->output(), ' passed ' ), (string) $run );
	}

	/** @return array<string, array{string, string}> */
	public static function mistakes(): array {
		return [
			'a field that does not exist' => [ 'backoffLimitPerIndex:', 'backoffLimitPerindex:' ],
			'a field in a wrong place'    => [ '  completionMode:', "  restartPolicy: Never\n  completionMode:" ],
			'text for a number'           => [ 'completions: 4', 'completions: four' ],
			'text for a mode'             => [ 'defaultMode: 0400', 'defaultMode: "0400"' ],
			'one code for a list'         => [ 'values: [1, 3, 5, 7]', 'values: 1' ],
			'no containers'               => [ 'containers:', 'initContainers:' ],
			'no kind of this name'        => [ 'kind: Job', 'kind: IndexedJob' ],
		];
	}

	public function test_what_no_schema_checks_fits_together(): void {
		$job    = $this->job();
		$pod    = $job['template']['spec'];
		$shards = $job['completions'];
		self::assertSame( 'Indexed', $job['completionMode'] );
		self::assertSame( $shards, $job['parallelism'] );
		self::assertContains( "--shard=\$(JOB_COMPLETION_INDEX)/$shards", $this->container()['args'] );
		self::assertContains( '--concurrency=' . self::CONCURRENCY, $this->container()['args'] );
		// Kubernetes refuses a podFailurePolicy with another one.
		self::assertSame( 'Never', $pod['restartPolicy'] );
		self::assertSame( 'Failed', $job['podReplacementPolicy'] );
		self::assertGreaterThan( 60, $pod['terminationGracePeriodSeconds'] );
		self::assertSame( 0400, $pod['volumes'][1]['secret']['defaultMode'] );
		// A rule that comes first wins: a shard that was evicted goes on, whatever its exit code.
		[ $evicted, $final ] = $job['podFailurePolicy']['rules'];
		self::assertSame( [ 'Ignore', 'DisruptionTarget' ], [ $evicted['action'], $evicted['onPodConditions'][0]['type'] ] );
		self::assertSame( 'FailIndex', $final['action'] );
		self::assertSame( $this->container()['name'], $final['onExitCodes']['containerName'] );
		self::assertSame( [ 1, 3, 5, 7 ], $final['onExitCodes']['values'] );
		foreach ( $this->container()['volumeMounts'] as $mount ) {
			self::assertContains( $mount['name'], array_column( $pod['volumes'], 'name' ) );
		}
	}

	public function test_the_shards_register_every_site_and_none_twice(): void {
		$urls  = $this->list_sites( self::SITES );
		$found = [];
		foreach ( range( 0, $this->job()['completions'] - 1 ) as $index ) {
			self::assertExit( 0, $this->run_pod( $index ) );
			$lines = $this->lines_of( $index );
			self::assertNotSame( [], $lines, "Shard $index has no site." );
			$found = [ ...$found, ...array_column( $lines, 'url' ) ];
			self::assertSame( 0600, fileperms( $this->control_host->path( "claim/shard-$index/registered.jsonl" ) ) & 0777 );
		}
		sort( $found );
		sort( $urls );
		self::assertSame( $urls, $found );
		self::assertCount( self::SITES, $this->sandbox->orders() );

		self::assertExit( 0, $this->run_pod( 0 ) );
		self::assertCount( self::SITES, $this->sandbox->orders(), 'A shard that ran again sent something again.' );
	}

	/** @dataProvider ends */
	#[DataProvider( 'ends' )]
	public function test_a_pod_that_is_ended_is_resumed_by_the_next_one( int $signal, int $exit_code ): void {
		$this->list_sites( self::MANY_SITES );
		$pod = $this->start_pod( 1 );
		wait_for( fn() => count( $this->sandbox->orders() ) > 2, 'the first orders' );
		$pod->signal( $signal );
		self::assertExit( $exit_code, $this->control_host->finish( $pod ) );
		self::assertNotContains( $exit_code, $this->job()['podFailurePolicy']['rules'][1]['onExitCodes']['values'], 'The shard would not go on.' );
		$before = count( $this->sandbox->orders() );

		$rest    = $this->run_pod( 1 );
		$unknown = count( array_keys( array_column( $this->lines_of( 1 ), 'status' ), 'unknown', true ) );
		self::assertExit( 0 === $unknown ? 0 : 5, $rest );
		self::assertLessThanOrEqual( SIGTERM === $signal ? 0 : self::CONCURRENCY, $unknown );
		self::assertSame( array_unique( $this->sandbox->sites() ), $this->sandbox->sites(), 'A site was registered twice.' );
		self::assertEqualsWithDelta( count( $this->lines_of( 1 ) ), count( $this->sandbox->orders() ), $unknown );
		self::assertGreaterThan( $before, count( $this->sandbox->orders() ) );
	}

	/** @return array<string, array{int, int}> */
	public static function ends(): array {
		return [
			'as by kubectl delete pod'    => [ SIGTERM, 4 ],
			'as by a node without memory' => [ SIGKILL, 128 + SIGKILL ],
		];
	}

	private function manifest(): string {
		return (string) file_get_contents( dirname( __DIR__, 2 ) . '/php/' . self::MANIFEST );
	}

	private function validate( string $manifest, string $version ): Run {
		$this->control_host->write( 'manifest.yaml', $manifest );
		return $this->control_host->type( getenv( 'WCCOM_HOST_PYTHON_TOOLS' ) . "/kubernetes-validate --strict --kubernetes-version $version manifest.yaml" );
	}

	/** @return array<string, mixed> */
	private function job(): array {
		$this->control_host->write( 'manifest.yaml', $this->manifest() );
		$run = $this->control_host->type( getenv( 'WCCOM_HOST_PYTHON_TOOLS' ) . '/python -c "import json, yaml; print(json.dumps(list(yaml.safe_load_all(open(\'manifest.yaml\')))))"' );
		self::assertExit( 0, $run );
		return array_column( $run->json(), null, 'kind' )['Job']['spec'];
	}

	/** @return array<string, mixed> */
	private function container(): array {
		return $this->job()['template']['spec']['containers'][0];
	}

	private function run_pod( int $index ): Run {
		return $this->control_host->finish( $this->start_pod( $index ) );
	}

	/** Starts the command of one pod, with the folders of its volumes in the place of their mounts. */
	private function start_pod( int $index ): Process {
		$expanded  = fn( string $text ) => str_replace( '$(JOB_COMPLETION_INDEX)', (string) $index, $text );
		$container = $this->container();
		$folders   = [];
		foreach ( $container['volumeMounts'] as $mount ) {
			$folders[ $mount['mountPath'] . '/' ] = match ( $mount['name'] ) {
				'claim' => $this->folder( 'claim/' . $expanded( $mount['subPathExpr'] ?? $mount['subPath'] ) ),
				'key'   => $this->folder( 'etc' ),
				'tmp'   => $this->folder( 'tmp' ),
			};
		}
		copy( $this->control_host->path( 'etc/sites.csv' ), $this->folder( 'claim/list' ) . 'sites.csv' );
		$words = array_map( fn( string $word ) => strtr( $expanded( $word ), $folders ), [ ...$container['command'], ...$container['args'] ] );
		return $this->control_host->start( 'exec ' . implode( ' ', array_map( 'escapeshellarg', $words ) ) );
	}

	/** @return list<string> Their addresses. */
	private function list_sites( int $count ): array {
		$urls = array_map( fn( int $number ) => "https://shop-$number.example.com", range( 1, $count ) );
		$this->control_host->list_sites( ...$urls );
		return $urls;
	}

	/** @return list<array<string, mixed>> The lines of one shard's output. */
	private function lines_of( int $index ): array {
		return array_map( fn( string $line ) => json_decode( $line, true ), file( $this->control_host->path( "claim/shard-$index/registered.jsonl" ) ) );
	}

	private function folder( string $name ): string {
		$path = $this->control_host->path( $name );
		is_dir( $path ) || mkdir( $path, 0700, true );
		return "$path/";
	}
}
