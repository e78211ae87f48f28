/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch files around a pickle that is given byte by byte, also invalid ones. */
#ifndef RAMPLUS_TESTS_CORE_FORMATS_PTH_BUILD_H
#define RAMPLUS_TESTS_CORE_FORMATS_PTH_BUILD_H

#include "tests/support/scratch.h"

#include <stddef.h>

typedef struct Pkl {
    const char *bytes;
    size_t len;
} Pkl;

/* Initializer of a Pkl from a string that may contain NUL bytes. */
#define PKL(text)                                                                              \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }

/* Parts of pickles of tensors. Strings are split where a digit would extend an escape
 * sequence. */
#define PROTO                "\x80\x02"
#define GLOBAL(module, name) "c" module "\n" name "\n"
#define REBUILD              GLOBAL("torch._utils", "_rebuild_tensor_v2")
#define TEXT1(letter)        "X\x01\0\0\0" letter
/* Storage "0" of 24 float32 numbers, on the stack. */
#define FLOATS                                                                                 \
    "(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("0") "X\x03\0\0\0"             \
                                                                     "cpu"                     \
                                                                     "K\x18"                   \
                                                                     "tQ"
#define NO_HOOKS "\x89)"
/* A tensor of that storage; offset, shape and strides are given as opcodes. */
#define TENSOR(offset, shape, strides) REBUILD "(" FLOATS offset shape strides NO_HOOKS "tR"
/* A tensor of two numbers. */
#define PAIR TENSOR("K\0", "K\2\x85", "K\1\x85")
/* {"a": value} and {"a": tensor} as whole programs. */
#define DICT_OF(value) PROTO "}" TEXT1("a") value "s."

/* Writes DIR/NAME, an archive of the pickle and a storage "0" with the numbers 0 to 23 in
 * float32. */
const char *pth_build(Scratch *s, const char *name, Pkl pickle);

#endif
