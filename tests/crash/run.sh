#!/usr/bin/env bash
# Has the journal's disk fail in every way: see run.php.
#   tests/crash/run.sh --sample=400      a short run
#   tests/crash/run.sh                   all of it
# Honoured: PHP, WCCOM_HOST_EXTENSION, WCCOM_HOST_SANDBOX. Needs cc, strace and unshare; `places` needs root, or user namespaces.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
WCCOM_HOST_EXTENSION=$(realpath -m "${WCCOM_HOST_EXTENSION:-$target/release/libwccom_host.so}")
WCCOM_HOST_SANDBOX=$(realpath -m "${WCCOM_HOST_SANDBOX:-$target/release/wccom-host-sandbox}")
export WCCOM_HOST_EXTENSION WCCOM_HOST_SANDBOX
for program in cc strace unshare setpriv; do
	if ! command -v "$program" > /dev/null; then
		echo "$program is not there: apt-get install gcc strace util-linux" >&2
		exit 1
	fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/build-disk.sh" "$work/disk.so"
CRASH_DISK=$work/disk.so TMPDIR=$work "${PHP:-php}" -n "$here/run.php" "$@"
