/* SPDX-License-Identifier: Apache-2.0 */
/* Presents the fuzzer's bytes as a file, because parsers take paths. */
#ifndef RAMPLUS_TESTS_FUZZ_FUZZ_H
#define RAMPLUS_TESTS_FUZZ_FUZZ_H

#include "core/formats/tensor_set.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* libFuzzer calls this */

/* Puts the bytes into a file in memory and returns its path. Every call replaces the contents
 * of the same file. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* Reads every tensor that is not large, raw and as float32, and compares the checksums. */
void fuzz_read_all(const TensorSet *set);

#endif
