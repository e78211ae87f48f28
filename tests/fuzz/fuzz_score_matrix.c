/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes matrices of scores, NumPy's and CSV. What is accepted can be read, row by row.
 *
 * Parsers: core/formats/npy.c eval/measure/score_matrix.c */
#include "core/mem.h"
#include "eval/measure/score_matrix.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

static void read_all(const ScoreMatrix *m)
{
    double *row = mem_alloc((size_t)m->tags * sizeof *row);
    for (int64_t i = 0; i < m->images; i++) {
        CHECK(score_matrix_read(m, i, 0, m->tags, row, NULL) == 0, "row %ld", i);
        for (int64_t k = 0; k < m->tags && m->value; k++)
            CHECK(!isnan(row[k]) && m->image[i] && m->tag[k], "row %ld, column %ld", i, k);
    }
    mem_free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ScoreMatrix m;
    char *path = fuzz_file("scores", (FuzzPart){data, size});
    if (score_matrix_open(path, "scores", &m, NULL) == 0) {
        CHECK(m.images > 0 && m.tags > 0 && m.images <= (int64_t)size, "%ld x %ld", m.images,
              m.tags);
        read_all(&m);
        score_matrix_free(&m);
    }
    mem_free(path);
    return 0;
}
