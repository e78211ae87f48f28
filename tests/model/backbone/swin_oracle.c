/* SPDX-License-Identifier: Apache-2.0 */
/* Written from the specification and the paper (Liu et al. 2021), sharing nothing with model/
 * or core/ops/: every pair of tokens of the whole map is visited, and pairs from different
 * windows are masked. */
#include "tests/model/backbone/swin_oracle.h"

#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double EPS = 1e-5, MASK = -100;
enum { NAME = 128 };

/* The parameter NAME.PART. */
static void name_of(char out[NAME], const char *name, const char *part)
{
    const int n = snprintf(out, NAME, "%s%s", name, part);
    CHECK(n >= 0 && n < NAME, "%s%s is too long", name, part);
}

static const Tensor *find(const ParamSet *ps, const char *name, const char *part)
{
    char full[NAME];
    name_of(full, name, part);
    const Param *p = param_find(ps, full);
    CHECK(p, "no parameter %s", full);
    return &p->tensor;
}

static double *zeros(int64_t n) { return mem_calloc((size_t)n, sizeof(double)); }

double oracle_gelu(double x) { return 0.5 * x * (1 + erf(x / sqrt(2.0))); }

void oracle_softmax(int64_t n, double *x)
{
    double top = -HUGE_VAL, sum = 0;
    for (int64_t i = 0; i < n; i++) top = fmax(top, x[i]);
    for (int64_t i = 0; i < n; i++) sum += exp(x[i] - top);
    for (int64_t i = 0; i < n; i++) x[i] = exp(x[i] - top) / sum;
}

void oracle_linear(const ParamSet *ps, const char *name, int64_t rows, int64_t in, int64_t out,
                   const double *x, double *y)
{
    const Tensor *weight = find(ps, name, ".weight");
    char bias[NAME];
    name_of(bias, name, ".bias");
    const Param *b = param_find(ps, bias);
    CHECK(tensor_len(weight) == in * out, "%s: %ld", name, tensor_len(weight));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < out; o++) {
            double sum = b ? (double)b->tensor.data[o] : 0;
            for (int64_t i = 0; i < in; i++)
                sum += x[r * in + i] * (double)weight->data[o * in + i];
            y[r * out + o] = sum;
        }
}

void oracle_norm(const ParamSet *ps, const char *name, int64_t rows, int64_t C, double eps,
                 const double *x, double *y)
{
    const Tensor *weight = find(ps, name, ".weight"), *bias = find(ps, name, ".bias");
    for (int64_t r = 0; r < rows; r++, x += C, y += C) {
        double mean = 0, var = 0;
        for (int64_t i = 0; i < C; i++) mean += x[i] / (double)C;
        for (int64_t i = 0; i < C; i++) var += (x[i] - mean) * (x[i] - mean) / (double)C;
        for (int64_t i = 0; i < C; i++)
            y[i] = (x[i] - mean) / sqrt(var + eps) * (double)weight->data[i] +
                   (double)bias->data[i];
    }
}

/* A 4 x 4 convolution with stride 4. */
static double *patches(const ParamSet *ps, const Tensor *image, int64_t C)
{
    const int64_t S = image->shape[2], G = S / 4;
    const Tensor *k = find(ps, "v.patch_embed.proj", ".weight");
    const Tensor *bias = find(ps, "v.patch_embed.proj", ".bias");
    double *y = zeros(G * G * C);
    for (int64_t t = 0; t < G * G; t++)
        for (int64_t o = 0; o < C; o++) {
            double sum = (double)bias->data[o];
            for (int64_t e = 0; e < 48; e++) {
                const int64_t c = e / 16, row = t / G * 4 + e / 4 % 4, col = t % G * 4 + e % 4;
                sum +=
                    (double)k->data[o * 48 + e] * (double)image->data[(c * S + row) * S + col];
            }
            y[t * C + o] = sum;
        }
    oracle_norm(ps, "v.patch_embed.norm", G * G, C, EPS, y, y);
    return y;
}

typedef struct Windows {
    int64_t grid, window, shift, heads, C;
    const Tensor *table;
} Windows;

/* The coordinate on the rolled map. */
static int64_t rolled(const Windows *w, int64_t x)
{
    return (x - w->shift + w->grid) % w->grid;
}

/* 0 before the last window, 1 inside it, 2 where the map was wrapped around. */
static int64_t zone(const Windows *w, int64_t x)
{
    return w->shift == 0 ? 0 : (x >= w->grid - w->window) + (x >= w->grid - w->shift);
}

/* The bias added to the score of query token a and key token b; -inf in different windows. */
static double bias(const Windows *w, int64_t head, int64_t a, int64_t b)
{
    const int64_t G = w->grid, M = w->window, side = 2 * M - 1;
    const int64_t r1 = rolled(w, a / G), c1 = rolled(w, a % G);
    const int64_t r2 = rolled(w, b / G), c2 = rolled(w, b % G);
    if (r1 / M != r2 / M || c1 / M != c2 / M) return -HUGE_VAL;
    const bool other = zone(w, r1) != zone(w, r2) || zone(w, c1) != zone(w, c2);
    const int64_t row = (r1 - r2 + M - 1) * side + c1 - c2 + M - 1;
    return (double)w->table->data[row * w->heads + head] + (other ? MASK : 0);
}

