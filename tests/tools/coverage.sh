#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the coverage of lines and branches per room, and the files with the most lines that no test
# runs, from the counters of `make coverage`: coverage.sh BUILD-DIR.
# The lines of a function that several objects contain are counted once per object.
files=$(mktemp) || exit 1
trap 'rm -f "$files"' EXIT
for room in $(sed -n 's/^\([a-z][^ ]*\).*/\1/p' tests/rooms.txt); do
    for notes in "$1/$room"/*.gcno; do
        [ -e "$notes" ] && gcov -n -b "$notes" 2> /dev/null
    done | awk -v room="$room" '
        function put() { if (ours) print room, file, lines, run, branches, taken
                         ours = lines = run = branches = taken = 0 }
        /^File / { put(); split($2, name, "\x27"); file = name[2]
                   ours = index(file, room "/") == 1 && file ~ /\.cl?$/ }
        /^Lines executed/ && ours && !lines { split($2, part, ":"); lines = $4; run = $4 * part[2] / 100 }
        /^Taken at least once/ && ours { split($4, part, ":"); branches = $6; taken = $6 * part[2] / 100 }
        END { put() }'
done > "$files"
awk '{ for (i = 1; i <= 2; i++) { key = i == 1 ? $1 : "all"
           if (!(key in lines)) order[n++] = key
           lines[key] += $3; run[key] += $4; branches[key] += $5; taken[key] += $6 } }
     END { for (i = 0; i <= n; i++) { key = i < n ? order[i] : "all"
               if (key == "all" && i < n) continue
               printf "%-16s %6.1f%% of %5d lines  %6.1f%% of %5d branches\n", key,
                      100 * run[key] / lines[key], lines[key],
                      branches[key] ? 100 * taken[key] / branches[key] : 100, branches[key] } }' "$files"
echo "lines without a test:"
awk '{ printf "%4d %5.1f%% %s\n", $3 - $4 + 0.5, 100 * $4 / $3, $2 }' "$files" | sort -k1nr | head -20
