#!/usr/bin/env bash
# Tests the commands on real WordPress sites.
#   tests/wp/run.sh              every tests/wp/*Test.php, two at a time
#   tests/wp/run.sh SaveTest     only these; further arguments of phpunit by PHPUNIT_OPTIONS, for example --filter=veto
# Honoured: PHP, WOOCOMMERCE_DIR (see site.sh), WCCOM_HOST_EXTENSION, WCCOM_HOST_FAULT_EXTENSION, WCCOM_HOST_SANDBOX.
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
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
WCCOM_HOST_WP_FILES=$("$here/wp-studio.sh")
WCCOM_HOST_PYTHON_TOOLS=$("$here/python-tools.sh")
export WCCOM_HOST_WP_FILES WCCOM_HOST_PYTHON_TOOLS WCCOM_HOST_WP_TEMPLATES=$work TMPDIR=$work/tmp
"$here/site.sh" template "$work/single"
"$here/site.sh" multisite "$work/single" "$work/network"

if [ $# -eq 0 ]; then
	cd "$here"
	set -- *Test.php
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
