#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs fuzz targets one after another: run.sh DIR SECONDS TARGET... DIR receives corpora and logs.
cd "$1" || exit 1
seconds=$2
shift 2
for t in "$@"; do
    echo "fuzz  $t"
    mkdir -p "corpus/$t"
    "./$t" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 "corpus/$t" "seeds/$t" > "$t.log" 2>&1 || { tail -40 "$t.log"; exit 1; }
    grep -E 'number_of_executed_units|DONE' "$t.log"
done
