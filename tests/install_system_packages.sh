#!/usr/bin/env bash
# Installs the Debian packages named, or else those the tests drive as real programs; only what is missing.
set -euo pipefail

packages=("$@")
if [ ${#packages[@]} -eq 0 ]; then
  packages=(nginx openssl chromium fonts-noto-cjk prometheus strace gcc libc6-dev nodejs npm golang-go golang-golang-x-mod-dev)
fi

# What is there by another way than its package (a newer Node, say) is not missing.
is_here() {
  case $1 in
    nginx) [ -x /usr/sbin/nginx ] ;;
    prometheus) command -v prometheus && command -v promtool ;;
    nodejs) command -v node ;;
    chromium | openssl | strace | npm) command -v "$1" ;;
    *) dpkg-query --show --showformat='${db:Status-Status}' "$1" | grep -qx installed ;;
  esac >/dev/null 2>&1
}

missing=()
for package in "${packages[@]}"; do
  is_here "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These Debian packages are missing: ${missing[*]}. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
# RUNLEVEL=1: the tests start their own nginx and Prometheus; the packages' services need not run.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
