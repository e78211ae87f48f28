/* SPDX-License-Identifier: Apache-2.0 */
/* Shared fixtures of the suites that use label banks. */
#include "tests/model/labels/bank_case.h"

#include "core/mem.h"
#include "tests/support/bank_make.h"
#include "tests/support/clip_files.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 2, .heads = 1, .ffn = 64, .embed = 64},
    .vocabulary = 512 + 4 + 2,
    .context = 32,
};

void bank_case_clip(void)
{
    char *weights = tiny_path("@/clip.safetensors");
    clip_files_write(weights, &TEXT, NULL);
    mem_free(weights);
    tiny_write("@/merges.txt", "#version: 0.2\nr e\nre d</w>\nc i\nci r\n");
}

void bank_case_bank(const char *path, const char *tags, int64_t dim, const char *encoder)
{
    Error err = {0};
    char *full = tiny_path(path);
    Labels b = bank_make(tags, dim);
    strcpy(b.identity.encoder, encoder);
    ck_assert_msg(bank_file_write(full, &b, &err) == 0, "%s", err.text);
    labels_free(&b);
    mem_free(full);
}

void bank_case_equal(const char *a, const char *b)
{
    json_t *x = tiny_json(a), *y = tiny_json(b);
    ck_assert_msg(json_equal(x, y), "%s and %s differ", a, b);
    json_decref(x);
    json_decref(y);
}
