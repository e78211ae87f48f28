#!/bin/sh
# Installs the Debian 12 packages that building and testing need. PACKAGES: setup.sh --list.
packages="gcc make pkg-config libopenblas-openmp-dev libjpeg62-turbo-dev libpng-dev libwebp-dev
libhdf5-dev libjansson-dev libyaml-dev libxml2-dev libxxhash-dev librandom123-dev check clang-format"
[ "$1" = --list ] && { echo $packages; exit 0; }
missing=
for p in $packages; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $p"
done
[ -z "$missing" ] && { echo "setup: every package is here"; exit 0; }
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q && $sudo apt-get install -y -q --no-install-recommends $missing
