#!/bin/sh
# Gives one line of register-many's output to its site: reads it from standard input, and pipes it to `connect` there, so
# that its secret is on no command line. The exit code is that of `connect`.
# The site is an alias of WP-CLI that is named as its own address (home_url, if another one is registered), without the
# scheme and with _ for : and /, such as @shop.example.com or @example.com_shop (https://example.com/shop).
set -eu

line=$(cat)
address=$(printf '%s\n' "$line" | php -n -r '
	$line = json_decode( stream_get_contents( STDIN ) );
	$url  = $line->home_url ?? $line->url ?? null;
	if ( is_string( $url ) && preg_match( "~^https?://([a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._/-]*)?)$~iD", $url, $found ) ) {
		echo strtolower( strtr( rtrim( $found[1], "/" ), ":/", "__" ) );
	}
')
if [ -z "$address" ]; then
	echo 'A line without an address that can be the name of an alias: nothing was done for it.' >&2
	exit 1
fi
code=0
printf '%s\n' "$line" | wp "@$address" wccom-host connect --format=json || code=$?
[ "$code" -eq 0 ] || echo "@$address is not connected: exit code $code." >&2
exit "$code"
