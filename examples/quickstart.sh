#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Leads from a fresh Debian 12 to a trained model: packages, build, data, training, evaluation of seen and
# unseen tags, a few tagged images, a report. Training proceeds from easy to hard: first images of one
# shape with all their labels, then scenes of up to four shapes with 40% of the labels missing. Evaluation
# uses such scenes with all labels.
# Arguments go to both runs of `ramplus train` (example: train.max_steps=100). After an interruption, run the
# script again to resume; `rm -r runs/quickstart*` starts over.
set -e
cd "$(dirname "$0")/.."
data=synth run=runs/quickstart first=runs/quickstart-first
images="$data/images/test/000000.png $data/images/test/000001.png
$data/images/test/000002.png $data/images/test/000003.png"
started=$(date +%s)
say() { printf '\n== %s\n' "$*"; }

# Prints the labels of a test image from both tag lists.
truth() {
    for list in seen unseen; do
        grep "^${1#"$data"/}," "$data/$list/annotations.txt" | cut -d, -f2-
    done | paste -sd, | sed 's/,/, /g'
}

say "packages"
sh setup.sh
say "build"
make -j"$(nproc)"
say "data: single shapes in $data/first, scenes of 1 to 4 shapes in $data"
[ -f "$data/first/train.json" ] ||
    ./ramplus prepare synth "$data/first" --objects 1 --missing 0 --train 16000 --test 200 --seed 2
[ -f "$data/train.json" ] || ./ramplus prepare synth "$data"
say "training on single shapes: run folder $first"
printf 'train.epochs: 4\noptim.schedule: constant\n' > "$data/first.yaml" # "$@" may change them
./ramplus train -c configs/synth.yaml -c "$data/first.yaml" data.root="$data/first" run="$first" "$@"
say "training on scenes, starting from that model: run folder $run"
./ramplus train -c configs/synth.yaml data.root="$data" run="$run" model.init="$first" "$@"

mkdir -p "$run/eval"
for list in seen unseen; do
    say "evaluation: $list tags"
    ./ramplus eval --checkpoint "$run" --data "$data/$list" > "$run/eval/$list.txt"
    cat "$run/eval/$list.txt"
done

cat "$data/seen/tags.txt" "$data/unseen/tags.txt" > "$run/eval/all_tags.txt"
# Joins two JSON arrays, one tag per line, into one.
{
    sed '$ s/]$/,/' "$data/seen/descriptions.json"
    sed '1 s/^\[//' "$data/unseen/descriptions.json"
} > "$run/eval/all_descriptions.json"
all="--tags $run/eval/all_tags.txt --descriptions $run/eval/all_descriptions.json"
say "four test images, seen and unseen tags together"
./ramplus tag --checkpoint "$run" $all --top 6 $images > "$run/eval/tagged.txt"
for image in $images; do
    grep "^$image:" "$run/eval/tagged.txt"
    echo "    ground truth: $(truth "$image")"
done
./ramplus tag --checkpoint "$run" $all --top 6 --json $images \
    > "$run/eval/examples.json"
./ramplus report "$run" --images . -o "$run/report.html"

say "summary: $(($(date +%s) - started)) s on $(nproc) processors"
for list in seen unseen; do
    sed -n "s/^mAP  */mAP of the $list tags: /p; s/^  mAP of /    /p" "$run/eval/$list.txt"
done
echo "report: $run/report.html"
