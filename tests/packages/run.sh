#!/usr/bin/env bash
# Installs the packages in a clean root of this Debian, uses them there, upgrades, removes and purges them. Called by
# `./build.sh package --try`, which sets root, target, sandbox, php and minor, and has made the packages.
set -euo pipefail
: "${root:?}" "${target:?}" "${sandbox:?}" "${php:?}" "${minor:?}"

packages=$target/packages
work=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-packages.XXXXXX")
clean=$work/root
trap 'exit 130' INT TERM HUP
trap clean_up EXIT

main() {
	start_sandbox
	echo 'Making a clean root ...'
	make_root
	step 'installed'
	apt_install
	inside php -r 'echo wccom_host_version(), "\n";'
	step 'used: a list of two sites, as a user who is not root'
	inside useradd --create-home host
	register_two_sites
	step 'upgraded to the same version'
	apt_install --reinstall
	[ "$(enabled)" = 1 ] || fail 'the extension is not enabled after an upgrade'
	step 'removed'
	inside apt-get remove -qq -y "php$minor-wccom-host" >/dev/null
	[ "$(enabled)" = 0 ] || fail 'the extension is still enabled'
	[ -z "$(inside php -r '' 2>&1)" ] || fail 'PHP warns after the package is gone'
	step 'purged'
	inside apt-get purge -qq -y "php$minor-wccom-host" wccom-host >/dev/null
	left=$(cd "$clean" && find . -xdev -ipath '*wccom*' -not -path './tmp/*' -not -path './home/*' -not -path './var/log/*')
	[ -z "$left" ] || fail "left behind: $left"
	echo 'The packages were installed, used, upgraded, removed and purged in a clean root.'
}

clean_up() {
	exec {sandbox_input}>&- # which ends the sandbox
	rm -rf --one-file-system "$work"
}

fail() {
	echo "packages: $1" >&2
	exit 1
}

step() {
	printf '\n== %s\n' "$1"
}

# In a mount namespace of its own, so that nothing stays mounted.
inside() {
	unshare --mount --pid --fork -- chroot "$clean" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
}

make_root() {
	mmdebstrap --quiet --variant=apt --include="php$minor-cli,ca-certificates" "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$clean"
	mkdir "$clean/tmp/packages"
	cp "$packages"/*.deb "$clean/tmp/packages"
}

apt_install() {
	inside sh -c 'apt-get install -qq -y "$@" /tmp/packages/*.deb' sh "$@" >/dev/null
}

enabled() {
	inside php -m | grep -cx wccom_host || true
}

start_sandbox() {
	exec {sandbox_input}> >(exec "$sandbox" --exit-with-stdin --key=package-key --tls --ready-file="$work/sandbox.json" >"$work/sandbox.log" 2>&1)
	until [ -s "$work/sandbox.json" ]; do
		kill -0 $! 2>/dev/null || fail "the sandbox did not start: $(cat "$work/sandbox.log")"
		sleep 0.05
	done
}

ready() {
	"$php" -n -r 'echo json_decode( file_get_contents( $argv[1] ), true )[ $argv[2] ];' -- "$work/sandbox.json" "$1"
}

register_two_sites() {
	local home=$clean/home/host
	cp "$("$root/tests/wp/wp-studio.sh")/wp-cli/wp-cli.phar" "$clean/usr/local/bin/wp"
	chmod 755 "$clean/usr/local/bin/wp"
	cp "$(ready ca_file)" "$home/ca.pem"
	echo package-key >"$home/key"
	printf 'url,wpcom_access_token\nhttps://one.example.com,token\nhttps://two.example.com,token\n' >"$home/sites.csv"
	mkdir "$home/.wp-cli"
	printf 'require:\n  - /usr/share/wccom-host/wccom-host.php\n' >"$home/.wp-cli/config.yml"
	chmod 600 "$home/key" "$home/sites.csv"
	inside chown -R host: /home/host
	inside su host -c "cd && php -d wccom_host.base_url=$(ready base_url) -d wccom_host.ca_file=/home/host/ca.pem \
		/usr/local/bin/wp wccom-host register-many sites.csv --key-file=key --output=results.jsonl"
	[ "$(grep -c '"status":"registered"' "$home/results.jsonl")" = 2 ] || fail 'the two sites were not registered'
}

main
