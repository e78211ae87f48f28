/* SPDX-License-Identifier: Apache-2.0 */
/* Small label banks for tests. */
#include "tests/support/bank_make.h"

#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

static void repeat(char digit, char out[static HASH_HEX])
{
    memset(out, digit, HASH_HEX - 1);
    out[HASH_HEX - 1] = 0;
}

Labels bank_make(const char *tags, int64_t dim)
{
    Labels b = {0};
    ck_assert_int_eq(tags_parse("tags", tags, &b.tags, NULL), 0);
    int64_t *offset = mem_calloc((size_t)b.tags.count + 1, sizeof *offset);
    for (int64_t k = 0; k < b.tags.count; k++) offset[k + 1] = offset[k] + 1 + k % 3;
    b.bank = label_bank_new(b.tags.count, offset, dim);
    for (int64_t i = 0; i < offset[b.tags.count] * dim; i++)
        b.bank->rows[i] = (float)(i * i % 97) / 97 - 0.5F;
    mem_free(offset);
    strcpy(b.identity.encoder, "hash");
    repeat('a', b.identity.fingerprint);
    repeat('7', b.identity.texts);
    return b;
}

Labels bank_read(const char *path)
{
    Labels b;
    Error err = {0};
    char *full = tiny_path(path);
    ck_assert_msg(bank_file_read(full, &b, &err) == 0, "%s", err.text);
    mem_free(full);
    return b;
}
