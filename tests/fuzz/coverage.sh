#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints which lines of the parsers the committed inputs of the fuzz targets reach, and fails if a file is
# below 90%. A parser is a file that a target names in its first comment, behind `Parsers:`.
# coverage.sh DIR TARGET...
dir=$1
shift
export LLVM_PROFILE_FILE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
rm -f "$dir"/*.profraw
objects= parsers=
for t in "$@"; do
    LLVM_PROFILE_FILE=$dir/$t%c.profraw
    "$dir/targets/$t" -runs=0 -close_fd_mask=3 "tests/fuzz/corpus/$t" > "$dir/$t.log" 2>&1 ||
        { tail -20 "$dir/$t.log"; exit 1; }
    objects="$objects -object $dir/targets/$t"
    parsers="$parsers $(awk '/Parsers:/ { on = 1 } on { print } on && /\*\// { exit }' "tests/fuzz/fuzz_$t.c" |
        grep -oE '[a-z0-9_]+/[a-z0-9_/]+\.c')"
done
llvm-profdata merge -o "$dir/all.profdata" "$dir"/*.profraw || exit 1
parsers=$(echo "$parsers" | tr ' ' '\n' | sort -u)
# shellcheck disable=SC2086
llvm-cov report -instr-profile="$dir/all.profdata" ${objects# -object} $parsers |
    awk '$1 ~ /\.c$/ { n++; bad += $10 + 0 < 90
                       printf "%5d of %5d  %7s  %s%s\n", $8 - $9, $8, $10, $1, $10 + 0 < 90 ? "  below 90%" : "" }
         END { print n " parsers, " bad + 0 " below 90%"; exit !n || bad }'
