#!/usr/bin/env bash
# Builds, shows, tests, checks, installs and measures wccom-host. `./build.sh help` says how.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
[ -z "${CARGO_TARGET_DIR:-}" ] || CARGO_TARGET_DIR=$target
[ -z "${WOOCOMMERCE_DIR:-}" ] || WOOCOMMERCE_DIR=$(realpath -m "$WOOCOMMERCE_DIR")
callers_ini_folders=${PHP_INI_SCAN_DIR-:} # as PHP reads it: an empty part is the folder that was compiled in
cd "$root"

help() {
	cat <<'TEXT'
./build.sh            builds target/release/libwccom_host.so, for the PHP on the path, and target/release/wccom-host-sandbox
./build.sh extension  builds the extension only
./build.sh demo       registers two WordPress sites with a sandbox, before your eyes; leaves nothing behind
./build.sh test       cargo test, the phpt tests, the commands on real WordPress sites, and the simulation with 5,000 sites
./build.sh simulate   registers 100,000 sites with a sandbox that loses answers, in a process that is killed five times
           [--sites=<n>] [--seed=<n>]
./build.sh crash      has the journal's disk fail, and the power go, at every step of a registration (--help: --sample=<n>, --part=)
./build.sh memory     the phpt tests with valgrind and the address sanitizer, and a million calls that fail early
./build.sh matrix     builds and tests in clean roots of Debian 12, 13 and testing (as root; --help says the rest)
./build.sh check      rustfmt, clippy, phpcs, shellcheck, and the stub file against the compiled extension
./build.sh audit      licences, versions and sources of the crates, exported symbols, and a second build with the same bytes
./build.sh package    packs two Debian packages, and the archive for PIE, into target/packages
           [--try]    and installs, uses and removes the Debian packages in a clean root of this Debian (as root)
./build.sh install    copies the extension to PHP's extension folder, enables it, and installs the WP-CLI package
           [--prefix=<folder>]   below this folder, instead of PHP's own folders and /usr/local
./build.sh bench      measures against what one would use instead
           [--json <file>]       and writes the figures there

What is missing is installed with apt where that is possible (as root on Debian or Ubuntu), and listed otherwise.
Environment: PHP, PHP_CONFIG (another PHP), LIBCLANG_PATH, CARGO_TARGET_DIR, DESTDIR (install),
WOOCOMMERCE_DIR (demo, test, bench: the folder of a WooCommerce to use).
TEXT
}

extension=$target/release/libwccom_host.so
sandbox=$target/release/wccom-host-sandbox
fault_extension=$target/debug/libwccom_host.so

fail() {
	printf '%s\n' "$@" >&2
	exit 1
}

# ---- What is needed -------------------------------------------------------------------------------------------------

missing=()  # in words
packages=() # for apt

lack() {
	missing+=("$1")
	packages+=("${@:2}")
}

