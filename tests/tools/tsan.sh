#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs commands whose work several OpenMP threads share under ThreadSanitizer: tsan.sh RAMPLUS.
# Archer tells the sanitizer what OpenMP guarantees. It crashes in the forked processes of the test
# suites, which therefore compute on one thread.
program=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
export OMP_TOOL_LIBRARIES=libarcher.so OMP_NUM_THREADS=2
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66 $TSAN_OPTIONS"
small="model.image_size=32 model.hidden=32 model.heads=2 model.ffn=64 swin.width=8 swin.depths=[1,1,1,1]
    swin.heads=[1,2,2,2] train.batch=8 threads=2 loader.threads=3"
try() {
    echo "tsan: ramplus $1"
    "$program" "$@" > "$folder/out" 2>&1 && return
    tail -40 "$folder/out"
    exit 1
}
try prepare synth "$folder/data" --train 60 --test 20 --size 32
try train -c configs/synth.yaml data.root="$folder/data" run="$folder/run" train.max_steps=8 eval.every=4 $small
try train -c configs/synth.yaml data.root="$folder/data" run="$folder/whole" train.max_steps=3 data.eval= $small \
    model.recompute=blocks debug.nan=true
try tag --checkpoint "$folder/run" --top 3 "$folder/data/images/test"
try eval --checkpoint "$folder/run" --data "$folder/data/unseen"
try retrieve --checkpoint "$folder/run" --text red "$folder/data/images/test"
