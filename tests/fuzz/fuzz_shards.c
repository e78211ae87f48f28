/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the JSON index of weights in several files, a.safetensors and b.safetensors beside it.
 *
 * Parsers: core/formats/tensor_shards.c core/formats/file_kind.c */
#include "core/formats/file_kind.h"
#include "core/formats/safetensors.h"
#include "core/formats/tensor_shards.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void write_files(void)
{
    static const float number[6] = {1, 2, 3, 4, 5, 6};
    const StWrite tensor[] = {{"x", 1, {2}, number}, {"y.z", 2, {2, 3}, number}};
    char *a = fuzz_path("a.safetensors"), *b = fuzz_path("b.safetensors");
    CHECK(st_write(a, NULL, 0, tensor, 1, NULL) == 0 &&
              st_write(b, NULL, 0, tensor, 2, NULL) == 0,
          "files");
    mem_free(b);
    mem_free(a);
}

/* The kind of the folder, of the bytes under another name, and of what its weights are. */
static void check_kinds(FuzzPart content)
{
    char *folder = fuzz_path(""), *path = fuzz_file("weights", content);
    char *h5 = fuzz_file("weights.h5", content), *weights = tensor_shards_resolve(folder);
    char *same = tensor_shards_resolve(path);
    enum FileKind kind;
    CHECK(file_kind(folder, &kind, NULL) == 0 && kind == FILE_OTHER, "%s", folder);
    CHECK(!weights && strcmp(same, path) == 0, "weights");
    file_kind(path, &kind, NULL);
    file_kind_arrays(path, &kind, NULL);
    file_kind_arrays(h5, &kind, NULL);
    mem_free(same);
    mem_free(h5);
    mem_free(path);
    mem_free(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool written;
    TensorSet set;
    char *path = fuzz_file("m.safetensors.index.json", (FuzzPart){data, size});
    char *shard = fuzz_path("m-00001-of-00002.safetensors");
    char *index = tensor_shards_resolve(shard);
    if (!written) write_files();
    written = true;
    CHECK(strcmp(index, path) == 0, "%s", index);
    if (tensor_set_open(path, &set, NULL) == 0) fuzz_read_all(&set);
    tensor_set_close(&set);
    check_kinds((FuzzPart){data, size});
    mem_free(index);
    mem_free(shard);
    mem_free(path);
    return 0;
}
