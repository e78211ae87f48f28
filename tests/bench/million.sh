#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Seconds and memory of `prepare pack`, `prepare shards` and `train` on a large set of small images:
# million.sh RAMPLUS FOLDER [RECORDS]
#
# The records are new ones, the images a few hundred JPEGs of 64 x 64 pixels. A million takes 6 GB in
# FOLDER, which is removed at the end. Needs /usr/bin/time.
program=$1 folder=$2 records=${3:-1000000}
[ -x "$program" ] && [ -n "$folder" ] && [ ! -e "$folder" ] ||
    { echo "usage: million.sh RAMPLUS NEW_FOLDER [RECORDS]" >&2; exit 2; }
here=$(cd "$(dirname "$0")/../.." && pwd)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
mkdir -p "$folder" || exit 1

# measure WHAT COMMAND...: prints its seconds and peak memory.
measure() {
    what=$1
    shift
    command time -f "$what: %e s, processor %U + %S s, %M KB" "$@" 2> "$folder/messages" > "$folder/out" ||
        { cat "$folder/messages" >&2; exit 1; }
    tail -1 "$folder/messages"
}

"$program" prepare synth "$folder/synth" --train 256 --test 50 --objects 2 > /dev/null 2>&1 || exit 1
"$program" prepare triplets "$folder/jpeg" "$folder/synth/train.json" --root "$folder/synth" \
    --tags "$folder/synth/train_tags.txt" --size 64 > /dev/null 2>&1 || exit 1
# Each record has a caption of its own.
sed 's/^\[//; s/\]$//; s/,$//' "$folder/jpeg/train.json" | awk -v n="$records" '
    { at = index($0, "\"caption\":[\"") + 11; head[NR] = substr($0, 1, at); tail[NR] = substr($0, at + 1) }
    END { for (i = 0; i < n; i++) {
              r = i % NR + 1
              printf "%s%snumber %d, %s", i ? ",\n" : "[", head[r], i, tail[r] }
          print "]" }' > "$folder/jpeg/million.json"

measure "pack" "$program" prepare pack "$folder/pack" "$folder/jpeg/million.json"
du -sh "$folder/pack"/*.tar | awk '{ n++ } END { print n " shards" }'
du -sh "$folder/pack" | cut -f 1
rm -f "$folder/jpeg/million.json"
measure "shards" "$program" prepare shards "$folder/again" "$folder/pack"
rm -rf "$folder/again"
for run in first second; do
    rm -rf "$folder/run"
    measure "train, 1 step, $run" "$program" train -c "$here/configs/synth.yaml" data.root="$folder/pack" \
        run="$folder/run" train.batch=64 train.max_steps=1 data.eval= save.every=0 threads=2
done
# The loader alone, if `make build/fast/bench/loader_epoch` has built it beside the program.
loader=$(dirname "$program")/bench/loader_epoch
[ ! -x "$loader" ] || "$loader" "$folder/pack" 2 8192 $((records < 300000 ? records : 300000)) || exit 1
measure "train, 100 steps" "$program" train -c "$here/configs/synth.yaml" data.root="$folder/pack" \
    run="$folder/run" resume=never train.batch=64 train.max_steps=100 data.eval= save.every=0 log.every=5 threads=2
sed -n 's/.*"step": \([0-9]*\).*"data_wait_s": \([0-9.e-]*\).*/\1 \2/p' "$folder/run/metrics.jsonl" |
    awk '{ sum += $2; if ($2 > most) most = $2 } END { print "waited for data: " sum " s in " NR " lines, at most " most " s" }'
