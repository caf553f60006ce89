#!/usr/bin/env bash
# Cross-builds functions for Lambda and prints each zip's size: infra/build.sh arm64|x86_64|all FUNCTION...
# The zips for arm64, which the template deploys, are in target/lambda; those for x86_64 in target/lambda-x86_64.
# It runs on macOS too: no option that only GNU's tools have, nothing that bash 3.2 lacks.
set -euo pipefail
export PATH="$PWD/.tools/sam/bin:$PATH"

case "${1:-}" in
  arm64 | x86_64) architectures=("$1") ;;
  all) architectures=(arm64 x86_64) ;;
  *)
    echo "invalid architecture \"${1:-}\": expected arm64, x86_64 or all (make build ARCH=...)" >&2
    exit 2
    ;;
esac
shift
packages=()
for function in "$@"; do packages+=(--package "$function"); done

# build TARGET FLAG DIRECTORY
build() {
  rustup target list --installed | grep -qx "$1" || rustup target add "$1"
  cargo lambda build --profile function --locked "$2" --output-format zip --lambda-dir "$3" "${packages[@]}"
}

for architecture in "${architectures[@]}"; do
  if [ "$architecture" = arm64 ]; then
    directory=target/lambda
    build aarch64-unknown-linux-gnu --arm64 "$directory"
  else
    directory=target/lambda-x86_64
    build x86_64-unknown-linux-gnu --x86-64 "$directory"
  fi
  printf '\n%-12s %10s\n' function "$architecture"
  for function in "$@"; do
    bytes=$(wc -c < "$directory/$function/bootstrap.zip")
    printf '%-12s %7d KB\n' "$function" "$((bytes / 1024))"
  done
done
