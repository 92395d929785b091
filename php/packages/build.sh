#!/usr/bin/env bash
# Packs what `./build.sh` has built: two Debian packages, and the archive that PIE looks for. Called by `./build.sh package`, which
# sets the variables: root, target, extension, php, php_config, minor (8.2).
#
#   php8.2-wccom-host   the extension, for one PHP; those of several PHPs can be installed together
#   wccom-host          the WP-CLI package, for all of them
#   php_wccom_host-...zip   an asset of a GitHub release, by the name that PIE 1.4 gives it (php/pie, PrePackagedBinaryAssetName)
#
# The same sources give the same bytes: the only date is that of the last entry of the change log.
set -euo pipefail
: "${root:?}" "${target:?}" "${extension:?}" "${php:?}" "${php_config:?}" "${minor:?}"

here=$root/php/packages
packages=$target/packages
work=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
released=$(sed -n "s/^## \[$version\] - //p" "$root/CHANGELOG.md")
SOURCE_DATE_EPOCH=$(date --utc --date="$released" +%s)
export SOURCE_DATE_EPOCH minor version
umask 022
export LC_ALL=C # whose order of files is the same everywhere

main() {
	mkdir -p "$packages"
	rm -f "$packages"/*
	{
		standard_library_licences
		third_party_licences
	} >"$work/THIRD-PARTY"
	pack_extension "php$minor-wccom-host"
	pack_commands wccom-host
	pack_for_pie
	ls "$packages"
}

pack_extension() {
	local tree=$work/$1 api built_with
	api=$("$php_config" --phpapi)
	built_with=$("$php_config" --version | grep -o '^[0-9.]*') # an older patch release may refuse to load it
	put "$extension" "$tree$("$php_config" --extension-dir)/wccom_host.so"
	gzip -9n <"$work/THIRD-PARTY" | put /dev/stdin "$tree/usr/share/doc/$1/THIRD-PARTY.gz"
	# The priority stays: an upgrade leaves the links that are there, and under another one PHP would load it twice.
	put <(printf '; priority=20\nextension=wccom_host.so\n') "$tree/etc/php/$minor/mods-available/wccom_host.ini"
	mkdir -p "$tree/DEBIAN"
	echo "/etc/php/$minor/mods-available/wccom_host.ini" >"$tree/DEBIAN/conffiles"
	for script in postinst postrm; do
		sed "s/@minor@/$minor/g" "$here/$script" >"$tree/DEBIAN/$script"
		chmod 755 "$tree/DEBIAN/$script"
	done
	pack "$1" "$(dpkg --print-architecture)" "$(libraries "$tree"), phpapi-$api, php$minor-common (>= $built_with), php-common (>= 2:69~)" \
		"PHP extension that connects WooCommerce sites to WooCommerce.com" \
		"Recommends: wccom-host (= $version)" "Provides: php-wccom-host (= $version)" "Section: php"
}

pack_commands() {
	local tree=$work/$1 file
	for file in "$root"/php/{wccom-host.php,composer.json,src/*.php,mu-plugin/*.php,examples/*}; do
		put "$file" "$tree/usr/share/wccom-host/${file#"$root"/php/}"
	done
	put "$root/README.md" "$tree/usr/share/doc/$1/README.md"
	mkdir -p "$tree/DEBIAN"
	pack "$1" all "php-wccom-host (= $version)" 'WP-CLI commands that connect WooCommerce sites to WooCommerce.com' 'Section: web'
}

# PIE takes an archive with the shared object at its root, by a name in lower case.
pack_for_pie() {
	local describe='echo php_uname("m") === "aarch64" ? "arm64" : php_uname("m"), "-linux-", is_file("/etc/alpine-release") ? "musl" : "glibc", PHP_DEBUG ? "-debug" : "", PHP_ZTS ? "-zts" : "";' name
	name=php_wccom_host-${version}_php$minor-$("$php" -n -r "$describe").zip
	put "$extension" "$work/pie/wccom_host.so"
	put "$root/CHANGELOG.md" "$work/pie/CHANGELOG.md"
	put "$here/copyright" "$work/pie/COPYRIGHT"
	put "$work/THIRD-PARTY" "$work/pie/THIRD-PARTY"
	find "$work/pie" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
	(cd "$work/pie" && TZ=UTC zip -q -X "$packages/$name" wccom_host.so CHANGELOG.md COPYRIGHT THIRD-PARTY)
}

fail() {
	echo "packages: $1" >&2
	exit 1
}

put() {
	install -D -m 644 "$1" "$2"
}

# Rust's own, as rustup's toolchain has them, or Debian's.
standard_library_licences() {
	local ours debians=/usr/share/doc/libstd-rust-dev/copyright
	ours=$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html
	printf '==== rust-std v%s: MIT OR Apache-2.0\n\n' "$(rustc --version | cut -d ' ' -f 2)"
	if [ -f "$ours" ]; then
		"$php" -n -r 'echo html_entity_decode( strip_tags( stream_get_contents( STDIN ) ) );' <"$ours" | cat -s
	elif [ -f "$debians" ]; then
		cat "$debians"
	else
		fail "This Rust comes without the licences of its standard library ($ours)."
	fi
	echo
}

# The licences of the crates that are in the extension, as they came with each.
third_party_licences() {
	local package licence repository crate version folder from file
	cargo tree --manifest-path "$root/Cargo.toml" --locked --edges normal --features php --prefix none --no-dedupe --format '{p}|{l}|{r}' | sort -u >"$work/crates"
	while IFS='|' read -r package licence repository; do
		read -r crate version _ <<<"$package"
		[ "$crate" != wccom-host ] || continue
		[ -n "$licence" ] || fail "$crate $version names no licence."
		printf '==== %s %s: %s\n\n' "$crate" "$version" "$licence"
		folder=$crate-${version#v}
		from=$folder
		if ! has_licence "$folder"; then
			from=$(sibling_with_licence "$licence" "$repository")
			[ -n "$from" ] || fail "$crate $version comes without the text of its licence ($licence), and no other crate of its repository has it."
			printf 'It comes without the text of its licence. This is that of %s, which has the same licence and the same repository, %s\n\n' "$from" "$repository"
		fi
		while IFS= read -r file; do
			printf -- '---- %s\n' "$from/${file#*/"$from"/}"
			cat "$file"
			echo
		done < <(licence_files "$from")
	done <"$work/crates"
}

