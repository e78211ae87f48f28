/* SPDX-License-Identifier: Apache-2.0 */
/* Attention maps of tags. The mean over the layers located tagged shapes best in images of
 * several shapes: better than the first or the last layer alone, and far better than attention
 * weighted by the gradient of the tag's logit, which reflects how much a token adds to the
 * score rather than where the object is. */
#include "model/attention_map.h"

#include "core/error.h"
#include "model/ram_plus_parts.h"

int64_t attention_map_side(const RamPlus *m) { return m->shape.grid; }

/* map [tokens] += share * weights [1, 1, 1 + tokens], leaving out the first. */
static void add_tokens(Tape *t, const Tensor *weights, double share, float *map)
{
    const int64_t N = weights->shape[2];
    float *w = tape_alloc(t, (size_t)N * sizeof *w);
    tensor_read(weights, w);
    for (int64_t n = 1; n < N; n++) map[n - 1] += (float)(share * (double)w[n]);
}

static void map_tag(Tape *t, const RamPlus *m, const RamPlusImage *image, const LabelBank *bank,
                    int64_t tag, float *map)
{
    const int64_t layers = m->config.layers;
    const DropoutRows rows = {0, 1, 0}; /* no dropout without training */
    Tensor *x =
        ram_plus_tag_queries(t, m, image, bank, tag, 1, NULL, NULL); /* [1, 1, hidden] */
    for (int64_t i = 0; i < layers; i++) {
        add_tokens(t, op_attention_weights(t, x, image->keys[i], m->config.heads),
                   1 / (double)layers, map);
        x = decoder_layer(t, &m->layer[i], &m->decoder, x, image->keys[i], image->values[i],
                          rows);
    }
}

void attention_map(Tape *t, const RamPlus *m, const RamPlusImage *image, const LabelBank *bank,
                   int64_t n, const int64_t *tag, float *map)
{
    CHECK(image->cls->shape[0] == 1, "%ld images", image->cls->shape[0]);
    CHECK(!tape_recording(t) && !tape_training(t), "the tape is set for training");
    const int64_t side = attention_map_side(m), tokens = side * side;
    for (int64_t i = 0; i < n * tokens; i++) map[i] = 0;
    for (int64_t i = 0; i < n; i++) {
        const TapeMark mark = tape_mark(t);
        map_tag(t, m, image, bank, tag[i], map + i * tokens);
        tape_rewind(t, mark);
    }
}
