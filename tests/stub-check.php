<?php
/**
 * Compares the stub file with the compiled extension, and prints the differences.
 *
 *     php -n -d extension=target/release/libwccom_host.so tests/stub-check.php php/stubs/wccom_host.stub.php
 *
 * The stub is loaded by a second PHP that has no extension, since one process cannot have both.
 *
 * @package WccomHost
 */

declare(strict_types=1);

/** The type, the default and the rest of a parameter, as one would write it. */
function describe_parameter( ReflectionParameter $parameter ): string {
	return trim( $parameter->getType() . ' ' )
		. ( $parameter->isPassedByReference() ? ' &' : ' ' )
		. ( $parameter->isVariadic() ? '...' : '' ) . '$' . $parameter->getName()
		. ( $parameter->isDefaultValueAvailable() ? ' = ' . json_encode( $parameter->getDefaultValue() ) : '' )
		. ( $parameter->isOptional() && ! $parameter->isDefaultValueAvailable() ? ' (optional)' : '' );
}

/** A function's or method's signature. */
function describe_function( ReflectionFunctionAbstract $function ): string {
	return '(' . implode( ', ', array_map( 'describe_parameter', $function->getParameters() ) ) . '): ' . ( $function->getReturnType() ?? 'nothing declared' );
}

/**
 * What a class adds to its parent, name by name.
 *
 * @return array<string, string>
 */
function describe_class( ReflectionClass $class ): array {
	$name  = $class->getName();
	$lines = [
		"class $name" => ( $class->isFinal() ? 'final ' : '' ) . ( $class->isAbstract() ? 'abstract ' : '' )
			. 'extends ' . ( $class->getParentClass() ? $class->getParentClass()->getName() : 'nothing' ),
	];
	foreach ( $class->getReflectionConstants() as $constant ) {
		$lines[ "$name::" . $constant->getName() ] = json_encode( $constant->getValue() );
	}
	foreach ( $class->getProperties( ReflectionProperty::IS_PUBLIC ) as $property ) {
		$lines[ "$name::\$" . $property->getName() ] = ( $property->isStatic() ? 'static ' : '' ) . ( $property->isReadOnly() ? 'readonly ' : '' )
			. $property->getType() . ' = ' . json_encode( $property->getDefaultValue() );
	}
	foreach ( $class->getMethods( ReflectionMethod::IS_PUBLIC ) as $method ) {
		if ( $method->getDeclaringClass()->getName() === $name ) {
			$lines[ "$name::" . $method->getName() . '()' ] = describe_function( $method );
		}
	}
	return $lines;
}

/**
 * @param list<ReflectionFunction> $functions
 * @param list<ReflectionClass>    $classes
 * @return array<string, string>
 */
function describe( array $functions, array $classes ): array {
	$lines = [];
	foreach ( $functions as $function ) {
		$lines[ $function->getName() . '()' ] = describe_function( $function );
	}
	$lines = array_merge( $lines, ...array_map( 'describe_class', $classes ) );
	ksort( $lines );
	return $lines;
}

/**
 * What the stub file declares.
 *
 * @return array<string, string>
 */
function describe_stub( string $file ): array {
	$functions = get_defined_functions()['user'];
	$classes   = get_declared_classes();
	require $file;
	return describe(
		array_map( fn( string $name ) => new ReflectionFunction( $name ), array_values( array_diff( get_defined_functions()['user'], $functions ) ) ),
		array_map( fn( string $name ) => new ReflectionClass( $name ), array_values( array_diff( get_declared_classes(), $classes ) ) )
	);
}

if ( '--describe' === $argv[1] ) {
	echo serialize( describe_stub( $argv[2] ) );
	exit( 0 );
}
if ( ! extension_loaded( 'wccom_host' ) ) {
	fwrite( STDERR, "The extension wccom_host is not loaded.\n" );
	exit( 1 );
}

$extension = new ReflectionExtension( 'wccom_host' );
$compiled  = describe( array_values( $extension->getFunctions() ), array_values( $extension->getClasses() ) );
$second    = proc_open( [ PHP_BINARY, '-n', __FILE__, '--describe', $argv[1] ], [ 1 => [ 'pipe', 'w' ] ], $pipes );
$declared  = unserialize( stream_get_contents( $pipes[1] ), [ 'allowed_classes' => false ] );
if ( 0 !== proc_close( $second ) || ! is_array( $declared ) || [] === $compiled ) {
	fwrite( STDERR, "$argv[1] cannot be loaded, or the extension declares nothing.\n" );
	exit( 1 );
}

$differences = 0;
foreach ( array_keys( $compiled + $declared ) as $name ) {
	$in_extension = $compiled[ $name ] ?? 'not there';
	$in_stub      = $declared[ $name ] ?? 'not there';
	if ( $in_extension !== $in_stub ) {
		++$differences;
		echo "$name\n  extension: $in_extension\n  stub:      $in_stub\n";
	}
}
if ( 0 !== $differences ) {
	echo "$argv[1] and the compiled extension differ in $differences places.\n";
	exit( 1 );
}
echo count( $compiled ) . " declarations are the same in $argv[1] and the compiled extension.\n";
