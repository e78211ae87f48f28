#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the README's table of folders from tests/rooms.txt. `make lint` compares the two.
cd "$(dirname "$0")/../.." || exit 1
echo "| room | holds |"
echo "|---|---|"
sed -n 's/^\([a-z][^ ]*\)  *\(.*\)/| `\1` | \2 |/p' tests/rooms.txt
