/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as a file: parsers take paths. */
#ifndef RAMPLUS_TESTS_FUZZ_FUZZ_H
#define RAMPLUS_TESTS_FUZZ_FUZZ_H

#include "core/formats/tensor_set.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* libFuzzer calls this */

/* The path of a file in memory that holds the bytes; the same file every time, its contents replaced. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* Reads every tensor that is not large, as it is and as float32, and compares the checksums. */
void fuzz_read_all(const TensorSet *set);

#endif
