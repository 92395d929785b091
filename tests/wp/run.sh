#!/usr/bin/env bash
# Tests the commands on real WordPress sites.
#   tests/wp/run.sh              every tests/wp/*Test.php, two at a time; Database*Test.php only on MariaDB
#   tests/wp/run.sh SaveTest     only these; further arguments of phpunit by PHPUNIT_OPTIONS, for example --filter=veto
# Honoured: PHP, WOOCOMMERCE_DIR, WCCOM_HOST_EXTENSION, WCCOM_HOST_FAULT_EXTENSION, WCCOM_HOST_SANDBOX, and
# WCCOM_HOST_TEST_DATABASE: sqlite (the default), or mariadb, of which a server is started and stopped here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
export PHP=${PHP:-php}
WCCOM_HOST_EXTENSION=$(realpath -m "${WCCOM_HOST_EXTENSION:-$target/release/libwccom_host.so}")
WCCOM_HOST_FAULT_EXTENSION=$(realpath -m "${WCCOM_HOST_FAULT_EXTENSION:-$target/debug/libwccom_host.so}")
WCCOM_HOST_SANDBOX=$(realpath -m "${WCCOM_HOST_SANDBOX:-$target/release/wccom-host-sandbox}")
export WCCOM_HOST_EXTENSION WCCOM_HOST_FAULT_EXTENSION WCCOM_HOST_SANDBOX
for file in "$WCCOM_HOST_EXTENSION" "$WCCOM_HOST_FAULT_EXTENSION" "$WCCOM_HOST_SANDBOX"; do
	if [ ! -f "$file" ]; then
		echo "$file is not there. ./build.sh test builds it." >&2
		exit 1
	fi
done

work=$(mktemp -d)
trap 'stop_server; rm -rf "$work"' EXIT
mkdir "$work/tmp"
WCCOM_HOST_WP_FILES=$("$here/wp-studio.sh")
WCCOM_HOST_PYTHON_TOOLS=$("$here/python-tools.sh")
export WCCOM_HOST_WP_FILES WCCOM_HOST_PYTHON_TOOLS WCCOM_HOST_WP_TEMPLATES=$work TMPDIR=$work/tmp

export WCCOM_HOST_TEST_DATABASE=${WCCOM_HOST_TEST_DATABASE:-sqlite} WCCOM_HOST_TEST_SERVER=$work/mariadb
server=''
start_server() {
	"$here/mariadb.sh" serve "$WCCOM_HOST_TEST_SERVER" --innodb-flush-method=nosync 2>"$work/mariadb.log" &
	server=$!
	until [ -S "$WCCOM_HOST_TEST_SERVER/socket" ]; do
		if ! kill -0 "$server" 2>/dev/null; then
			cat "$work/mariadb.log" >&2
			exit 1
		fi
		sleep 0.05
	done
}
stop_server() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" || true
	fi
}
if [ "$WCCOM_HOST_TEST_DATABASE" = mariadb ]; then
	"$here/mariadb.sh" data "$WCCOM_HOST_TEST_SERVER"
	start_server
fi
"$here/site.sh" template "$work/single"
"$here/site.sh" multisite "$work/single" "$work/network"
if [ "$WCCOM_HOST_TEST_DATABASE" = mariadb ]; then
	# For tests that treat their server badly: the whole of it, with the templates, to be copied.
	stop_server
	cp -a "$WCCOM_HOST_TEST_SERVER/data" "$work/server-template"
	start_server
fi

if [ $# -eq 0 ]; then
	cd "$here"
	for class in *Test.php; do
		if [ "$WCCOM_HOST_TEST_DATABASE" = mariadb ] || [[ $class != Database* ]]; then set -- "$@" "$class"; fi
	done
fi
run_class() {
	local output code=0
	# shellcheck disable=SC2086 # several options
	output=$("$PHP" "$(command -v phpunit)" --configuration "$here/phpunit.xml" ${PHPUNIT_OPTIONS:-} "$here/${1%.php}.php" 2>&1) || code=$?
	printf '== %s\n%s\n\n' "${1%.php}" "$output"
	return "$code"
}
export -f run_class
export here
printf '%s\n' "$@" | xargs -P 2 -I '{}' bash -c 'run_class "$1"' _ '{}'
