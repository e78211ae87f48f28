/* SPDX-License-Identifier: Apache-2.0 */
/* Written from CLIP's paper and the formulas of its code, sharing nothing with model/ or
 * core/ops/. */
#include "tests/model/clip/clip_oracle.h"
#include "tests/model/backbone/swin_oracle.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 128 };

static double *zeros(int64_t n) { return mem_calloc((size_t)n, sizeof(double)); }

static const Tensor *find(const ParamSet *ps, const char *name, const char *part)
{
    char full[NAME];
    const int n = snprintf(full, sizeof full, "%s%s", name, part);
    const Param *p = n < NAME ? param_find(ps, full) : NULL;
    CHECK(p, "no parameter %s%s", name, part);
    return &p->tensor;
}

/* y [rows, out] = x [rows, in] w^T + b */
static void product(const Tensor *w, const Tensor *b, int64_t rows, int64_t in, int64_t out,
                    const double *x, double *y)
{
    CHECK(tensor_len(w) == in * out, "%ld weights", tensor_len(w));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < out; o++) {
            double sum = b ? (double)b->data[o] : 0;
            for (int64_t i = 0; i < in; i++) sum += x[r * in + i] * (double)w->data[o * in + i];
            y[r * out + o] = sum;
        }
}

/* qkv [T, 3C] -> y [T, C] */
static void attend(const ClipSizes *c, int64_t T, bool causal, const double *qkv, double *y)
{
    const int64_t C = c->width, D = C / c->heads;
    double *p = zeros(T);
    for (int64_t h = 0; h < c->heads; h++)
        for (int64_t i = 0; i < T; i++) {
            for (int64_t j = 0; j < T; j++) {
                p[j] = causal && j > i ? -HUGE_VAL : 0;
                for (int64_t d = 0; d < D; d++)
                    p[j] += qkv[i * 3 * C + h * D + d] * qkv[j * 3 * C + C + h * D + d] /
                            sqrt((double)D);
            }
            oracle_softmax(T, p);
            for (int64_t d = 0; d < D; d++) {
                double sum = 0;
                for (int64_t j = 0; j < T; j++)
                    sum += p[j] * qkv[j * 3 * C + 2 * C + h * D + d];
                y[i * C + h * D + d] = sum;
            }
        }
    mem_free(p);
}

static double eps_of(const ClipSizes *c) { return c->eps != 0 ? c->eps : 1e-5; }

static double activation(const ClipSizes *c, double x)
{
    return c->gelu ? oracle_gelu(x) : x / (1 + exp(-1.702 * x));
}

/* Applies block `name` to x [T, C] in place. */
static void block(const ClipSizes *c, const ParamSet *ps, const char *name, int64_t T,
                  bool causal, double *x)
{
    const int64_t C = c->width;
    double *n = zeros(T * C), *wide = zeros(T * (3 * C + c->ffn)), *y = zeros(T * C);
    char part[NAME];
    snprintf(part, sizeof part, "%s.ln_1", name);
    oracle_norm(ps, part, T, C, eps_of(c), x, n);
    product(find(ps, name, ".attn.in_proj_weight"), find(ps, name, ".attn.in_proj_bias"), T, C,
            3 * C, n, wide);
    attend(c, T, causal, wide, n);
    snprintf(part, sizeof part, "%s.attn.out_proj", name);
    oracle_linear(ps, part, T, C, C, n, y);
    for (int64_t i = 0; i < T * C; i++) x[i] += y[i];
    snprintf(part, sizeof part, "%s.ln_2", name);
    oracle_norm(ps, part, T, C, eps_of(c), x, n);
    snprintf(part, sizeof part, "%s.mlp.c_fc", name);
    oracle_linear(ps, part, T, C, c->ffn, n, wide);
    for (int64_t i = 0; i < T * c->ffn; i++) wide[i] = activation(c, wide[i]);
    snprintf(part, sizeof part, "%s.mlp.c_proj", name);
    oracle_linear(ps, part, T, c->ffn, C, wide, y);
    for (int64_t i = 0; i < T * C; i++) x[i] += y[i];
    mem_free(y);
    mem_free(wide);
    mem_free(n);
}

static void blocks(const ClipSizes *c, const ParamSet *ps, const char *prefix, int64_t T,
                   bool causal, double *x)
{
    char name[64];
    for (int64_t i = 0; i < c->layers; i++) {
        snprintf(name, sizeof name, "%s.%ld", prefix, i);
        block(c, ps, name, T, causal, x);
    }
}

void clip_oracle_text(const ClipTextConfig *c, const ParamSet *ps, const int32_t *id, int64_t n,
                      double *out)
{
    const int64_t C = c->sizes.width;
    const Tensor *token = find(ps, "token_embedding", ".weight");
    const Tensor *position = find(ps, "positional_embedding", "");
    double *x = zeros(n * C);
    for (int64_t i = 0; i < n * C; i++)
        x[i] = (double)token->data[id[i / C] * C + i % C] + (double)position->data[i];
    blocks(&c->sizes, ps, "transformer.resblocks", n, true, x);
    oracle_norm(ps, "ln_final", 1, C, eps_of(&c->sizes), x + (n - 1) * C, x);
    product(find(ps, "text_projection", ""), NULL, 1, C, c->sizes.embed, x, out);
    mem_free(x);
}

/* One element of patch n, in the order color, row, column. */
static double pixel(const ClipImageConfig *c, const Real *image, int64_t n, int64_t e)
{
    const int64_t P = c->patch, S = c->image_size, side = S / P;
    const int64_t row = n / side * P + e / P % P, col = n % side * P + e % P;
    return (double)image[(e / (P * P) * S + row) * S + col];
}

void clip_oracle_image(const ClipImageConfig *c, const ParamSet *ps, const Real *image,
                       double *out)
{
    const int64_t C = c->sizes.width, side = c->image_size / c->patch, N = side * side;
    const int64_t K = 3 * c->patch * c->patch;
    const Tensor *class_token = find(ps, "visual.class_embedding", "");
    const Tensor *position = find(ps, "visual.positional_embedding", "");
    double *patch = zeros(N * K), *x = zeros((1 + N) * C);
    for (int64_t i = 0; i < N * K; i++) patch[i] = pixel(c, image, i / K, i % K);
    for (int64_t i = 0; i < C; i++) x[i] = (double)class_token->data[i];
    product(find(ps, "visual.conv1", ".weight"), NULL, N, K, C, patch, x + C);
    for (int64_t i = 0; i < (1 + N) * C; i++) x[i] += (double)position->data[i];
    oracle_norm(ps, "visual.ln_pre", 1 + N, C, eps_of(&c->sizes), x, x);
    blocks(&c->sizes, ps, "visual.transformer.resblocks", 1 + N, false, x);
    oracle_norm(ps, "visual.ln_post", 1, C, eps_of(&c->sizes), x, x);
    product(find(ps, "visual.proj", ""), NULL, 1, C, c->sizes.embed, x, out);
    mem_free(x);
    mem_free(patch);
}
