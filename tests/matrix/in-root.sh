#!/usr/bin/env bash
# The part of run.sh that runs inside of a root, in a copy of the checkout: installs what build.sh says is needed, builds the
# extension and tests it. Writes a row of the table for each variant into /matrix/results. Ends with 1 if one has failed.
set -euo pipefail
cd /matrix/src

quick='' zts='' only='' classes=()
for option; do
	case $option in
		--quick) quick=1 ;;
		--zts) zts=1 ;;
		--variant=*) only=${option#*=} ;;
		--classes=*) IFS=, read -ra classes <<<"${option#*=}" ;;
	esac
done
# What touches WooCommerce's own code, options and hooks.
woocommerce_classes=(PreflightTest RegisterTest ConnectTest PendingTest SaveTest VerifyTest StatusTest UpdateUrlTest CancelTest SiteHealthTest ProvisionTest ProductInstallTest)

failed=0
row() { # variant, phpt, site tests
	echo "| $ROOT_NAME | $("$PHP" -n -r 'echo PHP_VERSION;') | $1 | $2 | $3 |" | tee -a /matrix/results
}

# Builds for PHP and PHP_CONFIG; sets extension and runner.
build() {
	local built=/matrix/target/debug/libwccom_host.so
	# The same path can be another PHP in the next root, which cargo would not notice.
	cargo clean --quiet --offline --package ext-php-rs --package wccom-host
	CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 cargo rustc --quiet --locked --offline --lib --features php,fault-points --crate-type cdylib
	extension=/tmp/$1.so
	cp "$built" "$extension"
	export WCCOM_HOST_EXTENSION=$extension WCCOM_HOST_FAULT_EXTENSION=$extension WCCOM_HOST_SANDBOX=/matrix/wccom-host-sandbox
	runner=$(compgen -G "$("$PHP_CONFIG" --prefix)/lib/php/*/build/run-tests.php")
	"$PHP" -n -d "extension=$extension" tests/stub-check.php php/stubs/wccom_host.stub.php
}

# Both print how many passed, of how many.
phpt() {
	local log=/matrix/logs/$ROOT_NAME-$1-phpt.log code=0
	TEST_PHP_EXECUTABLE=$PHP TEST_TIMEOUT=600 NO_INTERACTION=1 "$PHP" "$runner" -q -j2 --no-color --no-progress --show-diff -d "extension=$extension" tests/phpt >"$log" 2>&1 || code=$?
	awk '
		/^Number of tests/ { all = $5 }
		/^Tests (passed|warned)/ { passed += $4 }
		/^Tests warned/ && $4 > 0 { again = ", " $4 " at the second try" }
		END { printf "%d of %d%s", passed, all, again }' "$log"
	return "$code"
}

