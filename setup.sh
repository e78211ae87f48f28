#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that building and testing need. `setup.sh --list` prints their names.
packages="gcc libc6-dev make pkg-config libopenblas-openmp-dev libjpeg62-turbo-dev libpng-dev
libwebp-dev libhdf5-dev libjansson-dev libyaml-dev libxml2-dev libxxhash-dev
zlib1g-dev libutf8proc-dev libcurl4-openssl-dev libdnnl-dev libfreetype-dev libarchive-dev
libmicrohttpd-dev check clang-format"
[ "$1" = --list ] && { echo $packages; exit 0; }
missing=
for p in $packages; do
    dpkg-query -W -f '${Status}' "$p" 2> /dev/null | grep -q 'install ok installed' ||
        missing="$missing $p"
done
[ -z "$missing" ] && { echo "setup: all packages are installed"; exit 0; }
root=
[ "$(id -u)" = 0 ] || root=sudo
if [ -n "$root" ] && ! command -v sudo > /dev/null; then
    echo "error: packages: sudo is not installed: run as root: apt-get install$missing" >&2
    exit 1
fi
apt() { $root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 "$@"; }
apt update && apt install -y --no-install-recommends $missing