# Checks all the needs at once. As root on Debian or Ubuntu what is missing is installed; otherwise one message lists it.
get() {
	local need
	find_php
	for need; do "needs_$need"; done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && [ ${#packages[@]} -gt 0 ] && [ -z "${asked_apt:-}" ]; then
		asked_apt=1
		echo "Installing with apt: ${packages[*]}" >&2
		# A fresh machine has no list of packages, and an old list names files that are gone. RUNLEVEL: no server is started.
		if apt-get update -qq >&2 && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2; then
			missing=() packages=()
			get "$@"
			return
		fi
		echo 'apt could not install them.' >&2
	fi
	fail 'This is missing:' "${missing[@]/#/  - }" ${packages[0]+'On Debian or Ubuntu:' "  sudo apt-get install ${packages[*]}"}
}

# The real paths, because /usr/bin/php is a link: when it turns to another PHP, cargo must notice.
find_php() {
	minor='' modules=''
	php=$(command -v "${PHP:-php}" || true)
	php_config=$(command -v "${PHP_CONFIG:-php-config}" || true)
	[ -n "$php" ] || [ -z "${PHP:-}" ] || fail "The variable PHP is $PHP, which is not a program."
	[ -n "$php_config" ] || [ -z "${PHP_CONFIG:-}" ] || fail "The variable PHP_CONFIG is $PHP_CONFIG, which is not a program."
	if [ -n "$php_config" ]; then
		php_config=$(readlink -f "$php_config")
		export PHP_CONFIG=$php_config
	fi
	if [ -n "$php" ]; then
		php=$(readlink -f "$php")
		export PHP=$php
		minor=$("$php" -n -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
		use_settings_without_own_extension
		modules=$("$php" -m)
	fi
}

# A copy of the extension that is installed already, broken perhaps, must disturb neither the build, which reads
# `php -i`, nor the tests, which load the new one: from here on PHP gets links to all its settings but that.
use_settings_without_own_extension() {
	local settings=$target/php.d/$minor own folders folder ini
	if ! mkdir -p "$settings" 2>/dev/null || ! [ -w "$settings" ]; then
		fail "Cannot write to $target. Build as the user who owns it, or set CARGO_TARGET_DIR to a folder of your own."
	fi
	own=$("$php" -n -r 'echo PHP_CONFIG_FILE_SCAN_DIR;')
	IFS=: read -ra folders <<<"$callers_ini_folders"
	for folder in "${folders[@]}"; do
		for ini in "${folder:-$own}"/*.ini; do
			if [ -e "$ini" ] && ! grep -q '^[^;]*wccom_host' "$ini"; then ln -sf "$ini" "$settings/"; fi
		done
	done
	find -L "$settings" -type l -delete
	export PHP_INI_SCAN_DIR=$settings
}

need_program() {
	PATH=$PATH:/usr/sbin command -v "$1" >/dev/null || lack "$2" "${@:3}"
}

need_php_module() {
	grep -qix "$1" <<<"$modules" || lack "PHP's extension $1" "$2"
}

needs_php() {
	[ -n "$php" ] || lack 'PHP: php on the path, or its path in PHP' php-cli
	if [ -z "$php_config" ]; then
		lack "PHP's headers: php-config on the path, or its path in PHP_CONFIG" "php$minor-dev"
	elif [ -n "$php" ] && [[ $("$php_config" --version) != "$minor".* ]]; then
		lack "the headers of the same PHP: $php is $minor, but $php_config is of $("$php_config" --version) (set PHP_CONFIG)" "php$minor-dev"
	fi
}

needs_compilers() {
	local wanted found
	wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
	found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || found=0
	printf '%s\n' "$wanted" "$found" | sort -VC || lack "Rust $wanted or later, with cargo, by rustup.rs (on the path: ${found/#0/none})"
	need_program cc 'a C compiler (cc)' gcc libc6-dev
	[ -n "${LIBCLANG_PATH:-}" ] || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || ldconfig -p 2>/dev/null | grep -q libclang ||
		lack 'libclang, or its folder in LIBCLANG_PATH' libclang-dev
}

needs_sites() {
	need_php_module pdo_sqlite "php$minor-sqlite3"
	need_php_module mbstring "php$minor-mbstring"
	[ -d "${XDG_CACHE_HOME:-$HOME/.cache}/wccom-host/wp-studio-1.22.0" ] || need_program npm 'npm, to fetch WordPress (npm package wp-studio)' npm
}

needs_tests() {
	need_php_module curl "php$minor-curl"
	need_php_module xml "php$minor-xml"
	need_php_module zip "php$minor-zip"
	need_program script 'the program script, for tests in a terminal' bsdutils
	need_program phpunit 'PHPUnit 9.6 or later' phpunit
	need_php_module mysqli "php$minor-mysql"
	need_php_module redis "php$minor-redis"
	need_php_module ffi "php$minor-common"
	need_program "php-fpm$minor" "php-fpm$minor" "php$minor-fpm"
	need_program mariadbd 'MariaDB (mariadbd)' mariadb-server-core mariadb-client-core
	command -v redis-server >/dev/null || need_program redis-check-rdb 'Redis' redis-tools
	need_program openssl 'the program openssl, for hostile TLS servers' openssl
	need_program strace 'strace, to see what is written' strace
	need_program setpriv 'setpriv and unshare' util-linux
	need_program parallel 'GNU parallel, for a way from the control host to the sites' parallel
	python3 -c 'import ensurepip' 2>/dev/null || lack 'python3 with venv, for ansible-core and kubernetes-validate' python3-venv
}

needs_checks() {
	cargo fmt --version >/dev/null 2>&1 || lack 'rustfmt (rustup component add rustfmt)'
	cargo clippy --version >/dev/null 2>&1 || lack 'clippy (rustup component add clippy)'
	need_program shellcheck shellcheck shellcheck
	need_program phpcs 'PHP_CodeSniffer (phpcs)' php-codesniffer
}

needs_audit() {
	need_program nm 'nm and strings' binutils
	if ! cargo deny --version >/dev/null 2>&1 && [ -z "${asked_cargo:-}" ]; then
		asked_cargo=1
		cargo install --quiet --locked cargo-deny@0.20.2 >&2 || true
	fi
	cargo deny --version >/dev/null 2>&1 || lack 'cargo-deny (cargo install --locked cargo-deny)'
}

needs_packages() {
	need_program dpkg-deb 'dpkg-deb, for Debian packages' dpkg
	need_program dpkg-shlibdeps 'dpkg-shlibdeps, which finds the libraries that a Debian package needs' dpkg-dev
	need_program zip zip zip
}

needs_valgrind() {
	need_program valgrind valgrind valgrind
}

needs_roots() {
	[ "$(id -u)" = 0 ] || lack 'root, for a chroot'
	need_program mmdebstrap 'mmdebstrap, for a clean root' mmdebstrap
}

needs_curl() {
	need_php_module curl "php$minor-curl"
	need_program curl 'the program curl' curl
}

# ---- Commands -------------------------------------------------------------------------------------------------------

build() {
	build_extension "$@"
	cargo_locked build --quiet --release --features sandbox --bin wccom-host-sandbox
}

build_extension() {
	get php compilers "$@"
	cargo_locked rustc --quiet --release --lib --features php --crate-type cdylib
}

# The folders of this machine do not get into the binaries, so that the same sources give the same bytes everywhere.
cargo_locked() {
	local home
	home=$(realpath -m "${CARGO_HOME:-$HOME/.cargo}")
	cargo --config "target.'cfg(all())'.rustflags = ['--remap-path-prefix=$home=/cargo', '--remap-path-prefix=$root=/wccom-host', '--remap-path-prefix=$target=/target']" \
		"$1" --locked "${@:2}" && return
	cargo fetch --locked --offline --target "$(rustc -vV | sed -n 's/^host: //p')" >/dev/null 2>&1 ||
		fail '' 'Not all the crates of Cargo.lock are on this machine. Does this work? cargo fetch --locked'
	exit 1
}

run_tests() {
	local runner
	build sites tests
	cargo_locked test
	cargo_locked test --features sandbox,fault-points
	cargo_locked rustc --quiet --lib --features php,fault-points --crate-type cdylib
	export WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_FAULT_EXTENSION=$fault_extension WCCOM_HOST_SANDBOX=$sandbox
	runner=$(phpt_runner)
	TEST_PHP_EXECUTABLE=$php NO_INTERACTION=1 "$php" "$runner" -q -j2 --set-timeout 300 --no-color --no-progress --show-diff -d "extension=$fault_extension" tests/phpt
	tests/wp/run.sh
	tests/wp/on-mariadb.sh
	tests/crash/run.sh --sample=150 --seed=1
	CALLS=10000 tests/memory/run.sh calls
	run_simulation --sites=5000
}

# PHP's own: on Debian beside the extensions, elsewhere below the prefix.
phpt_runner() {
	compgen -G "$("$php_config" --extension-dir)/build/run-tests.php" || compgen -G "$("$php_config" --prefix)/lib/php*/build/run-tests.php" ||
		fail "run-tests.php, which comes with PHP's headers, is not where $php_config says."
}

check() {
	build checks
	cargo fmt --check
	cargo_locked clippy --quiet --all-targets -- -D warnings
	cargo_locked clippy --quiet --all-targets --features sandbox,fault-points -- -D warnings
	cargo_locked clippy --quiet --lib --features php -- -D warnings
	shellcheck --exclude=SC2016 build.sh .ci/run tests/{wp,crash,matrix,memory,packages,supply-chain}/*.sh php/examples/*.sh php/packages/{build.sh,postinst,postrm} # single quotes: the PHP code in them is meant as it is
	phpcs -q --standard=php/phpcs.xml php
	phpcs -q --standard=tests/wp/phpcs.xml tests/wp tests/bench tests/simulation tests/crash tests/fuzz tests/memory tests/stub-check.php
	"$php" -n -d "extension=$extension" tests/stub-check.php php/stubs/wccom_host.stub.php
	echo 'check: nothing found'
}

audit() {
	build_extension audit
	export root target extension
	tests/supply-chain/run.sh
}

package() {
	case ${1:-} in
		'') build_extension packages ;;
		--try) build packages roots sites ;;
		*) fail "package: cannot use $1. Known: --try." ;;
	esac
	export root target extension sandbox php php_config minor
	php/packages/build.sh
	[ -z "${1:-}" ] || tests/packages/run.sh
}

install_all() {
	local prefix='' option extensions conf load=wccom_host.so package file
	for option; do
		case $option in
			--prefix=/*) prefix=${option#*=} ;;
			*) fail "install: cannot use $option. Known: --prefix=<folder>, a whole path." ;;
		esac
	done
	# Under sudo there may be no Rust: then what the user has built is installed.
	if [ -f "$extension" ] && ! command -v cargo >/dev/null; then get php; else build; fi

	extensions=$("$php_config" --extension-dir)
	package=${prefix:-/usr/local}/share/wccom-host
	if [ -n "$prefix" ] && [ "$prefix" != "$("$php_config" --prefix)" ]; then
		extensions=$prefix/lib/php/${extensions##*/}
		load=$extensions/wccom_host.so
		conf=$prefix/etc/php/$minor/conf.d
	else
		conf=$("$php" -n -r 'echo PHP_CONFIG_FILE_SCAN_DIR;')
		[ -n "$conf" ] || fail "$php reads no folder of settings. Add this to its php.ini: extension=$extension"
		# Debian's own PHP, beside which another one of the same version may stand.
		if [[ $conf = /etc/php/$minor/* ]] && [ -d "/etc/php/$minor/mods-available" ]; then conf=/etc/php/$minor/mods-available; fi
	fi

	install_file "$extension" "$extensions/wccom_host.so"
	printf '; priority=20\nextension=%s\n' "$load" | install_file /dev/stdin "$conf/wccom_host.ini"
	rm -rf "${DESTDIR:-}$package"
	for file in php/wccom-host.php php/composer.json php/src/*.php php/mu-plugin/*.php php/examples/*; do install_file "$file" "$package/${file#php/}"; done

	echo "Extension:      ${DESTDIR:-}$extensions/wccom_host.so"
	echo "Settings:       ${DESTDIR:-}$conf/wccom_host.ini"
	echo "WP-CLI package: ${DESTDIR:-}$package"
	if [ "$load" != wccom_host.so ]; then
		echo "PHP reads these settings after: export PHP_INI_SCAN_DIR=:$conf"
	elif [[ $conf = */mods-available ]]; then
		if [ -n "${DESTDIR:-}" ]; then
			echo 'To enable it, where it is unpacked: phpenmod wccom_host'
		else
			phpenmod -v "$minor" wccom_host
			echo "It is enabled. A running php-fpm has to be restarted: systemctl restart php$minor-fpm"
		fi
	fi
	printf 'WP-CLI loads the commands with these lines in wp-cli.yml, or for all sites of a user in ~/.wp-cli/config.yml:\n\nrequire:\n  - %s/wccom-host.php\n' "$package"
}

# The old file is removed first: a running PHP that has it open keeps it, instead of dying.
install_file() {
	command install -D -m 644 "$1" "${DESTDIR:-}$2" || fail "Cannot write ${DESTDIR:-}$2. Install as root (sudo ./build.sh install) or elsewhere (--prefix=<folder>)."
}

demo() {
	build sites curl
	folder=$(mktemp -d "${TMPDIR:-/tmp}/wccom-host-demo.XXXXXX")
	trap end_demo EXIT
	trap 'exit 130' INT TERM HUP
	echo 'Making a sandbox of WooCommerce.com, and two WordPress sites ...'
	# The sandbox ends with its standard input, that is with this script, however that ends.
	exec {sandbox_input}> >(exec "$sandbox" --exit-with-stdin --key=demo-partner-key --tls --ready-file="$folder/sandbox.json" >"$folder/sandbox.log" 2>&1)
	sandbox_pid=$!
	tests/wp/site.sh template "$folder/template"
	tests/wp/site.sh copy "$folder/template" "$folder/shop-one" https://shop-one.example.com
	tests/wp/site.sh copy "$folder/template" "$folder/shop-two" https://shop-two.example.com
	until [ -s "$folder/sandbox.json" ]; do
		kill -0 "$sandbox_pid" 2>/dev/null || fail 'The sandbox did not start:' "$(cat "$folder/sandbox.log")"
		sleep 0.05
	done
	set_up_demo_shell "$PWD"
	cd "$folder"

	tell 'A hosting company sells WooCommerce extensions with its plans: each new site has to be connected to WooCommerce.com, once.
Here is PHP with the extension, pointed at the sandbox, and files with the key of the company and the token of a customer.'
	type_in 'cat settings/wccom_host.ini'
	type_in 'ls -l partner.key customer.token'

	tell '1. A person connects a site, over SSH or from Ansible: one command.'
	type_in 'cd shop-one'
	type_in 'wp wccom-host register --key-file=../partner.key --wpcom-access-token-file=../customer.token --email=jane@example.com --products=woocommerce-bookings'
	type_in 'wp wccom-host status'

	tell '2. A provisioning script connects another site: three lines of PHP.'
	type_in 'cd ../shop-two'
	type_in 'cat ../provision.php'
	type_in 'wp eval-file ../provision.php'
	type_in 'wp wccom-host status --verify'

	tell '3. What WooCommerce.com has seen, here the sandbox: one order for each site, and no second one for a second run.'
	type_in 'cd ../shop-one'
	type_in 'wp wccom-host register --key-file=../partner.key --wpcom-access-token-file=../customer.token'
	type_in 'curl --silent $SANDBOX/state | php ../orders.php'
	tell '4. The rest of a site'"'"'s life: its products, its licences, and the end of its plan.'
	type_in 'wp wccom-host product install woocommerce-bookings --activate --key-file=../partner.key'
	type_in 'wp wccom-host order connections --key-file=../partner.key'
	type_in 'wp wccom-host cancel --yes --key-file=../partner.key'
	type_in 'wp wccom-host order list --status=any --key-file=../partner.key --fields=id,status,date_created_gmt'

	tell 'That was all. The sandbox ends now, and the sites are removed.'
}

tell() {
	printf '\n\n%s\n' "$1"
}

type_in() {
	printf '\n$ %s\n' "$1"
	eval "$1"
}

# What a person finds on a server: wp and php on the path, php.ini settings, wp-cli.yml, files for key, token and script.
set_up_demo_shell() {
	local checkout=$1 from_ready_file='echo json_decode( file_get_contents( $argv[1] ), true )[ $argv[2] ];'
	from_ready() { "$php" -n -r "$from_ready_file" -- "$folder/sandbox.json" "$1"; }
	mkdir "$folder/bin" "$folder/settings"
	ln -s "$php" "$folder/bin/php"
	printf '#!/bin/sh\nexec php "%s/wp-cli/wp-cli.phar" "$@"\n' "$(tests/wp/wp-studio.sh)" >"$folder/bin/wp"
	chmod +x "$folder/bin/wp"
	printf 'require:\n  - %s/php/wccom-host.php\n' "$checkout" >"$folder/wp-cli.yml"
	cat >"$folder/settings/wccom_host.ini" <<-INI
		extension=$extension
		wccom_host.base_url=$(from_ready base_url)
		wccom_host.helper_base_url=$(from_ready helper_base_url)
		wccom_host.ca_file=$(from_ready ca_file)
	INI
	cat >"$folder/provision.php" <<-'PHP'
		<?php
		$request = [ 'url' => home_url(), 'wpcom_access_token' => trim( file_get_contents( '../customer.token' ) ) ];
		$auth    = wccom_host_register( $request, [ 'key_file' => '../partner.key', 'user_id' => 1 ] );
		WC_Helper_Options::update( 'auth', $auth );
	PHP
	cat >"$folder/orders.php" <<-'PHP'
		<?php
		foreach ( json_decode( stream_get_contents( STDIN ) )->orders as $order ) {
			echo "order $order->id, $order->status: $order->url\n";
		}
	PHP
	(
		umask 077
		echo demo-partner-key >"$folder/partner.key"
		echo '#(*$!%^@)' >"$folder/customer.token"
	)
	export PATH=$folder/bin:$PATH PHP_INI_SCAN_DIR=$PHP_INI_SCAN_DIR:$folder/settings SANDBOX SANDBOX_HELPER_URL SANDBOX_CA_FILE
	SANDBOX=$(from_ready control_url)
	SANDBOX_HELPER_URL=$(from_ready helper_base_url)
	SANDBOX_CA_FILE=$(from_ready ca_file)
	export HOME=$folder XDG_STATE_HOME=$folder/state WP_CLI_ALLOW_ROOT=1 SHELL_PIPE=0 # 0: tables as on a terminal
}

end_demo() {
	exec {sandbox_input}>&-
	kill "$sandbox_pid" 2>/dev/null || true
	wait "$sandbox_pid" 2>/dev/null || true
	rm -rf "$folder"
}

crash() {
	build tests
	WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_SANDBOX=$sandbox tests/crash/run.sh "$@"
}

memory() {
	build tests valgrind
	cargo_locked rustc --quiet --lib --features php,fault-points --crate-type cdylib
	WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_FAULT_EXTENSION=$fault_extension WCCOM_HOST_SANDBOX=$sandbox PHPT_RUNNER=$(phpt_runner) tests/memory/run.sh "$@"
}

matrix() {
	get roots
	tests/matrix/run.sh "$@"
}

simulate() {
	build
	run_simulation "$@"
}

run_simulation() {
	WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_SANDBOX=$sandbox "$php" -n -d "extension=$extension" tests/simulation/run.php "$@"
}

bench() {
	build sites curl
	WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_SANDBOX=$sandbox "$php" tests/bench/bench.php "$@"
}

case ${1:-build} in
	build) build ;;
	extension) build_extension ;;
	demo | check | bench | simulate | crash | memory | matrix | audit | package) "$@" ;;
	needs) get php compilers sites tests ;; # in the roots of the matrix
	test) run_tests ;;
	install) install_all "${@:2}" ;;
	help | --help | -h) help ;;
	*)
		help >&2
		exit 1
		;;
esac
