#!/usr/bin/env bash
# Makes WordPress sites with WooCommerce for the tests, the demonstration and the benchmark.
#   site.sh template <folder>               installs WordPress, activates WooCommerce and says which one it is
#   site.sh multisite <template> <folder>   the same as a network with a second site, /second/
#   site.sh copy <template> <folder> <url>  a site of its own in a moment: core and plugins are links, the database a copy
# Honoured: PHP, PHP_INI_SCAN_DIR, and WOOCOMMERCE_DIR, the WooCommerce plugin folder to use. The database is SQLite, a file
# below the site, unless WCCOM_HOST_TEST_DATABASE is mariadb: then it is one of the server of mariadb.sh whose folder is in
# WCCOM_HOST_TEST_SERVER. The site's file database.dsn says which.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wccom-host
files=$("$here/wp-studio.sh")

# WP-CLI, for at most so many seconds, without the caller's own configuration and packages.
wp_within() {
	local seconds=$1 site=$2
	shift 2
	timeout "$seconds" env HOME="$site" WP_CLI_CONFIG_PATH=/dev/null WP_CLI_ALLOW_ROOT=1 WP_CLI_CACHE_DIR="$cache/wp-cli" \
		"${PHP:-php}" -d memory_limit=512M -d sendmail_path=/bin/true "$files/wp-cli/wp-cli.phar" --path="$site" "$@"
}

# The PHP files at the top are copies, since WordPress finds the site by their place; what is below them is linked.
lay_out() {
	local site=$1
	mkdir -p "$site/wp-content/plugins" "$site/wp-content/themes" "$site/wp-content/mu-plugins"
	cp "$files"/latest/wordpress/*.php "$here/wp-config.php" "$site/"
	ln -s "$files/latest/wordpress/wp-admin" "$files/latest/wordpress/wp-includes" "$site/"
	ln -s "$files"/latest/wordpress/wp-content/themes/*/ "$site/wp-content/themes/"
	cp "$here/site-code/helper-api-on-loopback.php" "$site/wp-content/mu-plugins/"
}

# ---- The database ---------------------------------------------------------------------------------------------------

case ${WCCOM_HOST_TEST_DATABASE:-sqlite} in
	sqlite | mariadb) database=${WCCOM_HOST_TEST_DATABASE:-sqlite} ;;
	*)
		echo "WCCOM_HOST_TEST_DATABASE is $WCCOM_HOST_TEST_DATABASE. Known: sqlite, mariadb." >&2
		exit 1
		;;
esac

make_database_of_sqlite() {
	local site=$1
	mkdir -p "$site/wp-content/database"
	printf 'sqlite:%s' "$site/wp-content/database/.ht.sqlite" >"$site/database.dsn"
	sed -e "s|{SQLITE_IMPLEMENTATION_FOLDER_PATH}|$files/sqlite-database-integration|" \
		-e 's|{SQLITE_PLUGIN}|sqlite-database-integration/load.php|' \
		"$files/sqlite-database-integration/db.copy" >"$site/wp-content/db.php"
}

# The file was copied with the site.
copy_database_of_sqlite() {
	printf 'sqlite:%s' "$2/wp-content/database/.ht.sqlite" >"$2/database.dsn"
}

# One for each site, by a name that is made of the site's path; the site's user has no rights beyond.
make_database_of_mariadb() {
	local site=$1 name
	name=site_$(printf '%s' "$site" | sha1sum | cut -c 1-16)
	"${PHP:-php}" -r '
		$server = new PDO( "mysql:unix_socket=$argv[1]/socket", "root", "" );
		$server->exec( "CREATE USER IF NOT EXISTS site@localhost" );
		$server->exec( "CREATE DATABASE $argv[2]" );
		$server->exec( "GRANT ALL ON $argv[2].* TO site@localhost" );
	' -- "$WCCOM_HOST_TEST_SERVER" "$name"
	printf 'mysql:unix_socket=%s/socket;dbname=%s' "$WCCOM_HOST_TEST_SERVER" "$name" >"$site/database.dsn"
}

