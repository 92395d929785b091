#!/usr/bin/env bash
# Prints the folder bin of a Python environment with the programs of python-tools.txt, which is made once, in a cache
# outside the repository.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wccom-host
tools=$cache/python-tools-$(sha256sum "$here/python-tools.txt" | cut -c 1-12)

if [ ! -f "$tools/complete" ]; then
	mkdir -p "$cache"
	# Two runs at the same time make it one after the other. It cannot be moved: its programs know their place.
	exec 9>"$tools.lock"
	flock 9
fi
if [ ! -f "$tools/complete" ]; then
	echo 'Fetching ansible-core and kubernetes-validate (30 MB, once) ...' >&2
	rm -rf "$tools"
	python3 -m venv "$tools"
	"$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --requirement "$here/python-tools.txt" >&2
	"$tools/bin/pip" check --disable-pip-version-check >&2
	touch "$tools/complete"
fi
printf '%s\n' "$tools/bin"
