#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the line coverage per room from the counters of `make coverage`: coverage.sh BUILD-DIR.
# The lines of a function that several objects contain are counted once per object.
for room in $(sed -n 's/^\([a-z][^ ]*\).*/\1/p' tests/rooms.txt); do
    for notes in "$1/$room"/*.gcno; do
        [ -e "$notes" ] && gcov -n "$notes" 2> /dev/null
    done | awk -v room="$room" '
        /^File / { ours = index($2, "\x27" room "/") == 1 && $2 ~ /\.c\x27$/ }
        /^Lines executed/ && ours { split($2, part, ":"); all += $4; run += $4 * part[2] / 100; ours = 0 }
        END { if (all) printf "%-16s %6.1f%% of %5d lines\n", room, 100 * run / all, all }'
done | awk '{ print; all += $4; run += $2 * $4 / 100 }
            END { if (all) printf "%-16s %6.1f%% of %5d lines\n", "all", 100 * run / all, all }'
