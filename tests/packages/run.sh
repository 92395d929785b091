#!/usr/bin/env bash
# Installs the packages in a clean root of this Debian, uses them there, upgrades, removes and purges them, and has
# `./build.sh install` install for a second PHP there. Called by `./build.sh package --try`, which sets root, target, extension,
# sandbox, php, php_config and minor, and has made the packages.
set -euo pipefail
: "${root:?}" "${target:?}" "${extension:?}" "${sandbox:?}" "${php:?}" "${php_config:?}" "${minor:?}"

packages=$target/packages
work=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-packages.XXXXXX")
clean=$work/root
trap 'exit 130' INT TERM HUP
trap clean_up EXIT

main() {
	start_sandbox
	echo 'Making a clean root ...'
	make_root
	step 'an older PHP is refused'
	refuses_an_older_php
	step 'installed'
	apt_install
	inside php -r 'echo wccom_host_version(), "\n";'
	has_all_licences
	step 'used: a list of two sites, as a user who is not root'
	inside useradd --create-home host
	register_two_sites
	step 'upgraded to the same version, where an administrator has disabled it for php-cgi'
	inside phpdismod -s cgi wccom_host
	apt_install --reinstall
	is_enabled_for_cli_only 'after an upgrade'
	step 'an upgrade fails, while the new files are unpacked'
	upgrade_to_one_that_cannot_be_unpacked
	is_enabled_for_cli_only 'after an upgrade that failed'
	step 'removed'
	inside apt-get remove -qq -y "php$minor-wccom-host" >/dev/null
	[ "$(enabled)" = 0 ] || fail 'the extension is still enabled'
	[ -z "$(inside php -r '' 2>&1)" ] || fail 'PHP warns after the package is gone'
	step 'purged'
	inside apt-get purge -qq -y "php$minor-wccom-host" wccom-host >/dev/null
	left=$(cd "$clean" && find . -xdev -ipath '*wccom*' -not -path './tmp/*' -not -path './home/*' -not -path './var/log/*')
	[ -z "$left" ] || fail "left behind: $left"
	step 'installed by build.sh, for a second PHP of the same version'
	install_for_a_second_php
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
	unshare --mount --pid --fork --mount-proc="$clean/proc" -- chroot "$clean" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
}

make_root() {
	mmdebstrap --quiet --variant=apt --include="php$minor-cli,php$minor-cgi,ca-certificates" "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$clean"
	mkdir "$clean/tmp/packages"
	cp "$packages"/*.deb "$clean/tmp/packages"
}

apt_install() {
	inside sh -c 'apt-get install -qq -y "$@" /tmp/packages/*.deb' sh "$@" >/dev/null
}

enabled() {
	inside "${1:-php}" -m | grep -cx wccom_host || true
}

is_enabled_for_cli_only() {
	[ "$(enabled)" = 1 ] || fail "the extension is not enabled $1"
	[ "$(enabled "php-cgi$minor")" = 0 ] || fail "the extension is enabled for php-cgi $1, for which it was disabled"
}

# As if the first patch release were installed, and apt knew no other.
refuses_an_older_php() {
	local version said
	version=$(inside dpkg-query --show --showformat='${Version}' "php$minor-common")
	sed "s/$version/$minor.0-1/g" "$clean/var/lib/dpkg/status" >"$clean/tmp/older"
	! said=$(inside sh -c "apt-get --simulate -o Dir::State::Status=/tmp/older -o Dir::State::Lists=/tmp/none install /tmp/packages/php$minor-wccom-host_*.deb" 2>&1) || fail 'apt installs the package with an older PHP'
	grep -F "php$minor-common (>= $("$php_config" --version | grep -o '^[0-9.]*'))" <<<"$said" || fail "apt refuses for another reason than an older PHP: $said"
}

# Of each crate: its licence, once, and a text. README.md names those that must be there.
has_all_licences() {
	local file=$work/THIRD-PARTY wrong crate
	zcat "$clean/usr/share/doc/php$minor-wccom-host/THIRD-PARTY.gz" >"$file"
	wrong=$(awk '
		function close_crate() { if (crate != "" && lines < 5) print crate ": no text" }
		/^==== / {
			close_crate()
			crate = $2 " " $3
			lines = 0
			if ($0 !~ /^==== [^ ]+ v[0-9][^ ]*: [(]?[A-Za-z0-9]/) print $0
			if (seen[crate]++) print crate " twice"
			next
		}
		NF { lines++ }
		END { close_crate() }' "$file")
	[ -z "$wrong" ] || fail "THIRD-PARTY: $wrong"
	while IFS= read -r crate; do
		grep -q "^==== $crate v" "$file" || fail "THIRD-PARTY does not name $crate"
	done < <(echo rust-std && sed -n '/^| crate | for |/,/^$/s/^| `\([a-z0-9_-]*\)`.*/\1/p' "$root/README.md")
	echo "the licences of $(grep -c '^==== ' "$file") crates"
}