# Also those of what a crate has taken over from elsewhere, in folders of its own.
licence_files() {
	find "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$1" -type f -size +0 ! -name '*.rs' \
		\( -iname 'licen[cs]e*' -o -iname 'unlicen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'copyright*' \) | sort
}

# A notice or a list of copyrights alone is none.
has_licence() {
	licence_files "$1" | grep -iE '/((un)?licen[cs]e|copying)[^/]*$' >/dev/null
}

sibling_with_licence() {
	local crate version
	[ -n "$2" ] || return 0
	while read -r crate version _; do
		if has_licence "$crate-${version#v}"; then
			echo "$crate-${version#v}"
			return
		fi
	done < <(awk -F '|' -v wanted="$1|$2" '$2 "|" $3 == wanted { print $1 }' "$work/crates")
}

# What dpkg-shlibdeps finds out from the symbols that are used.
libraries() {
	mkdir -p "$work/shlibdeps/debian"
	printf 'Source: wccom-host\n\nPackage: wccom-host\nArchitecture: any\n' >"$work/shlibdeps/debian/control"
	(cd "$work/shlibdeps" && dpkg-shlibdeps -O "$extension" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

# Arguments: name, architecture, dependencies, description, more fields.
pack() {
	local tree=$work/$1
	put "$here/copyright" "$tree/usr/share/doc/$1/copyright"
	gzip -9n <"$root/CHANGELOG.md" | put /dev/stdin "$tree/usr/share/doc/$1/changelog.gz"
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: %s\nDepends: %s\n' "$1" "$version" "$2" "$3"
		printf '%s\n' "${@:5}"
		printf 'Priority: optional\nMaintainer: wccom-host maintainers <maintainers@wccom-host.invalid>\n'
		printf 'Installed-Size: %s\n' "$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f 1)"
		printf 'Description: %s\n' "$4"
		cat "$here/description"
	} >"$tree/DEBIAN/control"
	(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | xargs md5sum) >"$tree/DEBIAN/md5sums"
	find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -Zxz --build "$tree" "$packages" >/dev/null
}

main
