#!/usr/bin/env bash
# Runs every target for FUZZ_SECONDS; a crash is an error and its bytes are kept in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version > /dev/null 2>&1; then
	echo "fuzz: needs a nightly toolchain: rustup toolchain install nightly --profile minimal" >&2
	exit 1
fi
PATH="$PWD/.tools/cargo-fuzz/bin:$PATH"
for target in scenario_reader log_miner; do
	printf '\n==> %s for %s s\n' "$target" "$FUZZ_SECONDS"
	# libFuzzer writes what it keeps into the first folder, and reads the others.
	mkdir -p "fuzz/corpus/$target"
	cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
		-max_total_time="$FUZZ_SECONDS" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0
done
