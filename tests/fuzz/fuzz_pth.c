/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes whole PyTorch files, that is, the archive around the pickle.
 *
 * Parsers: core/formats/pth.c core/formats/pth_list.c core/formats/name_prefix.c */
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TensorSet set;
    char *path = fuzz_file("a.pth", (FuzzPart){data, size});
    if (tensor_set_pth(path, &set, NULL) == 0) fuzz_read_all(&set);
    tensor_set_close(&set);
    mem_free(path);
    return 0;
}
