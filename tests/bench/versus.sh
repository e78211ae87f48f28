#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Speed beside PyTorch and ONNX Runtime: the same model, sizes and threads, on one machine in one
# session: versus.sh [-n PAIRS] [ROW...]
#
# Rows (default: 5 pairs of each):
#   train-float32, train-bfloat16
#       training step: Swin-B at 224 pixels, batch 4, 4,585 tags x 51 descriptions, ASL, AdamW
#   train-few-float32, train-few-bfloat16
#       the same where all negatives are below ASL's clip; 5% of the tags are positive
#   tag-l-onnx, tag-l-float32, tag-l-bfloat16, tag-l-int8, tag-b-onnx, tag-b-float32, ...
#       tagging one image of 384 pixels, Swin-L and Swin-B
#   small-synth, small-openclipart
#       training with the sizes of configs/synth.yaml and configs/openclipart.yaml
# The rival is ONNX Runtime in the rows that say so, otherwise PyTorch, with autocast to bfloat16 in
# the rows of bfloat16 and int8.
#
# A pair runs both once, and the next pair in the opposite order. Each row prints the median
# seconds of both, and the median of the pairs' ratios, rival / ramplus, with lowest and highest.
#   training  the mean of the second and the third step, with `train --dry-run`, whose loader reads
#             images; the rival has one batch in memory
#   tagging   each image after the first: `tag --profile` without opening the model, the time of
#             13 images less that of 1; the rival has its images in memory
#   small     the second half of a run of 200 steps, from metrics.jsonl; the rival: 100 steps after
#             25, with one batch in memory
# Both have the same number of parameters within 1%, and compute the same: in rows of tagging, the
# logits of an image must agree.
#
# The first use installs torch, onnx, onnxscript and onnxruntime from PyPI into build/versus/venv
# (5.5 GB: PyPI's torch does not start without CUDA's libraries); PYTHON=FILE is another interpreter
# that has them. Weights and other inputs, 7 GB, stay in build/versus. What cannot be had is skipped.
usage() {
    echo "usage: versus.sh [-n PAIRS] [ROW...]" >&2
    exit 2
}
pairs=5
[ "$1" != -n ] || { [ $# -ge 2 ] && pairs=$2 && shift 2; } || usage
case $pairs in '' | *[!0-9]* | 0) usage ;; esac
cd "$(dirname "$0")/../.." || exit 1
program=${PROGRAM:-./ramplus} at=build/versus bench=tests/bench
python=${PYTHON:-$at/venv/bin/python}
tags=4585 texts=51 bank=build/versus/bank.safetensors batch=4 images=13 steps=100 drawn=3200
export OMP_NUM_THREADS=2
fail() {
    echo "error: $*" >&2
    exit 1
}
[ -x "$program" ] || fail "$program: not there: run make"
mkdir -p $at || exit 1

has() { "$python" -c "import $1" > /dev/null 2>&1; }
install() {
    echo "installing torch, onnx, onnxscript and onnxruntime from PyPI into $at/venv"
    [ -x "$python" ] || python3 -m venv $at/venv || return
    "$python" -m pip install -q torch numpy &&
        "$python" -m pip install -q onnx onnxscript onnxruntime
}
[ -n "$PYTHON" ] || { has torch && has onnxscript && has onnxruntime; } || install
has torch || fail "$python: has no torch, so that nothing can be measured"

# ---- inputs, made once ----

# once FILE COMMAND...: the command makes the file $out, which then gets its name.
once() {
    file=$1 out=$at/new/${1##*/}
    shift
    [ -e "$file" ] && return
    echo "making $file" >&2
    rm -rf $at/new
    mkdir $at/new
    "$@" > $at/messages 2>&1 || { tail -5 $at/messages >&2; fail "$file: cannot be made: $*"; }
    mv $at/new/* $at
}
make() { what=$1; shift; "$python" $bench/versus_inputs.py "$what" "$out" "$@"; }
draw() { "$program" prepare synth "$out" --train "$1" --test 1 --size "$2"; }
embed() {
    "$program" embed --encoder hash model.text_width=512 --tags $at/tags.txt \
        --descriptions $at/descriptions.json -o "$out"
}
convert() { # MODEL
    "$program" convert model.encoder="${1%_*}" model.image_size="${1##*_}" \
        model.tags=$at/tags.txt "$at/$1.labeled.safetensors" "$out"
}
bitmaps() { # MODEL
    folder=$out
    mkdir "$folder"
    for i in $(seq 0 $((images - 1))); do out=$folder/$i.bmp; make bitmap "$1" "$i" || return; done
}
labels() {
    once $at/tags.txt make tags $tags
    once $at/descriptions.json make descriptions $tags $texts
    once $bank embed
}
inputs_train() { # WEIGHTS BIAS
    labels
    once $at/train.json make annotations $tags 64
    once $at/drawn_256 draw 64 256
    once "$at/$1.safetensors" make weights swin_b_224 "$2"
}
inputs_tag() { # MODEL
    labels
    once "$at/$1.safetensors" make weights "$1" 0
    [ -e "$at/$1.h5" ] || once "$at/$1.labeled.safetensors" make labeled "$at/$1.safetensors" $bank
    once "$at/$1.h5" convert "$1"
    rm -f "$at/$1.labeled.safetensors"
    once "$at/$1.images_$images" bitmaps "$1"
}
inputs_small() {
    once $at/drawn_64 draw $drawn 64
    once $at/tags_111.txt make tags 111
    once $at/descriptions_111.json make descriptions 111 3
}

# ---- measurements: print seconds and the number of parameters ----

# The rival keeps its memory from step to step, as jemalloc would: a tenth faster with glibc.
rival() {
    MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 \
        "$python" $bench/versus_run.py "$@"
}

ours_train() { # PRECISION WEIGHTS
    "$program" train --dry-run threads=2 precision="$1" run=$at/run data.root=$at/drawn_256 \
        data.train=$at/train.json data.eval= model.tags=$at/tags.txt model.bank=$bank \
        model.encoder=swin_b model.image_size=224 model.init="$at/$2.safetensors" \
        train.batch=$batch optim.lr=1e-7 |
        awk '$1 == "step" { seconds = $2 } $1 == "parameters" { n = $2 } END { print seconds, n }'
}

# tag MODEL PRECISION IMAGE...: seconds without opening the model; the scores in scores.csv
tag() {
    model=$1 precision=$2
    shift 2
    "$program" tag --checkpoint "$at/$model.h5" threads=2 precision="$precision" eval.batch=1 \
        --threshold 0 --csv --profile "$@" > $at/scores.csv 2> $at/profile
    ok=$?
    grep -E '^error|falling back' $at/profile >&2
    sed 's/ [0-9.]*%.*//' $at/profile | awk '/^opening/ { n = $NF } /^all / { print $NF - n }'
    return $ok
}
parameters() {
    "$program" info "$1" | awk '$1 ~ /^param\// {
        n = 1
        for (i = 3; i <= NF; i++) { gsub(/[^0-9]/, "", $i); if ($i != "") n *= $i }
        sum += n } END { print sum }'
}
ours_tag() { # MODEL PRECISION
    one=$(tag "$1" "$2" "$at/$1.images_$images/0.bmp") && all=$(tag "$1" "$2" "$at/$1.images_$images") || return
    awk -v one="$one" -v all="$all" -v n=$((images - 1)) -v p="$(parameters "$at/$1.h5")" \
        'BEGIN { print (all - one) / n, p }'
}

# Over four epochs, as configs/synth.yaml trains, without the first steps: images are decoded in
# the first epoch and come from the loader's cache then.
ours_small() { # CONFIGURATION BATCH [SETTING...]
    config=$1 size=$2
    shift 2
    "$program" train -c "configs/$config.yaml" threads=2 run=$at/run data.root=$at/drawn_64 \
        data.eval= save.every=1000000 log.every=$steps train.max_steps=$((4 * drawn / size)) \
        "$@" || return
    sed -n 's/.*"step": \([0-9]*\),.*"samples_per_s": \([0-9.]*\).*/\1 \2/p' $at/run/metrics.jsonl |
        awk -v B="$size" -v p="$(parameters $at/run/checkpoints/latest)" -v first="$steps" \
            '$1 > first { t += B / $2; n++ } END { print t / n, p }'
}

# ---- pairs ----

# measure WHO COMMAND...: adds a line to the measurements of ours or theirs
measure() {
    who=$1
    shift
    rm -rf $at/run # what is left of another run would be resumed
    "$@" > $at/output 2> $at/messages
    ! grep 'falling back' $at/messages >&2 || fail "$row: not in its precision: $*"
    tail -1 $at/output | grep -E '^[0-9.e-]+ [0-9]+$' >> $at/$who && return
    tail -5 $at/messages >&2
    fail "$row: no result: $*"
}
ratios() { paste -d ' ' $at/theirs $at/ours | awk '{ print $1 / $3 }' | sort -g; }
median() { awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
# Seconds, or images per second where a step is of so many images.
figure() { sort -g "$1" | median | awk -v n="$each" '{ printf "%.3f\n", n ? n / $1 : $1 }'; }
say() { # RIVAL UNIT
    printf '%-18s %-13s %9s %9s %-9s %5.2f (%.2f to %.2f)\n' "$row" "$1" "$(figure $at/theirs)" \
        "$(figure $at/ours)" "$2" "$(ratios | median)" "$(ratios | head -1)" "$(ratios | tail -1)"
}
same_size() {
    paste -d ' ' $at/theirs $at/ours | awk '$2 / $4 > 1.01 || $2 / $4 < 0.99 { exit 1 }' ||
        fail "$row: different numbers of parameters: $(tail -1 $at/theirs | cut -d ' ' -f 2), $(
            tail -1 $at/ours | cut -d ' ' -f 2)"
}
same_scores() {
    rival logits $at/scores.csv $at/scores.txt "$at/$model.images_$images/0.bmp" $tolerance > $at/logits ||
        fail "$row: not the same scores: $(cat $at/logits)"
}
# compare RIVAL UNIT THEIRS OURS: two commands, of words without spaces
compare() {
    rm -f $at/theirs $at/ours
    for pair in $(seq "$pairs"); do
        [ $((pair % 2)) = 1 ] || measure ours $4
        measure theirs $3
        [ $((pair % 2)) = 0 ] || measure ours $4
        same_size
        [ -z "$tolerance" ] || same_scores
    done
    say "$1" "$2"
}

# ---- rows ----

row_train() { # PRECISION WEIGHTS BIAS
    inputs_train "$2" "$3"
    theirs="rival train swin_b_224 $at/$2.safetensors $bank $1 $batch"
    compare PyTorch s/step "$theirs" "ours_train $1 $2"
}
row_tag() { # MODEL PRECISION TOLERANCE
    model=$1 tolerance=$3
    inputs_tag "$1"
    theirs="rival tag $1 $at/$1.safetensors $bank $2 $images $at/scores.txt"
    compare PyTorch s/image "$theirs" "ours_tag $1 $2"
}
row_onnx() { # MODEL
    has onnxruntime || { echo "skipped: $row: $python has no onnxruntime"; return; }
    model=$1 tolerance=2e-5
    inputs_tag "$1"
    once "$at/$1.onnx" make onnx "$1" "$at/$1.safetensors" $bank
    theirs="rival onnx $1 $at/$1.onnx $images $at/scores.txt"
    compare "ONNX Runtime" s/image "$theirs" "ours_tag $1 float32"
}
row_small() { # CONFIGURATION BATCH TAGS TEXTS [SETTING...]
    inputs_small
    theirs="rival small $1 $2 $3 $4 $steps" config=$1 each=$2
    shift 4
    compare PyTorch images/s "$theirs" "ours_small $config $each $*"
}
measure_row() {
    tolerance="" each=""
    case $row in
    *bfloat16)
        grep -q avx512_bf16 /proc/cpuinfo || {
            echo "skipped: $row: this processor has no bfloat16 instructions"
            return
        }
        ;;
    esac
    case $row in
    *int8)
        grep -q avx512_vnni /proc/cpuinfo || {
            echo "skipped: $row: this processor has no AVX-512 VNNI instructions"
            return
        }
        ;;
    esac
    case $row in
    train-few-*) row_train "${row##*-}" swin_b_224_few -6 ;;
    train-*) row_train "${row##*-}" swin_b_224 0 ;;
    tag-?-onnx) row_onnx "swin_$(echo "$row" | cut -c 5)_384" ;;
    tag-?-bfloat16) row_tag "swin_$(echo "$row" | cut -c 5)_384" bfloat16 0.03 ;;
    tag-?-int8) row_tag "swin_$(echo "$row" | cut -c 5)_384" int8 0.1 ;;
    tag-?-float32) row_tag "swin_$(echo "$row" | cut -c 5)_384" float32 2e-5 ;;
    small-synth) row_small synth 16 67 5 ;;
    small-openclipart)
        row_small openclipart 32 111 3 text_encoder=hash model.tags=$at/tags_111.txt \
            model.descriptions=$at/descriptions_111.json
        ;;
    esac
}
rows="train-float32 train-few-float32 train-bfloat16 train-few-bfloat16
    tag-l-onnx tag-l-float32 tag-l-bfloat16 tag-l-int8
    tag-b-onnx tag-b-float32 tag-b-bfloat16 tag-b-int8
    small-synth small-openclipart"
for row in "$@"; do
    echo " $(echo $rows) " | grep -qF " $row " || fail "$row: not one of $(echo $rows)"
done
sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1
versions="$("$program" --version | head -1), $("$python" $bench/versus_run.py versions)"
echo "$versions, 2 threads, $pairs pairs"
printf '%-18s %-13s %9s %9s %-9s %5s (lowest to highest)\n' row rival theirs ours "" ratio
for row in ${*:-$rows}; do measure_row; done
