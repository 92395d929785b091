<?php
/**
 * A database that is as strict as it can be, after WordPress has asked it not to be.
 *
 * @package WccomHost
 */

$GLOBALS['wpdb']->query( "SET SESSION sql_mode = 'TRADITIONAL,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_BACKSLASH_ESCAPES,ANSI_QUOTES'" );
