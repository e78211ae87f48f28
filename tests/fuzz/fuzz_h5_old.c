/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files of version 0.1.0, whose catalog HDF5 reads: the bytes behind the checksum block,
 * which fits. HDF5 may crash, in the child process that reads for it; this process may not.
 *
 * Parsers: core/hdf5/h5_old.c core/io/confined.c */
#include "core/hdf5/h5_file.h"
#include "core/mem.h"
#include "tests/fuzz/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    H5File *f;
    char *path = sealed_file("old.h5", (FuzzPart){data, size});
    if (h5_open(path, &f, NULL) == 0) {
        TensorSet set = tensor_set_of_h5(f, path);
        fuzz_read_all(&set);
        tensor_set_close(&set);
        h5_close(f);
    }
    mem_free(path);
    return 0;
}
