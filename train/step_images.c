/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting images, so that the decoder sees no others. */
#include "train/step_images.h"

int64_t step_images_count(const bool *which, int64_t B)
{
    int64_t n = 0;
    if (!which) return B;
    for (int64_t b = 0; b < B; b++) n += which[b];
    return n;
}

RamPlusImage step_images_select(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                                const bool *which, int64_t n)
{
    const int64_t B = image->cls->shape[0];
    if (n == B) return *image;
    int64_t *index = tape_alloc(tape, (size_t)n * sizeof *index), at = 0;
    for (int64_t b = 0; b < B; b++)
        if (which[b]) index[at++] = b;
    return ram_plus_image_rows(tape, m, image, n, index);
}

IdSets step_images_sets(Tape *tape, IdSets sets, const bool *which, int64_t B, int64_t n)
{
    if (n == B || !sets.offset) return sets;
    int64_t *offset = tape_alloc(tape, (size_t)(n + 1) * sizeof *offset), at = 0;
    for (int64_t b = 0; b < B; b++)
        if (which[b]) offset[at++] = sets.offset[b];
    offset[n] = sets.offset[B];
    return (IdSets){offset, sets.id};
}
