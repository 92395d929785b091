#!/usr/bin/env bash
# What a security team asks of the shared object: licences, versions and sources of its crates, the symbols it exports, whether each
# direct dependency is accounted for in README.md, and whether two clean builds in two places have the same bytes. Called by
# `./build.sh audit`, which sets root, target and extension, and has built the extension once.
set -euo pipefail
: "${root:?}" "${target:?}" "${extension:?}"

cd "$root"
work=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-audit.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0

main() {
	cargo deny --locked --offline --log-level=warn --config=tests/supply-chain/deny.toml check licenses bans sources || fail 'cargo deny: see above'
	compare 'direct dependencies, and those that README.md gives a reason for' <(direct_dependencies) <(dependencies_in_readme)
	compare 'exported symbols' <(printf '%s\n' get_module wccom_host_get_module) <(nm --dynamic --defined-only "$extension" | cut -d ' ' -f 3 | LC_ALL=C sort)
	! strings -a "$extension" | grep -F -e "$HOME/" -e "$root/" -e "$target/" >&2 || fail 'folders of this machine are in the shared object'
	has_same_bytes_when_built_again
	[ "$failed" = 0 ] || exit 1
	echo 'audit: nothing found'
}

fail() {
	echo "audit: $1" >&2
	failed=1
}

compare() {
	diff --label=expected --label=found "$2" "$3" >&2 || fail "$1 differ"
}

direct_dependencies() {
	sed -n '/^\[dependencies\]/,/^# The sandbox/s/^\([a-z0-9_-]*\) = .*/\1/p' Cargo.toml | LC_ALL=C sort
}

dependencies_in_readme() {
	sed -n '/^| crate | for |/,/^$/s/^| `\([a-z0-9_-]*\)`.*/\1/p' README.md | LC_ALL=C sort
}

# Another folder for the sources, another one for what is built, nothing built before.
has_same_bytes_when_built_again() {
	local other=$work/sources
	mkdir "$other"
	tar -C "$root" --exclude=./target --exclude=./.git -c . | tar -C "$other" -x
	(unset root target extension && CARGO_TARGET_DIR=$work/target "$other/build.sh" extension >/dev/null)
	cmp "$extension" "$work/target/release/libwccom_host.so" >&2 || fail 'another build has other bytes'
	sha256sum "$extension" | cut -d ' ' -f 1
}

main
