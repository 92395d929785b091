#!/usr/bin/env bash
# Builds disk.c into the file $1, to be preloaded.
set -euo pipefail

cc -std=gnu11 -Wall -Wextra -Werror -O1 -shared -fPIC -o "$1" "$(dirname "${BASH_SOURCE[0]}")/disk.c" -ldl -lpthread
