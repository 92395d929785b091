#!/usr/bin/env bash
# A MariaDB server of the tests' own: no service, no port, a folder of its own for everything.
#   mariadb.sh data <folder>                makes the folder, with an empty data folder `data`
#   mariadb.sh serve <folder> [<option>...] becomes the server, on the socket `socket` in the folder, until SIGTERM or until
#                                           the process that began it is gone
# The user root has no password; the folder is of this user alone. It is small, and does not wait for the disk at each commit.
set -euo pipefail

folder=${2:-}
PATH=$PATH:/usr/sbin
for program in mariadbd mariadb-install-db; do
	if ! command -v "$program" >/dev/null; then
		echo "The program $program is missing. On Debian or Ubuntu: apt-get install mariadb-server-core" >&2
		exit 1
	fi
done

# The same for an empty folder and ever after.
files=(--innodb-log-file-size=4M --innodb-data-file-path=ibdata1:12M:autoextend --innodb-autoextend-increment=1 --innodb-buffer-pool-size=8M)

case ${1:-} in
	data)
		(umask 077 && mkdir "$folder")
		mariadb-install-db --no-defaults --datadir="$folder/data" --user="$(id -un)" --auth-root-authentication-method=normal \
			--skip-test-db --innodb-flush-method=nosync "${files[@]}" >"$folder/install.log" 2>&1 || {
			cat "$folder/install.log" >&2
			exit 1
		}
		;;
	serve)
		exec setpriv --pdeathsig=KILL mariadbd --no-defaults --datadir="$folder/data" --socket="$folder/socket" --pid-file="$folder/pid" --user="$(id -un)" \
			--skip-networking --skip-log-bin --performance-schema=off "${files[@]}" \
			--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-dump-at-shutdown=off --innodb-buffer-pool-load-at-startup=off \
			--key-buffer-size=1M --aria-pagecache-buffer-size=1M --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci "${@:3}"
		;;
	*)
		sed -n '2,5s/^# //p' "$0" >&2
		exit 1
		;;
esac