upgrade_to_one_that_cannot_be_unpacked() {
	local name=php$minor-wccom-host tree=$work/next
	dpkg-deb --raw-extract "$packages/${name}"_*.deb "$tree"
	sed -i 's/^Version: .*/&.1/' "$tree/DEBIAN/control"
	mkdir -p "$tree/usr/bin"
	touch "$tree/usr/bin/dpkg-query" # which is dpkg's
	dpkg-deb --root-owner-group -Znone --build "$tree" "$clean/tmp/next.deb" >/dev/null
	! inside dpkg --install /tmp/next.deb >"$work/next.log" 2>&1 || fail 'the upgrade did not fail'
	grep -F 'trying to overwrite' "$work/next.log" || fail "the upgrade failed in another way: $(cat "$work/next.log")"
	[ "$(inside dpkg-query --show --showformat='${db:Status-Abbrev}' "$name")" = 'ii ' ] || fail 'the package is not installed after an upgrade that failed'
}

# The second PHP is a copy of Debian's, with other folders of the same length in it. The root has no Rust: build.sh takes what is built.
install_for_a_second_php() {
	local checkout=$clean/tmp/checkout extensions
	extensions=$("$php_config" --extension-dir)
	mkdir -p "$checkout/php" "$clean/tmp/target/release" "$clean/opt/php/$minor/cli/conf.d" "$clean/opt/bin"
	cp "$root/build.sh" "$root/Cargo.toml" "$checkout"
	cp -R "$root"/php/. "$checkout/php"
	cp "$extension" "$clean/tmp/target/release"
	sed "s#/etc/php/$minor/#/opt/php/$minor/#g; s#/usr/lib/php/#/opt/lib/php/#g" "$clean/usr/bin/php$minor" >"$clean/opt/bin/php"
	printf '#!/bin/sh\ncase $1 in --extension-dir) echo %s ;; --prefix) echo /opt ;; --version) echo %s.0 ;; esac\n' "${extensions/#\/usr/\/opt}" "$minor" >"$clean/opt/bin/php-config"
	chmod 755 "$clean/opt/bin/php" "$clean/opt/bin/php-config"
	[ "$(inside /opt/bin/php -n -r 'echo PHP_CONFIG_FILE_SCAN_DIR;')" = "/opt/php/$minor/cli/conf.d" ] || fail 'the second PHP reads the settings of the first'
	inside env PHP=/opt/bin/php PHP_CONFIG=/opt/bin/php-config CARGO_TARGET_DIR=/tmp/target /tmp/checkout/build.sh install
	[ "$(enabled /opt/bin/php)" = 1 ] || fail 'build.sh install has not enabled the extension for the PHP that was named'
	[ -z "$(inside php -r '' 2>&1)" ] || fail 'PHP warns, after build.sh install for another PHP'
	[ "$(enabled)" = 0 ] || fail 'build.sh install has enabled the extension for another PHP than was named'
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