/* qkv [N, 3C] -> y [N, C]. */
static void attention(const Windows *w, const double *qkv, double *y)
{
    const int64_t N = w->grid * w->grid, C = w->C, D = C / w->heads;
    double *p = zeros(N);
    for (int64_t h = 0; h < w->heads; h++)
        for (int64_t a = 0; a < N; a++) {
            for (int64_t b = 0; b < N; b++) {
                double dot = 0;
                for (int64_t d = h * D; d < (h + 1) * D; d++)
                    dot += qkv[a * 3 * C + d] * qkv[b * 3 * C + C + d];
                p[b] = dot / sqrt((double)D) + bias(w, h, a, b);
            }
            oracle_softmax(N, p);
            for (int64_t d = h * D; d < (h + 1) * D; d++) {
                y[a * C + d] = 0;
                for (int64_t b = 0; b < N; b++)
                    y[a * C + d] += p[b] * qkv[b * 3 * C + 2 * C + d];
            }
        }
    mem_free(p);
}

static void add(int64_t n, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) y[i] += x[i];
}

/* x [N, C] in place. */
static void attention_branch(const ParamSet *ps, const char *block, Windows w, double *x)
{
    const int64_t N = w.grid * w.grid;
    double *h = zeros(N * w.C), *qkv = zeros(N * 3 * w.C);
    char name[NAME];
    w.table = find(ps, block, ".attn.relative_position_bias_table");
    name_of(name, block, ".norm1");
    oracle_norm(ps, name, N, w.C, EPS, x, h);
    name_of(name, block, ".attn.qkv");
    oracle_linear(ps, name, N, w.C, 3 * w.C, h, qkv);
    attention(&w, qkv, h);
    name_of(name, block, ".attn.proj");
    oracle_linear(ps, name, N, w.C, w.C, h, qkv);
    add(N * w.C, qkv, x);
    mem_free(h);
    mem_free(qkv);
}

static void mlp_branch(const ParamSet *ps, const char *block, int64_t N, int64_t C, double *x)
{
    double *h = zeros(N * C), *wide = zeros(N * 4 * C);
    char name[NAME];
    name_of(name, block, ".norm2");
    oracle_norm(ps, name, N, C, EPS, x, h);
    name_of(name, block, ".mlp.fc1");
    oracle_linear(ps, name, N, C, 4 * C, h, wide);
    for (int64_t i = 0; i < N * 4 * C; i++) wide[i] = oracle_gelu(wide[i]);
    name_of(name, block, ".mlp.fc2");
    oracle_linear(ps, name, N, 4 * C, C, wide, h);
    add(N * C, h, x);
    mem_free(h);
    mem_free(wide);
}

/* Frees x [G*G, C], returns [G*G/4, 2C]. */
static double *merge(const ParamSet *ps, int stage, int64_t G, int64_t C, double *x)
{
    double *four = zeros(G * G * C), *y = zeros(G * G / 4 * 2 * C);
    for (int64_t r = 0; r < G; r++)
        for (int64_t c = 0; c < G; c++) {
            const int64_t token = r / 2 * (G / 2) + c / 2, part = r % 2 + 2 * (c % 2);
            memcpy(four + (token * 4 + part) * C, x + (r * G + c) * C,
                   (size_t)C * sizeof *four);
        }
    char name[NAME];
    snprintf(name, sizeof name, "v.layers.%d.downsample.norm", stage);
    oracle_norm(ps, name, G * G / 4, 4 * C, EPS, four, four);
    snprintf(name, sizeof name, "v.layers.%d.downsample.reduction", stage);
    oracle_linear(ps, name, G * G / 4, 4 * C, 2 * C, four, y);
    mem_free(four);
    mem_free(x);
    return y;
}

static void stage(const SwinConfig *c, const ParamSet *ps, int i, double *x)
{
    const int64_t G = c->image_size / 4 >> i;
    for (int64_t j = 0; j < c->depths[i]; j++) {
        Windows w = {
            .grid = G, .window = c->window, .heads = c->heads[i], .C = c->embed_dim << i};
        if (G <= c->window)
            w.window = G; /* without a shift */
        else if (j % 2 == 1)
            w.shift = c->window / 2;
        char block[NAME];
        snprintf(block, sizeof block, "v.layers.%d.blocks.%ld", i, j);
        attention_branch(ps, block, w, x);
        mlp_branch(ps, block, G * G, w.C, x);
    }
}

void swin_oracle(const SwinConfig *c, const ParamSet *ps, const Tensor *image, double *out)
{
    double *x = patches(ps, image, c->embed_dim);
    for (int i = 0; i < SWIN_STAGES; i++) {
        stage(c, ps, i, x);
        if (i + 1 < SWIN_STAGES) x = merge(ps, i, c->image_size / 4 >> i, c->embed_dim << i, x);
    }
    const int64_t N = c->image_size / 32 * (c->image_size / 32), C = 8 * c->embed_dim;
    oracle_norm(ps, "v.norm", N, C, EPS, x, out + C);
    for (int64_t k = 0; k < C; k++) {
        out[k] = 0;
        for (int64_t n = 1; n <= N; n++) out[k] += out[n * C + k] / (double)N;
    }
    mem_free(x);
}
