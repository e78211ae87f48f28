/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: bytes that anyone may have written, as files, texts and
 * parts. */
#ifndef RAMPLUS_TESTS_FUZZ_FUZZ_H
#define RAMPLUS_TESTS_FUZZ_FUZZ_H

#include "core/formats/tensor_set.h"

#include <stddef.h>
#include <stdint.h>

/* The target. libFuzzer calls it by this name; for `make check` it is compiled as fuzz_NAME. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct FuzzPart {
    const uint8_t *data;
    size_t size;
} FuzzPart;

/* Cuts the input at lines of two percent signs into n parts; those that are missing are
 * empty, and the last one is the whole rest. */
void fuzz_cut(const uint8_t *data, size_t size, FuzzPart *part, int n);

/* Writes a file of this name into a folder of this process, which is removed at its end.
 * Returns the path, owned by the caller (mem_free). */
char *fuzz_file(const char *name, FuzzPart content);
char *fuzz_path(const char *name); /* the path alone */

/* The bytes and a NUL. Owned by the caller (mem_free). */
char *fuzz_text(FuzzPart part);

/* Reads every tensor that is not large, raw and as float32, and compares the checksums. */
void fuzz_read_all(const TensorSet *set);

#endif
