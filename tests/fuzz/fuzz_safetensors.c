/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes safetensors files.
 *
 * Parsers: core/formats/safetensors.c */
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TensorSet set;
    char *path = fuzz_file("a.safetensors", (FuzzPart){data, size});
    if (tensor_set_safetensors(path, &set, NULL) == 0) fuzz_read_all(&set);
    tensor_set_close(&set);
    mem_free(path);
    return 0;
}
