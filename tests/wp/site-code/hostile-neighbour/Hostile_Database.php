<?php
/**
 * The site's own $wpdb, which tells what it is asked.
 *
 * @package WccomHost
 */

/**
 * Has everything of the object that it stands for.
 */
class Hostile_Database extends Real_Database {

	public function query( $query ) {
		Hostile_Neighbour::take( 'database', $query );
		return parent::query( $query );
	}

	public static function in_place_of( object $real ): self {
		$copy = ( new ReflectionClass( self::class ) )->newInstanceWithoutConstructor();
		for ( $class = new ReflectionObject( $real ); false !== $class; $class = $class->getParentClass() ) {
			foreach ( $class->getProperties() as $property ) {
				$property->setAccessible( true );
				if ( ! $property->isStatic() && $property->isInitialized( $real ) ) {
					$property->setValue( $copy, $property->getValue( $real ) );
				}
			}
		}
		return $copy;
	}
}
