#!/usr/bin/env bash
# Runs a command inside of a root, with mounts and processes of its own: when it ends, nothing of it stays mounted or running.
#   enter.sh <root> [<folder or file>:<place in the root>[:ro]]... -- <command> [<argument>...]
set -euo pipefail

if [ "${1:-}" != --entered ]; then
	# Tests count on the default signals, which a shell takes from what it runs in the background.
	exec unshare --mount --propagation=private --pid --fork --kill-child -- env --default-signal=INT,QUIT "$0" --entered "$@"
fi
root=$2
shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" != -- ]; do
	IFS=: read -r from to access <<<"$1"
	if [ -d "$from" ]; then mkdir -p "$root/$to"; else install -D /dev/null "$root/$to"; fi
	mount --bind "$from" "$root/$to"
	[ -z "$access" ] || mount -o "remount,bind,$access" "$root/$to"
	shift
done
shift
exec chroot "$root" "$@"
