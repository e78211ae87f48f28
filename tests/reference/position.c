/* SPDX-License-Identifier: Apache-2.0 */
/* relative_position.safetensors: tables in.A resized to out.A.B. */
#include "core/mem.h"
#include "model/backbone/position_bias.h"
#include "tests/reference/fixture.h"
#include "tests/reference/golden.h"

#include <stdio.h>

static void compare_pair(Golden *g, Fixture *f, const char *name, int64_t A, int64_t B)
{
    char source[32];
    snprintf(source, sizeof source, "in.%ld", A);
    const StEntry *e = st_find(f->tensors, name);
    const int64_t heads = e->ndim == 2 ? e->shape[1] : 0, m = (2 * B - 1) * (2 * B - 1);
    if (heads <= 0) {
        error_set(&f->err, ERROR_DATA, "%s: not a table [(2B-1)^2, heads]", name);
        return;
    }
    const int64_t a[2] = {(2 * A - 1) * (2 * A - 1), heads}, b[2] = {m, heads};
    float *in = fixture_tensor(f, source, 2, a), *want = fixture_tensor(f, name, 2, b);
    float *got = mem_calloc((size_t)(m * heads), sizeof *got);
    if (f->err.code == 0 && position_bias_resize(A, in, heads, B, got, &f->err) == 0)
        golden_floats(g, name, got, want, m * heads, (GoldenTolerance){.absolute = 1e-4});
    mem_free(got);
    mem_free(want);
    mem_free(in);
}

void golden_position(Golden *g, const char *path)
{
    Fixture f = fixture_open(path);
    for (int64_t i = 0; f.err.code == 0 && i < st_count(f.tensors); i++) {
        const char *name = st_entry(f.tensors, i)->name;
        int64_t A, B;
        int end = 0;
        if (sscanf(name, "out.%4ld.%4ld%n", &A, &B, &end) != 2 || name[end]) continue;
        if (A < 1 || B < 1)
            error_set(&f.err, ERROR_DATA, "%s: windows below 1", name);
        else
            compare_pair(g, &f, name, A, B);
    }
    if (f.err.code) golden_fail(g, "file", "%s", f.err.text);
    fixture_close(&f);
}
