/* SPDX-License-Identifier: Apache-2.0 */
/* Completing the loader's batches. */
#include "train/feed.h"

#include "core/mem.h"

#include <string.h>

Feed feed_open(const RunInputs *in)
{
    const Config *c = in->config;
    const size_t vectors = (size_t)(c->train.batch * in->labels.bank->dim) * sizeof(float);
    const int64_t samples = c->train.batch * c->optim.accumulate;
    return (Feed){.text = c->loss.weight_align != 0 ? mem_alloc(vectors) : NULL,
                  .caption = mem_calloc((size_t)c->train.batch, sizeof(char *)),
                  .clip_image = in->teacher ? mem_alloc(vectors) : NULL,
                  .samples = samples,
                  .sample = mem_calloc((size_t)samples, sizeof(int64_t))};
}

void feed_close(Feed *f)
{
    mem_free(f->text);
    mem_free(f->caption);
    mem_free(f->clip_image);
    mem_free(f->sample);
    *f = (Feed){0};
}

/* Skips the rest of an epoch that has ended for the run, and continues with the next epoch if
 * unreadable images end an epoch within a step. */
static int next_batch(const RunInputs *in, int64_t epoch, const Batch **out, Error *err)
{
    bool old;
    do {
        old = loader_position(in->loader).epoch < epoch;
        if (loader_next(in->loader, out, err) != 0) return -1;
    } while (old || !*out);
    return 0;
}

static int encode_captions(Feed *f, const RunInputs *in, const Batch *b, Error *err)
{
    int64_t n = 0;
    for (int64_t i = 0; i < b->size; i++)
        if (b->captioned[i]) f->caption[n++] = b->caption[i];
    if (n == 0) return 0;
    if (in->captions) return text_cache_encode(in->captions, f->caption, n, f->text, err);
    return text_encoder_encode(in->encoder, f->caption, n, f->text, err);
}

int feed_next(Feed *f, const RunInputs *in, int64_t epoch, int64_t i, StepInput *out,
              Error *err)
{
    const Batch *b = NULL;
    if (next_batch(in, epoch, &b, err) != 0) return -1;
    if (f->text && encode_captions(f, in, b, err) != 0) return -1;
    if (f->clip_image)
        teacher_features(in->teacher, b->teacher ? b->teacher : b->pixels, b->size,
                         f->clip_image);
    memcpy(f->sample + i * b->size, b->sample, (size_t)b->size * sizeof *f->sample);
    *out = (StepInput){.B = b->size,
                       .image = b->pixels,
                       .tags = {b->tag_offset, b->tag},
                       .clip_image = f->clip_image,
                       .text = f->text,
                       .tagged = b->tagged,
                       .captioned = b->captioned,
                       .unknown = {b->unknown_offset, b->unknown}};
    return 0;
}