sites() {
	local log=/matrix/logs/$ROOT_NAME-$1-sites.log code=0
	tests/wp/run.sh "${@:2}" >"$log" 2>&1 || code=$?
	# PHPUnit's last line of each class: "OK (14 tests, ...)", or "Tests: 14, Assertions: 280, Failures: 1."
	awk '
		/^OK \(/ { all += substr($2, 2) }
		/^Tests: / {
			all += $2
			while (match($0, /(Errors|Failures|Skipped|Risky|Incomplete|Warnings): [0-9]+/)) {
				split(substr($0, RSTART, RLENGTH), part, " ")
				if (part[1] == "Skipped:") skipped += part[2]
				else bad += part[2]
				$0 = substr($0, RSTART + RLENGTH)
			}
		}
		END { printf "%d of %d%s", all - bad - skipped, all, skipped ? ", " skipped " skipped" : "" }' "$log"
	return "$code"
}

# One way to run PHP: its settings, and whether the machine code compiler really is on.
variant() {
	local name=$1 jit=$2 phpt_passed sites_passed=-
	[ "${only:-$name}" = "$name" ] || return 0
	mkdir -p "/tmp/ini/$name"
	printf '%s\n' "${@:3}" >"/tmp/ini/$name/matrix.ini"
	export PHP_INI_SCAN_DIR=:/tmp/ini/$name
	"$PHP" -r 'exit( ( opcache_get_status()["jit"]["on"] ?? false ) === (bool) $argv[1] ? 0 : 1 );' "$jit" || {
		echo "$ROOT_NAME, $name: opcache is not as it should be" >&2
		failed=1
	}
	phpt_passed=$(phpt "$name") || failed=1
	if [ -z "$quick" ]; then sites_passed=$(sites "$name" "${classes[@]}") || failed=1; fi
	row "$name" "$phpt_passed" "$sites_passed"
	unset PHP_INI_SCAN_DIR
}

# WooCommerce itself, with nothing of ours loaded, decides whether it runs on this PHP.
with_woocommerce() {
	local folder=$1 name passed log
	name=woocommerce-$(basename "$(dirname "$folder")")
	log=/matrix/logs/$ROOT_NAME-$name-template.log
	export WOOCOMMERCE_DIR=$folder
	if tests/wp/site.sh template "/tmp/$name" >"$log" 2>&1; then
		if [ ${#classes[@]} -gt 0 ]; then set -- "${classes[@]}"; else set -- "${woocommerce_classes[@]}"; fi
		passed=$(sites "$name" "$@") || failed=1
	else
		passed="does not run on this PHP: $(grep -m 1 -i 'fatal' "$log" | cut -c 1-160 || tail -n 1 "$log")"
	fi
	row "$name" - "$passed"
	unset WOOCOMMERCE_DIR
}

# Debian packages no thread-safe PHP: it is made of Debian's own source, with what the phpt tests use.
make_zts() {
	local prefix=$1 minor=$2
	[ ! -x "$prefix/bin/php-config" ] || return 0
	sed 's/^deb /deb-src /' /etc/apt/sources.list >/etc/apt/sources.list.d/source.list
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dpkg-dev make autoconf pkg-config re2c bison
	(
		cd "$(mktemp -d)"
		apt-get source -qq --download-only "php$minor"
		dpkg-source --no-check -x php*.dsc source
		cd source
		./buildconf --force
		CFLAGS='-O0 -g0' ./configure --quiet --disable-opcache --prefix="$prefix" --enable-zts --disable-all --disable-cgi --disable-phpdbg --without-pear --enable-filter --enable-pcntl --enable-posix
		make -j2
		make install
	) >/matrix/logs/"$ROOT_NAME-zts-build.log" 2>&1
}

./build.sh needs
PHP=$(readlink -f "$(command -v php)")
PHP_CONFIG=$(readlink -f "$(command -v php-config)")
export PHP PHP_CONFIG
build nts

variant no-opcache '' opcache.enable=0 opcache.enable_cli=0
variant opcache-jit 1 opcache.enable=1 opcache.enable_cli=1 opcache.jit=tracing opcache.jit_buffer_size=64M
for folder in /matrix/woocommerce/*/woocommerce; do
	if [ -d "$folder" ]; then with_woocommerce "$folder"; fi
done
if [ -z "$quick" ]; then
	cargo rustc --quiet --locked --offline --release --lib --features php --crate-type cdylib
	"$PHP" -n -d extension=/matrix/target/release/libwccom_host.so tests/stub-check.php php/stubs/wccom_host.stub.php
fi
if [ -n "$zts" ]; then
	make_zts /opt/php-zts "$("$PHP" -n -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')"
	PHP=/opt/php-zts/bin/php PHP_CONFIG=/opt/php-zts/bin/php-config
	# Not by the build ID, as others are: a symbol of the engine is missing before that is compared.
	if ! "$PHP" -n -d "extension=$extension" -r 'echo (int) extension_loaded( "wccom_host" );' 2>&1 | grep -Pzq '(?s)Unable to load dynamic library.*\n0$'; then
		echo "$ROOT_NAME: a thread-safe PHP does not refuse an extension for one that is not" >&2
		failed=1
	fi
	build zts
	passed=$(phpt zts) || failed=1
	row zts "$passed" -
fi
exit "$failed"
