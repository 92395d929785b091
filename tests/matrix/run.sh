#!/usr/bin/env bash
# Builds and tests the extension in clean roots of Debian 12, 13 and testing, with the PHP of each, and prints a table.
#   --root=<name>             only this one: debian12, debian13 or testing; can be given several times
#   --variant=<name>          only this one: no-opcache or opcache-jit
#   --quick                   the phpt tests only
#   --classes=<A,B>           only these classes of tests/wp
#   --zts                     also a thread-safe PHP, built from Debian's source (takes long, the first time)
#   --woocommerce=<folder>    also with each WooCommerce in a sub-folder <version>/woocommerce
#   --roots=<folder>          where the roots are kept for the next run; otherwise ~/.cache/wccom-host/roots
#   --remake                  makes the roots again
#   --mirror=<address>        of Debian; otherwise that of this machine's apt
# Honoured: CARGO_TARGET_DIR, and WCCOM_HOST_SANDBOX, which is otherwise built here, once for all roots.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wccom-host
target=$(realpath -m "${CARGO_TARGET_DIR:-$checkout/target}")
declare -A suites=([debian12]=bookworm [debian13]=trixie [testing]=testing)

fail() {
	echo "matrix: $1" >&2
	exit 1
}

names=() in_root=() roots=$cache/roots woocommerce='' remake='' mirror=''
for option; do
	case $option in
		--root=*)
			[ -n "${suites[${option#*=}]:-}" ] || fail "There is no root ${option#*=}: debian12, debian13 and testing are known."
			names+=("${option#*=}")
			;;
		--quick | --zts | --classes=* | --variant=no-opcache | --variant=opcache-jit) in_root+=("$option") ;;
		--woocommerce=*)
			woocommerce=$(realpath "${option#*=}")
			compgen -G "$woocommerce/*/woocommerce/woocommerce.php" >/dev/null || fail "There is no <version>/woocommerce in $woocommerce."
			;;
		--roots=*) roots=$(realpath -m "${option#*=}") ;;
		--remake) remake=1 ;;
		--mirror=*) mirror=${option#*=} ;;
		--help)
			sed -n '2,12s/^# //p' "$0"
			exit
			;;
		*) fail "cannot use $option. Known are the options that --help tells." ;;
	esac
done
[ ${#names[@]} -gt 0 ] || names=(debian12 debian13 testing)

[ "$(id -u)" = 0 ] || fail 'Only root can make a root and enter it.'
for program in mmdebstrap unshare rustup; do
	command -v "$program" >/dev/null || fail "The program $program is missing (Debian: mmdebstrap, util-linux; Rust from rustup.rs, which works in every root)."
done
if [ -z "$mirror" ]; then
	# shellcheck disable=SC2016 # apt's own names
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
fi

# The machine's way to the mirror: proxies, certificates, and whether an old mirror will do.
apt_settings=()
while IFS= read -r setting; do
	apt_settings+=("--aptopt=$setting")
done < <(apt-config dump | grep -iE '^Acquire::(https?|Check[a-z-]*)(::| )' || true)

mkdir -p "$roots"
exec {lock}>"$roots/lock"
flock --nonblock "$lock" || fail "Another run is using the roots in $roots."
work=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-matrix.XXXXXX")
inside=''
end() {
	# With it every process in the root ends, and its mounts are gone.
	[ -z "$inside" ] || { kill -KILL "$inside" && wait "$inside"; } 2>/dev/null || true
	rm -rf --one-file-system "$work" "$roots"/*.making
}
trap end EXIT
trap 'exit 130' INT TERM HUP

make_root() {
	local folder=$roots/$1
	[ -z "$remake" ] || rm -rf --one-file-system "$folder"
	[ ! -d "$folder" ] || return 0
	echo "Making a root: $folder" >&2
	mmdebstrap --quiet --mode=root --variant=apt --include=ca-certificates "${apt_settings[@]}" "${suites[$1]}" "$folder.making" "${mirror:-http://deb.debian.org/debian}" >&2
	mv "$folder.making" "$folder"
}

# Each root has a copy of the checkout, since PHP's run-tests.php writes beside the tests, and caches of its own, since
# Python's packages belong to one Python, and what cargo has compiled, build scripts too, to one C library.
test_in_root() {
	local name=$1 binds
	rm -rf "$work/src"
	mkdir -p "$work/src" "$roots/cache-$name" "$roots/target-$name" "$roots/logs"
	tar -C "$checkout" --exclude=./target --exclude=./.git -c . | tar -C "$work/src" -x
	binds=(
		"$work:/matrix"
		"$roots/cache-$name:/matrix/cache"
		"$roots/target-$name:/matrix/target"
		"$roots/logs:/matrix/logs"
		"$sandbox:/matrix/wccom-host-sandbox:ro"
		"$wordpress:/matrix/cache/wccom-host/$(basename "$wordpress"):ro"
		"${CARGO_HOME:-$HOME/.cargo}:/opt/cargo:ro"
		"${RUSTUP_HOME:-$HOME/.rustup}:/opt/rustup:ro"
		/etc/hosts:/etc/hosts:ro # which a root that was never booted may lack, and localhost with it
	)
	[ -z "$woocommerce" ] || binds+=("$woocommerce:/matrix/woocommerce:ro")
	[ ! -f /etc/ssl/certs/ca-certificates.crt ] || binds+=("/etc/ssl/certs/ca-certificates.crt:/matrix/ca-certificates.crt:ro")
	"$here/enter.sh" "$roots/$name" "${binds[@]}" -- /usr/bin/env -i PATH=/opt/cargo/bin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin HOME=/root LC_ALL=C.UTF-8 \
		CARGO_HOME=/opt/cargo RUSTUP_HOME=/opt/rustup CARGO_TARGET_DIR=/matrix/target XDG_CACHE_HOME=/matrix/cache PIP_CERT=/matrix/ca-certificates.crt \
		ROOT_NAME="$name" /matrix/src/tests/matrix/in-root.sh "${in_root[@]}" </dev/null >&2 &
	inside=$!
	wait "$inside" || touch "$work/failed"
	inside=''
}

sandbox=${WCCOM_HOST_SANDBOX:-}
if [ -z "$sandbox" ]; then
	(cd "$checkout" && cargo build --quiet --locked --features sandbox --bin wccom-host-sandbox)
	sandbox=$target/debug/wccom-host-sandbox
fi
sandbox=$(realpath "$sandbox")
wordpress=$("$checkout/tests/wp/wp-studio.sh")
for name in "${names[@]}"; do
	make_root "$name"
	test_in_root "$name"
done

printf '\n| root | PHP | variant | phpt | site tests |\n|---|---|---|---|---|\n'
cat "$work/results" 2>/dev/null || true
if [ -f "$work/failed" ]; then
	echo
	echo "Not everything passed. The logs are in $roots/logs." >&2
	exit 1
fi
