/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes label banks in safetensors files. A bank that is accepted is written so that it reads
 * back.
 *
 * Parsers: model/labels/bank_safetensors.c model/labels/bank_file.c model/labels/bank_info.c */
#include "core/mem.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_info.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const Labels *l)
{
    Labels again;
    Error err = {0};
    char *path = fuzz_path("again.safetensors");
    CHECK(bank_file_write(path, l, &err) == 0, "%s", err.text);
    CHECK(bank_file_read(path, &again, &err) == 0, "%s", err.text);
    CHECK(labels_same(path, &again, l, &err) == 0, "%s", err.text);
    labels_free(&again);
    mem_free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("bank.safetensors", (FuzzPart){data, size});
    Labels l;
    FileInfo info = {0};
    if (bank_file_read(path, &l, NULL) == 0) {
        check_again(&l);
        CHECK(bank_file_is_safetensors(path), "a bank without its mark");
        labels_free(&l);
    }
    bank_info_read(path, &info, NULL);
    file_info_free(&info);
    mem_free(path);
    return 0;
}
