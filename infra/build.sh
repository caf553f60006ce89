#!/usr/bin/env bash
# Cross-builds the functions for both architectures and prints each zip's size.
# target/lambda holds arm64, which the template deploys by default; target/lambda-x86_64 the other.
set -euo pipefail
export PATH="$PWD/.tools/sam/bin:$PATH"
packages=()
for function in "$@"; do packages+=(--package "$function"); done

for target in aarch64-unknown-linux-gnu x86_64-unknown-linux-gnu; do
  rustup target list --installed | grep -qx "$target" || rustup target add "$target"
done
cargo lambda build --release --locked --arm64 --output-format zip --lambda-dir target/lambda "${packages[@]}"
cargo lambda build --release --locked --x86-64 --output-format zip --lambda-dir target/lambda-x86_64 "${packages[@]}"

printf '\n%-12s %10s %10s\n' function arm64 x86_64
for function in "$@"; do
  printf '%-12s %7d KB %7d KB\n' "$function" \
    "$(($(stat -c %s "target/lambda/$function/bootstrap.zip") / 1024))" \
    "$(($(stat -c %s "target/lambda-x86_64/$function/bootstrap.zip") / 1024))"
done
