/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the pickle of a PyTorch file: the bytes are placed in a valid archive with two
 * storages.
 *
 * Parsers: core/formats/pickle.c core/formats/pickle_ops.c core/formats/pickle_build.c
 * core/formats/pickle_names.c */
#include "core/mem.h"
#include "tests/core/formats/zip_build.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[96];
    TensorSet set;
    size_t len;
    const ZipPart part[] = {{.name = "t/data.pkl", .data = data, .len = size},
                            {.name = "t/data/0", .data = zeros, .len = 96},
                            {.name = "t/data/1", .data = zeros, .len = 4},
                            {.name = "t/data/2", .data = zeros, .len = 24},
                            {.name = "t/data/3", .data = zeros, .len = 0},
                            {.name = "t/data/4", .data = zeros, .len = 48}};
    uint8_t *file = zip_build(part, 6, &(ZipEnd){0}, &len);
    char *path = fuzz_file("a.pth", (FuzzPart){file, len});
    if (tensor_set_pth(path, &set, NULL) == 0) fuzz_read_all(&set);
    tensor_set_close(&set);
    mem_free(path);
    mem_free(file);
    return 0;
}
