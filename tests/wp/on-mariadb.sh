#!/usr/bin/env bash
# Tests on MariaDB what touches the database: all of Database*Test.php, and of the tests that run on SQLite the classes below.
# Everything on MariaDB: WCCOM_HOST_TEST_DATABASE=mariadb tests/wp/run.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
WCCOM_HOST_TEST_DATABASE=mariadb exec ./run.sh Database*Test.php SaveTest PendingTest NullSecretTest NetworkTest KillTest
