#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs fuzz targets one after another: run.sh DIR SECONDS TARGET... DIR receives new inputs, findings
# and logs. Each target starts with the committed inputs; FLAGS are further flags of libFuzzer.
dir=$1 seconds=$2
shift 2
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)") || exit 1
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM
export TMPDIR OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=quarantine_size_mb=32
status=0
for t in "$@"; do
    echo "fuzz  $t"
    mkdir -p "$dir/corpus/$t" "tests/fuzz/corpus/$t"
    dictionary=
    [ -f "tests/fuzz/$t.dict" ] && dictionary=-dict=tests/fuzz/$t.dict
    "$dir/targets/$t" -max_total_time="$seconds" -max_len=8192 -timeout=5 -rss_limit_mb=512 \
        $dictionary -close_fd_mask=3 -artifact_prefix="$dir/found-$t-" -print_final_stats=1 \
        $FLAGS "$dir/corpus/$t" "tests/fuzz/corpus/$t" > "$dir/$t.log" 2>&1 ||
        { tail -40 "$dir/$t.log"; status=1; }
    grep -E 'number_of_executed_units|DONE' "$dir/$t.log"
done
exit $status
