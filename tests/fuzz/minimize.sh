#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Adds to the committed inputs what fuzzing has found since, and keeps the fewest that reach every line
# and branch that all of them reach. Inputs with a name of their own, such as past crashes, stay; names
# from libFuzzer are hashes. minimize.sh DIR TARGET...
dir=$1
shift
TMPDIR=$(mktemp -d) || exit 1
trap 'rm -rf "$TMPDIR"' EXIT
export TMPDIR OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=quarantine_size_mb=32
for t in "$@"; do
    kept=tests/fuzz/corpus/$t all=$TMPDIR/$t
    mkdir -p "$kept" "$all" "$dir/corpus/$t"
    find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -exec mv {} "$all" \;
    "$dir/targets/$t" -merge=1 -set_cover_merge=1 -use_counters=0 -timeout=1 -rss_limit_mb=512 \
        -close_fd_mask=3 "$kept" "$all" "$dir/corpus/$t" > "$dir/$t.merge.log" 2>&1 ||
        { tail -20 "$dir/$t.merge.log"; mv "$all"/* "$kept"; exit 1; }
    echo "$t: $(find "$kept" -type f | wc -l) inputs, $(du -sb "$kept" | cut -f1) bytes"
done
