/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes whole PyTorch files, that is, the archive around the pickle. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TensorSet set;
    if (tensor_set_pth(fuzz_file(data, size), &set, NULL) == 0) fuzz_read_all(&set);
    tensor_set_close(&set);
    return 0;
}
