#!/usr/bin/env bash
# Looks for leaks, invalid accesses and uninitialised memory in the extension, under everything that the tests do to it:
#   tests/memory/run.sh              all of it, which takes an hour
#   tests/memory/run.sh <part>...    calls, valgrind, valgrind-fuzz, address, address-fuzz
#
# calls: a million calls of each of 25 kinds that fail early, and what they leave behind (early-failures.php).
# valgrind: the phpt tests under memcheck; whatever it says fails, but for what php.supp names with a reason.
# address: the phpt tests with a build that has Rust's address sanitizer. It needs the nightly toolchain and GCC's libasan, and
# says so if they are not there. The shipped standard library is not instrumented, but allocates through the sanitizer.
# The parts with fuzz: hostile arguments (tests/fuzz/arguments.php), FUZZ_CASES of them (2,000).
#
# Honoured: PHP, WCCOM_HOST_EXTENSION (for calls), WCCOM_HOST_FAULT_EXTENSION (with symbols, for valgrind), WCCOM_HOST_SANDBOX,
# CARGO_TARGET_DIR, CALLS (1,000,000), PHPT_RUNNER (run-tests.php), PHPT (the tests; all of them).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
php=$(readlink -f "$(command -v "${PHP:-php}")")
extension=$(realpath -m "${WCCOM_HOST_EXTENSION:-$target/release/libwccom_host.so}")
fault_extension=$(realpath -m "${WCCOM_HOST_FAULT_EXTENSION:-$target/debug/libwccom_host.so}")
WCCOM_HOST_SANDBOX=$(realpath -m "${WCCOM_HOST_SANDBOX:-$target/release/wccom-host-sandbox}")
runner=${PHPT_RUNNER:-$(php-config --extension-dir)/build/run-tests.php}
cases=${FUZZ_CASES:-2000}
export WCCOM_HOST_SANDBOX TEST_PHP_EXECUTABLE=$php NO_INTERACTION=1
# PHP's own pools would hide what is inside of them, and unloading would take the names out of the reports.
export USE_ZEND_ALLOC=0 ZEND_DONT_UNLOAD_MODULES=1

read -ra wanted <<<"${PHPT:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What cannot be tested in this way, and why.
cannot=(
	memory.phpt                   # it measures memory itself, which is not what it is under valgrind and the sanitizer
	early_failures_memory.phpt    # the same
	orders_memory.phpt            # the same
	long_running.phpt             # the same
	secrets_in_memory.phpt        # it searches memory, in which both keep what was given back
	register_many_time_limit.phpt # max_execution_time is CPU time, of which everything takes thirty times as much
	register_many_ends.phpt       # a fatal error jumps over the frames of the call (longjmp), and what these own is left to the process
	signals_fatal.phpt            # the same
	register_many_killed.phpt     # kill -9, after which there is no report
	signals.phpt                  # they measure how soon a signal is seen
	signals_batch.phpt
	signals_orders.phpt
	signals_register.phpt
	orders_signals.phpt
)

# The same for valgrind alone: a child that is forked within a call leaves what belongs to its parent's call as it is, for good,
# which is what these show. Valgrind looks at the parents, and the sanitizer at the children, too.
forking=(fork_in_handler.phpt fork_tree.phpt journal_batch.phpt orders_fork.phpt register_many_callbacks.phpt register_many_lock_fork.phpt)

# And for the sanitizer alone: they start PHP with an environment of their own, in which the sanitizer is not loaded.
cannot_address=(ca_file.phpt environment.phpt fork_tree.phpt key_sources.phpt system_store.phpt take_key.phpt)

fail() {
	printf '%s\n' "$@" >&2
	exit 1
}

contains() {
	local word
	for word in "${@:2}"; do [ "$word" != "$1" ] || return 0; done
	return 1
}

# Copies of the tests but for those named, since what a run leaves beside a test is its report.
copy_tests() {
	local tests=$1 file
	mkdir -p "$tests"
	cp -r "$root/tests/phpt" "$root/tests/memory" "$tests"
	for file in "$tests"/phpt/*.phpt; do
		if contains "${file##*/}" "${cannot[@]}" "${@:2}" || { [ ${#wanted[@]} -gt 0 ] && ! contains "${file##*/}" "${wanted[@]}"; }; then rm "$file"; fi
	done
}

# Runs tests, and gives what valgrind or the sanitizer said of them.
run_phpt() {
	local tests=$1 code=0
	cd "$tests"
	WCCOM_HOST_EXTENSION=$2 WCCOM_HOST_FAULT_EXTENSION=$2 "$php" "$runner" -q --no-color --no-progress --show-diff "${@:3}" -d "extension=$2" -d pcre.jit=0 "$tests/phpt" >"$tests/out" 2>&1 || code=$?
	grep -E '^(PASS|FAIL|LEAK|SKIP|BORK|XFAIL|Number of|Tests)' "$tests/out" || true
	[ "$code" = 0 ] || sed -n '/^---- \|^--$\|^[0-9]*[+-] /p' "$tests/out" | head -100
	return "$code"
}

