#!/usr/bin/env bash
# Prints the folder that holds WordPress, wp-cli.phar and the SQLite drop-in, as the npm package wp-studio ships them.
# It is fetched and unpacked once, into a cache outside the repository; nothing is unpacked that is not the pinned package.
set -euo pipefail

version=1.22.0
integrity='sha512-boMtahkhgWDKKyNTBA1uTK5ghnAmxXhDY6KeQCO9FmcI3/o+YOSq8JwYW5ZYnxHCxH14Jf/mD6CJTBvTWl2Ytw=='

cache=${XDG_CACHE_HOME:-$HOME/.cache}/wccom-host
files=$cache/wp-studio-$version

if [ -d "$files" ]; then
	printf '%s\n' "$files"
	exit 0
fi

if ! command -v npm >/dev/null; then
	echo "WordPress for the tests comes from the npm package wp-studio@$version, and there is no npm on the path. Install npm, or put an unpacked copy of the package's folder dist/cli/wp-files at $files." >&2
	exit 1
fi
mkdir -p "$cache"
unpacking=$(mktemp -d "$cache/unpacking.XXXXXX")
trap 'rm -rf "$unpacking"' EXIT

echo "Fetching wp-studio@$version (67 MB, once) ..." >&2
if ! ( cd "$unpacking" && npm pack --loglevel=error "wp-studio@$version" >/dev/null ); then
	echo "npm could not fetch wp-studio@$version. Is the npm registry reachable from here? Try: npm pack wp-studio@$version" >&2
	exit 1
fi
package=$unpacking/wp-studio-$version.tgz
found=sha512-$(php -n -r 'echo base64_encode( hash_file( "sha512", $argv[1], true ) );' -- "$package")
if [ "$found" != "$integrity" ]; then
	printf 'wp-studio@%s is not the package that was pinned; it was not unpacked.\n  expected %s\n  found    %s\n' "$version" "$integrity" "$found" >&2
	exit 1
fi

tar -xzf "$package" -C "$unpacking" \
	package/dist/cli/wp-files/latest/wordpress \
	package/dist/cli/wp-files/sqlite-database-integration \
	package/dist/cli/wp-files/wp-cli
# A rename, so that a run that was interrupted, or another one at the same time, never leaves half a folder.
mv -T "$unpacking/package/dist/cli/wp-files" "$files" 2>/dev/null || [ -d "$files/wp-cli" ]
printf '%s\n' "$files"
