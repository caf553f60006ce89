#!/usr/bin/env bash
# Checks for what cannot be installed inside the project's folder, installs it with apt where that is possible, and
# names what is missing otherwise.
set -euo pipefail
python=${1:-python3}
missing=()

# install PACKAGE...: by apt, as root or with sudo that asks nothing.
install() {
  command -v apt-get > /dev/null || return 1
  local as=env
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2> /dev/null || return 1
    as="sudo -n env"
  fi
  echo "Installing $* with apt"
  $as apt-get update -qq && $as DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" > /dev/null
}

rust=$(rustc --version 2> /dev/null | cut -d ' ' -f 2 || true)
IFS=. read -r major minor _ <<< "${rust:-0.0.0}"
if [ "$major" -lt 1 ] || { [ "$major" -eq 1 ] && [ "$minor" -lt 95 ]; }; then
  missing+=("Rust 1.95 or newer with cargo, found ${rust:-none} (rustup installs both)")
fi
command -v cc > /dev/null || install build-essential || missing+=("a C compiler (Debian: build-essential)")
command -v "$python" > /dev/null || install python3 python3-venv || missing+=("Python 3.11 or newer (Debian: python3)")
if command -v "$python" > /dev/null; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    missing+=("Python 3.11 or newer: $("$python" --version) is too old; set PYTHON=/path/to/python")
  "$python" -c 'import ensurepip' 2> /dev/null || install python3-venv ||
    missing+=("Python's venv (Debian: python3-venv)")
else
  missing+=("$python: set PYTHON=/path/to/python")
fi

if [ ${#missing[@]} -gt 0 ]; then
  echo "Nightshift needs, and could not install by itself:" >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
fi
