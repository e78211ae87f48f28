#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gives kernels to clang's OpenCL and CUDA front ends, in both precisions: kernels.sh FILE.cl...
# All are one program, as on a GPU, so that a name that is used twice is found, too. Prints what is
# refused. Needs no GPU and no software of one.
cd "$(dirname "$0")/.." || exit 1
check() { clang "$@" -I. -Werror -Wall -Wno-unused-function -fsyntax-only 2>&1; }
opencl() { check -x cl -cl-std=CL1.2 "$@"; }
cuda() {
    check -x cuda -nocudainc -nocudalib --cuda-device-only -Wno-unknown-cuda-version \
        -include tests/tools/cuda_words.h "$@"
}

# Each has to refuse the C library; else it has read a kernel as C.
for front_end in opencl cuda; do
    printf '%s\n' '#include "core/dialect.h"' 'KERNEL k(OUT(float) x) { memset(x, 0, 4); }' |
        $front_end - | grep -q memset || echo "$front_end: accepts a call of memset"
    for precision in -URAMPLUS_DOUBLE -DRAMPLUS_DOUBLE; do
        printf '#include "%s"\n' "$@" | $front_end $precision -
    done
done
