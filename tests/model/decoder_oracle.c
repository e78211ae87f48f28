/* SPDX-License-Identifier: Apache-2.0 */
/* The alignment decoder in plain loops and double. */
#include "tests/model/decoder_oracle.h"

#include "core/mem.h"
#include "tests/model/backbone/swin_oracle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 128 };
static const double EPS = 1e-12;

static const char *parameter(char out[static NAME], int64_t layer, const char *name)
{
    snprintf(out, NAME, "tagging_head.encoder.layer.%ld.%s", layer, name);
    return out;
}

static double *numbers(int64_t n) { return mem_calloc((size_t)n, sizeof(double)); }

/* Fills y [Q, C] with the attention output before the output projection. */
static void attend(const DecoderConfig *c, int64_t Q, int64_t N, const double *q,
                   const double *k, const double *v, double *y, double *mean)
{
    const int64_t C = c->hidden, D = C / c->heads;
    double *p = numbers(N);
    for (int64_t i = 0; i < Q * c->heads; i++) {
        const int64_t row = i / c->heads * C, head = i % c->heads * D;
        for (int64_t n = 0; n < N; n++) {
            p[n] = 0;
            for (int64_t d = head; d < head + D; d++) p[n] += q[row + d] * k[n * C + d];
            p[n] /= sqrt((double)D);
        }
        oracle_softmax(N, p);
        for (int64_t n = 0; mean && n < N; n++)
            mean[i / c->heads * N + n] += p[n] / (double)c->heads;
        for (int64_t d = head; d < head + D; d++) {
            y[row + d] = 0;
            for (int64_t n = 0; n < N; n++) y[row + d] += p[n] * v[n * C + d];
        }
    }
    mem_free(p);
}

/* h [Q, C]: cross-attention with its output projection. */
static void cross_attention(const ParamSet *ps, const DecoderConfig *c, int64_t layer,
                            int64_t Q, int64_t N, const double *x, const double *embeds,
                            double *h, double *p)
{
    const int64_t C = c->hidden, E = c->text_width;
    char name[NAME];
    double *q = numbers(Q * C), *k = numbers(N * C), *v = numbers(N * C), *a = numbers(Q * C);
    oracle_linear(ps, parameter(name, layer, "crossattention.self.query"), Q, C, C, x, q);
    oracle_linear(ps, parameter(name, layer, "crossattention.self.key"), N, E, C, embeds, k);
    oracle_linear(ps, parameter(name, layer, "crossattention.self.value"), N, E, C, embeds, v);
    attend(c, Q, N, q, k, v, a, p);
    oracle_linear(ps, parameter(name, layer, "crossattention.output.dense"), Q, C, C, a, h);
    mem_free(q);
    mem_free(k);
    mem_free(v);
    mem_free(a);
}

void decoder_oracle(const ParamSet *ps, const DecoderConfig *c, int64_t layer, int64_t Q,
                    int64_t N, const double *x, const double *embeds, double *y, double *p)
{
    const int64_t C = c->hidden, F = c->ffn;
    char name[NAME];
    double *a = numbers(Q * C), *h = numbers(Q * C), *wide = numbers(Q * F);
    if (p) memset(p, 0, (size_t)(Q * N) * sizeof *p);
    cross_attention(ps, c, layer, Q, N, x, embeds, h, p);
    for (int64_t i = 0; i < Q * C; i++) h[i] += x[i];
    oracle_norm(ps, parameter(name, layer, "crossattention.output.LayerNorm"), Q, C, EPS, h, a);
    oracle_linear(ps, parameter(name, layer, "intermediate.dense"), Q, C, F, a, wide);
    for (int64_t i = 0; i < Q * F; i++) wide[i] = oracle_gelu(wide[i]);
    oracle_linear(ps, parameter(name, layer, "output.dense"), Q, F, C, wide, h);
    for (int64_t i = 0; i < Q * C; i++) h[i] += a[i];
    oracle_norm(ps, parameter(name, layer, "output.LayerNorm"), Q, C, EPS, h, y);
    mem_free(a);
    mem_free(h);
    mem_free(wide);
}
