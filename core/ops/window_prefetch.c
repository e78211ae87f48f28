/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a window are far apart in the map, where processors do not guess what comes
 * next. */
#include "core/math/prefetch.h"
#include "core/ops/window_attention.h"

/* q of image b and a head; k and v follow C numbers later each. */
static const char *values_of(const WindowAttention *s, int64_t b, int64_t head)
{
    const int64_t at = b * window_tokens(s) * 3 * s->C + head * s->D;
    return s->qkv->half ? (const char *)(s->qkv->half + at) : (const char *)(s->qkv->data + at);
}

static int64_t value_size(const WindowAttention *s)
{
    return s->qkv->half ? sizeof(uint16_t) : sizeof(Real);
}

static bool is_one(const WindowAttention *s, WindowHead w)
{
    return w.window < s->B * s->windows;
}

static const int64_t *tokens_of(const WindowAttention *s, WindowHead w)
{
    return s->token + w.window % s->windows * s->T;
}

void window_prefetch_values(const WindowAttention *s, WindowHead w, int64_t t, int64_t rows)
{
    if (!is_one(s, w)) return;
    const int64_t *token = tokens_of(s, w), size = value_size(s);
    const char *values = values_of(s, w.window / s->windows, w.head);
    for (int64_t i = t; i < t + rows; i++)
        for (int part = 0; part < 3; part++)
            prefetch_read(values + (token[i] * 3 + part) * s->C * size, s->D * size);
}

void window_prefetch_result(const WindowAttention *s, WindowHead w)
{
    if (!is_one(s, w) || !s->y->data) return;
    const int64_t *token = tokens_of(s, w);
    Real *map = s->y->data + w.window / s->windows * window_tokens(s) * s->C + w.head * s->D;
    for (int64_t t = 0; t < s->T; t++)
        prefetch_write(map + token[t] * s->C, s->D * (int64_t)sizeof *map);
}

/* The backward finds q, k and v far away, and in the order of the windows they would come
 * slower than in that of the memory. Where all images are near, the first head has asked for
 * them. */
void window_prefetch_image(const WindowAttention *s, int64_t b, int64_t head)
{
    enum { NEAR = 1 << 19 }; /* bytes that the cache of a core holds beside others */
    const int64_t bytes = window_tokens(s) * 3 * s->C * value_size(s);
    if (bytes <= NEAR && (head == 0 || s->B * bytes > NEAR))
        prefetch_read(values_of(s, b, 0), bytes);
}
