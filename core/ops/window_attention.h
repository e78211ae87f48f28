/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of op_window_attention share. */
#ifndef RAMPLUS_CORE_OPS_WINDOW_ATTENTION_H
#define RAMPLUS_CORE_OPS_WINDOW_ATTENTION_H

#include "core/math/real.h"
#include "core/ops/ops.h"

typedef struct WindowAttention {
    Tensor *qkv, *table, *y;
    WindowShape shape;
    int64_t B, C, D, T;  /* T = window^2 tokens, D = channels per head */
    int64_t d, t;        /* D and T rounded up to whole vectors */
    int64_t windows;     /* per image */
    int64_t groups;      /* 1 in a shard, which has one thread */
    int64_t *token;      /* [windows, T] position in the unrolled map */
    unsigned char *area; /* [windows, T] mask region */
    bool *mixed;         /* [windows] whether it has several */
    int64_t *relative;   /* [T, T] row of the bias table */
    Real *bias;          /* [h, T, t] */
} WindowAttention;

/* Of an image. */
static inline int64_t window_tokens(const WindowAttention *s)
{
    return s->shape.grid * s->shape.grid;
}

/* Fills token, area and mixed, for a backward relative, and bias. */
void window_maps(Tape *tape, WindowAttention *s);

static inline Real window_scale(const WindowAttention *s) { return 1 / real_sqrt((Real)s->D); }

/* Scores of tokens that are in different regions of window n become lower by 100.
 * p [rows, t]: those of tokens i .. i + rows - 1. */
void window_mask(const WindowAttention *s, int64_t n, int64_t i, int64_t rows, Real *p);

/* A head of one of the windows of all images; of none behind the last one. */
typedef struct WindowHead {
    int64_t window, head;
} WindowHead;

/* Asks for what is read for tokens t .. t + rows - 1, or written for all. Processors ignore
 * some of many requests at once. */
void window_prefetch_values(const WindowAttention *s, WindowHead w, int64_t t, int64_t rows);
void window_prefetch_result(const WindowAttention *s, WindowHead w);
/* Asks for all of a small image, before its first window. */
void window_prefetch_image(const WindowAttention *s, int64_t b, int64_t head);

/* Scratch memory of window_forward_halves, 0 where nothing was written. */
typedef struct WindowHalves {
    uint16_t *q, *k, *v;        /* [T, D] */
    uint32_t *across;           /* [D / 2, t] */
    uint32_t *joined, *rounded; /* [(T + 1) / 2, D]; of some rows [t / 2] */
    Real *p, *o;                /* of some rows [t]; [T, D], the result */
    WindowHead next;            /* what to ask for meanwhile */
} WindowHalves;

/* Whether products can be in bfloat16. */
bool window_takes_halves(const WindowAttention *s);
void window_forward_halves(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                           const WindowHalves *w);

#endif