calls() {
	echo "== ${CALLS:-1000000} calls of each kind that fails early"
	env -u USE_ZEND_ALLOC "$php" -n -d "extension=$extension" "$here/early-failures.php" "${CALLS:-1000000}"
}

memcheck_options() {
	# The sandbox is another program; what it does is tested elsewhere.
	echo "--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=50 --suppressions=$here/php.supp --trace-children-skip=*/wccom-host-sandbox,/bin/*,/usr/bin/rm,/usr/bin/env"
}

valgrind_phpt() {
	local file found=0
	command -v valgrind >/dev/null || fail 'valgrind is not there: apt-get install valgrind'
	echo '== The phpt tests under valgrind'
	copy_tests "$work/valgrind" "${forking[@]}"
	copy_tests "$work/forking"
	for file in "$work"/valgrind/phpt/*.phpt; do rm -f "$work/forking/phpt/${file##*/}"; done
	VALGRIND_OPTS=$(memcheck_options) run_phpt "$work/valgrind" "$fault_extension" -m -j2 || true
	VALGRIND_OPTS="$(memcheck_options) --child-silent-after-fork=yes" run_phpt "$work/forking" "$fault_extension" -m -j2 || true
	for file in "$work"/valgrind/phpt/*.mem "$work"/forking/phpt/*.mem; do
		if [ -s "$file" ]; then
			found=1
			echo "-- ${file##*/}"
			cat "$file"
		fi
	done
	! grep -qE '^(FAIL|BORK)' "$work/valgrind/out" "$work/forking/out" || found=1
	[ "$found" = 0 ] || fail 'valgrind has found something, or a test has failed.'
}

valgrind_fuzz() {
	echo "== $cases hostile arguments under valgrind"
	# Children end by fatal errors, and forget: only their accesses count here. PHP on Debian does not tell valgrind of fibers.
	WCCOM_HOST_EXTENSION=$fault_extension WCCOM_HOST_FUZZ_WRAPPER="valgrind -q --error-exitcode=99 --leak-check=no --num-callers=50 --suppressions=$here/php.supp" \
		"$php" "$root/tests/fuzz/arguments.php" --cases="$cases" --without-fibers
}

# Builds it once for all parts.
address_build() {
	local host
	host=$(rustc -vV | sed -n 's/^host: //p')
	cargo +nightly --version >/dev/null 2>&1 || fail 'The address sanitizer needs the nightly toolchain of Rust: rustup toolchain install nightly'
	asan=$(cc -print-file-name=libasan.so)
	[[ $asan = /* ]] || fail "The address sanitizer needs GCC's libasan.so: apt-get install gcc"
	asan=$(readlink -f "$asan")
	address_extension=$target/address/$host/debug/libwccom_host.so
	(
		cd "$root"
		CARGO_TARGET_DIR=$target/address RUSTFLAGS=-Zsanitizer=address CARGO_PROFILE_DEV_DEBUG=line-tables-only \
			cargo +nightly rustc --quiet --locked --lib --features php,fault-points --crate-type cdylib --target "$host"
		cc -shared -fPIC -o "$work/without-deepbind.so" "$here/without-deepbind.c"
	) || fail 'This nightly toolchain cannot build the extension with the address sanitizer.'
}

address_phpt() {
	address_build
	echo '== The phpt tests with the address sanitizer'
	copy_tests "$work/address" "${cannot_address[@]}"
	# Not for the runner itself. A report ends the process with 99.
	printf '#!/bin/sh\nexport %s\nexec %s "$@"\n' "$(address_environment):log_path=$work/address/report" "$php" >"$work/php"
	chmod +x "$work/php"
	TEST_PHP_EXECUTABLE=$work/php run_phpt "$work/address" "$address_extension" || true
	if compgen -G "$work/address/report.*" >/dev/null; then
		cat "$work"/address/report.*
		fail 'The address sanitizer has found something.'
	fi
	! grep -qE '^(FAIL|BORK)' "$work/address/out" || fail 'A test has failed.'
}

# Leaks are valgrind's part, which sees the frames of PHP, too.
address_environment() {
	echo "LD_PRELOAD=$work/without-deepbind.so:$asan ASAN_OPTIONS=verify_asan_link_order=0:exitcode=99:detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1"
}

address_fuzz() {
	address_build
	echo "== $cases hostile arguments with the address sanitizer"
	WCCOM_HOST_EXTENSION=$address_extension WCCOM_HOST_FUZZ_WRAPPER="env $(address_environment)" \
		"$php" "$root/tests/fuzz/arguments.php" --cases="$cases" --without-fibers
}

[ $# -gt 0 ] || set -- calls valgrind valgrind-fuzz address address-fuzz
for part; do
	case $part in
		calls) calls ;;
		valgrind) valgrind_phpt ;;
		valgrind-fuzz) valgrind_fuzz ;;
		address) address_phpt ;;
		address-fuzz) address_fuzz ;;
		*) fail "Unknown part: $part. Known: calls, valgrind, valgrind-fuzz, address, address-fuzz" ;;
	esac
done
echo 'memory: nothing found'