copy_database_of_mariadb() {
	local template=$1 site=$2
	make_database_of_mariadb "$site"
	"${PHP:-php}" -r '
		$database = new PDO( $argv[2], "root", "" );
		$template = preg_replace( "/.*dbname=/", "", $argv[1] );
		foreach ( $database->query( "SHOW TABLES FROM $template" )->fetchAll( PDO::FETCH_COLUMN ) as $table ) {
			$database->exec( "CREATE TABLE $table LIKE $template.$table" );
			$database->exec( "INSERT INTO $table SELECT * FROM $template.$table" );
		}
	' -- "$(cat "$template/database.dsn")" "$(cat "$site/database.dsn")"
}

# ---- WooCommerce ----------------------------------------------------------------------------------------------------

# Prints the plugin folder to use: the caller's, the one downloaded by this or an earlier run, or the stand-in.
find_woocommerce() {
	local site=$1 downloaded=$cache/woocommerce
	if [ -n "${WOOCOMMERCE_DIR:-}" ]; then
		if [ ! -f "$WOOCOMMERCE_DIR/woocommerce.php" ]; then
			echo "WOOCOMMERCE_DIR is $WOOCOMMERCE_DIR, but there is no woocommerce.php in that folder." >&2
			return 1
		fi
		cd "$WOOCOMMERCE_DIR" && pwd
	elif [ -d "$downloaded" ] || download_woocommerce "$site" "$downloaded"; then
		printf '%s\n' "$downloaded"
	else
		printf '%s\n' "$here/woocommerce-stand-in"
	fi
}

# The search asks no more than whether the server can be reached, so that a machine without network does not wait.
download_woocommerce() {
	local site=$1 folder=$2
	export SITE_MAY_DOWNLOAD=1
	wp_within 8 "$site" plugin search woocommerce --per-page=1 >/dev/null 2>&1 || return 1
	wp_within 300 "$site" plugin install woocommerce >/dev/null 2>&1 || return 1
	mv "$site/wp-content/plugins/woocommerce" "$folder.$$"
	mv -T "$folder.$$" "$folder" 2>/dev/null || rm -rf "$folder.$$"
}

make_template() {
	local site=$1 plugin
	lay_out "$site"
	"make_database_of_$database" "$site"
	wp_within 120 "$site" core install --quiet --url=http://shop.example.com --title=Shop --skip-email \
		--admin_user=admin --admin_password=admin --admin_email=admin@example.com
	plugin=$(find_woocommerce "$site")
	ln -sfT "$plugin" "$site/wp-content/plugins/woocommerce"
	wp_within 120 "$site" plugin activate woocommerce --quiet
	printf 'WooCommerce of this run: %s %s, %s\n' "$(header 'Plugin Name' "$plugin")" "$(header Version "$plugin")" "$plugin"
}

header() {
	sed -n "s/^ \* $1: //p" "$2/woocommerce.php"
}

make_multisite() {
	local template=$1 site=$2
	cp -a "$template" "$site"
	"copy_database_of_$database" "$template" "$site"
	wp_within 120 "$site" core multisite-convert --quiet
	wp_within 120 "$site" site create --quiet --slug=second --title=Second --email=second@example.com
	wp_within 120 "$site" --url=http://shop.example.com/second/ plugin activate woocommerce --quiet
}

copy_site() {
	local template=$1 site=$2 url=$3
	cp -a "$template" "$site"
	"copy_database_of_$database" "$template" "$site"
	"${PHP:-php}" -r '
		$database = new PDO( $argv[1], "root", "" );
		$database->prepare( "UPDATE wp_options SET option_value = ? WHERE option_name IN ( \"home\", \"siteurl\" )" )->execute( array( $argv[2] ) );
	' -- "$(cat "$site/database.dsn")" "$url"
}

case ${1:-} in
	template) make_template "$2" ;;
	multisite) make_multisite "$2" "$3" ;;
	copy) copy_site "$2" "$3" "$4" ;;
	*)
		sed -n '2,8s/^# //p' "$0" >&2
		exit 1
		;;
esac
