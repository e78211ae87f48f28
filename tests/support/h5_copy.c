/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/h5_copy.h"

#include "core/hdf5/h5_write.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>

static void copy_entry(H5File *f, const H5Entry *e, H5Writer *w, H5Change change, void *context)
{
    static const size_t bytes[] = {[H5_F32] = 4, [H5_F64] = 8, [H5_I64] = 8, [H5_U8] = 1};
    char *data = mem_calloc((size_t)e->len * bytes[e->type] + 1, 1);
    ck_assert_int_eq(h5_read(f, e, data, NULL), 0);
    if (change(e, data, context)) {
        if (e->type == H5_U8)
            h5_put_text(w, e->name, data, NULL);
        else
            h5_put(w, e->name, e->type, e->ndim, e->shape, data, NULL);
    }
    mem_free(data);
}

void h5_copy(const char *from, const char *to, H5Change change, void *context)
{
    H5File *f;
    H5Writer *w;
    char *in = tiny_path(from), *out = tiny_path(to);
    ck_assert_int_eq(h5_open(in, &f, NULL), 0);
    ck_assert_int_eq(h5_create(out, h5_kind(f), &w, NULL), 0);
    for (int64_t i = 0; i < h5_count(f); i++) copy_entry(f, h5_entry(f, i), w, change, context);
    h5_close(f);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    mem_free(out);
    mem_free(in);
}
