/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the tests of `prepare triplets`. */
#include "tests/data/prepare/triplets_case.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"

#include <check.h>
#include <string.h>

void triplets_case_new(TripletsCase *c)
{
    scratch_new(&c->scratch);
    c->out_dir = file_join(c->scratch.dir, "out");
    c->tags_path = mem_strdup(scratch_text(&c->scratch, "tags.txt", "red\nblue\ngreen\n"));
    Image image = image_new(40, 30);
    memset(image.rgb, 200, 3 * 40 * 30);
    ck_assert_int_eq(image_write_png(scratch_path(&c->scratch, "a.png"), &image, NULL), 0);
    image_free(&image);
}

void triplets_case_free(TripletsCase *c)
{
    mem_free(c->out_dir);
    mem_free(c->tags_path);
    scratch_free(&c->scratch);
}

char *triplets_case_text(const TripletsCase *c, const char *name)
{
    char *path = file_join(c->out_dir, name);
    Bytes b;
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    mem_free(path);
    return (char *)b.data;
}
