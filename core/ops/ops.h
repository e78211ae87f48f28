/* SPDX-License-Identifier: Apache-2.0 */
/* All operations of the tape, and their manual. Each op has a file in core/ops/ with its
 * forward and backward. It checks shapes (CHECK), runs its forward immediately and records its
 * backward, which only adds to gradients. Outputs live in the tape's arena.
 *
 * Letters: B batch, H W grid, N tokens, C channels, h heads, D channels per head, M window
 * side,
 *          K tags, P descriptions per tag, E text width, Q decoder queries, S image side. */
#ifndef RAMPLUS_CORE_OPS_OPS_H
#define RAMPLUS_CORE_OPS_OPS_H

#include "core/autograd/tape.h"

/* Random streams (core/rng.h); epoch = step, sample = call site. */
enum { RNG_DROPOUT = 5, RNG_DROP_PATH = 6 };

/* ---- general ------------------------------------------------------------------------- */

/* y = x W^T + b. x [..., Cin] w [Cout, Cin...] b [Cout] or NULL -> y [..., Cout]. The axes of w
 * after the first are flattened. Products are in bfloat16 or in integers if the tape is set so
 * (tape_set_bf16, tape_set_quantized). */
Tensor *op_linear(Tape *tape, Tensor *x, Tensor *w, Tensor *b);

/* The same for op_window_attention alone to read: in bfloat16 the result exists in bfloat16
 * alone. */
Tensor *op_linear_half(Tape *tape, Tensor *x, Tensor *w, Tensor *b);

/* op_gelu(op_linear(x, w, b)), with the same bits: GELU of each tile of the product is computed
 * while the cache holds it. In bfloat16 the result exists in bfloat16 alone, which only another
 * linear layer reads, and is closer to GELU than it is rounded, not the same to the bit. */
Tensor *op_linear_gelu(Tape *tape, Tensor *x, Tensor *w, Tensor *b);

/* op_add(other, op_linear(x, w, b)) in the same way; the shape of y is that of other. Where the
 * tape does not record, y may take the memory of other, which is lost. */
Tensor *op_linear_add(Tape *tape, Tensor *x, Tensor *w, Tensor *b, Tensor *other);

/* y = a + b, equal shapes. */
Tensor *op_add(Tape *tape, Tensor *a, Tensor *b);

/* y = gamma (x - mean) / sqrt(var + eps) + beta over the last axis, biased variance.
 * x [..., C]  gamma [C]  beta [C]  ->  y [..., C].   Ba et al. 2016, eq. 4. */
Tensor *op_layernorm(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps);
/* The same for linear layers alone to read: in bfloat16 the result exists in bfloat16 alone. */
Tensor *op_layernorm_for_linear(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps);

/* y = x Phi(x), exact erf form.   Hendrycks & Gimpel 2016. */
Tensor *op_gelu(Tape *tape, Tensor *x);

/* y = x sigmoid(1.702 x), the approximation that CLIP was trained with. Hendrycks & Gimpel
 * 2016. */
Tensor *op_quick_gelu(Tape *tape, Tensor *x);

/* y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, the approximation that SigLIP was
 * trained with. Hendrycks & Gimpel 2016. */
Tensor *op_gelu_tanh(Tape *tape, Tensor *x);

/* y = max(x, 0). */
Tensor *op_relu(Tape *tape, Tensor *x);

/* y = gamma x, with one factor per channel. x [..., C] gamma [C] -> y [..., C]. Touvron et al.
 * 2021 ("Going deeper with image transformers"), eq. 4. */
Tensor *op_layer_scale(Tape *tape, Tensor *x, Tensor *gamma);

/* y = x / |x| over the last axis (plain norm, no epsilon).   x [..., C]  ->  y [..., C]. */
Tensor *op_normalize(Tape *tape, Tensor *x);

/* y[b] = x for every b.   x [Q, C]  ->  y [B, Q, C]. */
Tensor *op_broadcast(Tape *tape, Tensor *x, int64_t B);

/* y[i] = row index[i] of x. index is strictly ascending and borrowed until the backward has
 * run. x [..., C] index [n] -> y [n, C]. */
Tensor *op_select_rows(Tape *tape, Tensor *x, int64_t n, const int64_t *index);

/* Selects the random numbers of a dropout: row (b, q) of a [B, Q, C] tensor uses those of the
 * global row b * stride + first + q, with b counted from the first image of the batch
 * (tape_set_shard), so that results do not depend on how images and queries are
 * divided. */
typedef struct DropoutRows {
    uint64_t site;  /* call site, unique within a step */
    int64_t stride; /* queries of one image in all tiles */
    int64_t first;  /* index of this tile's first query */
} DropoutRows;

/* In training: y = x / (1 - p) with probability 1 - p, else 0, per element. Otherwise y = x
 * (the same tensor). x [B, Q, C], p in [0, 1). */
Tensor *op_dropout(Tape *tape, Tensor *x, double p, DropoutRows rows);

/* Stochastic depth (Huang et al. 2016). In training the x of each sample is zeroed with
 * probability p, else scaled by 1 / (1 - p). Otherwise y = x. x [B, ...], p in [0, 1). */
Tensor *op_drop_path(Tape *tape, Tensor *x, double p, uint64_t site);

/* ---- Swin (Liu et al. 2021) ---------------------------------------------------------- */

/* Cuts an image into square patches; the elements of a patch are in the order (channel, row,
 * column). image [B, Ci, S, S], S divisible by patch -> [B, (S/patch)^2, Ci*patch*patch]. */
Tensor *op_patchify(Tape *tape, Tensor *image, int64_t patch);

/* Concatenates 2x2 neighbors in the order (0,0) (1,0) (0,1) (1,1) as (row, col).
 * x [B, grid*grid, C], grid even  ->  [B, grid*grid/4, 4C]. */
Tensor *op_patch_merge(Tape *tape, Tensor *x, int64_t grid);

typedef struct WindowShape {
    int64_t heads;
    int64_t grid;   /* side of the token map */
    int64_t window; /* side of a window, which divides grid */
    int64_t shift;  /* 0 <= shift < window: the map is rolled by (-shift, -shift) */
} WindowShape;

/* Multi-head self-attention inside (shifted) windows: softmax(q k^T / sqrt(D) + bias + mask) v.
 * The roll, the partition into windows and their inverses are index arithmetic without copies;
 * the mask between regions of a shifted map is -100. Bias of (r1,c1) to (r2,c2): table row
 * (r1-r2+M-1)(2M-1)+(c1-c2+M-1). qkv [B, grid*grid, 3C] (all q, then k, then v; each
 * head-major) table [(2M-1)^2, h] -> [B, grid*grid, C]. Liu et al. 2021, eq. 4. */
Tensor *op_window_attention(Tape *tape, Tensor *qkv, Tensor *table, WindowShape shape);

/* op_patchify for a map of tokens. x [B, grid*grid, C], grid divisible by patch -> [B,
 * (grid/patch)^2, C*patch*patch]. */
Tensor *op_patchify_map(Tape *tape, Tensor *x, int64_t grid, int64_t patch);

/* Convolves every channel of a map with its own kernel; the map is padded with zeros: y[(r, q),
 * c] = b[c] + sum over u, v of w[c, 0, u, v] x[(r + u - k/2, q + v - k/2), c]. x [B, grid*grid,
 * C] w [C, 1, k, k], k odd b [C] or NULL -> y [B, grid*grid, C]. */
Tensor *op_depthwise_conv(Tape *tape, Tensor *x, Tensor *w, Tensor *b, int64_t grid);

/* Puts the mean of the tokens before the tokens. x [B, N, C] -> [B, 1+N, C]. */
Tensor *op_pool_prepend(Tape *tape, Tensor *x);

/* ---- CLIP (Radford et al. 2021) ------------------------------------------------------ */

/* y[i] = table[id[i]] + position[at[i]]; id and at are borrowed until the backward has run.
 * table [V, C]  position [L, C]  id [n] in 0..V-1  at [n] in 0..L-1  ->  y [n, C]. */
Tensor *op_embed_tokens(Tape *tape, Tensor *table, Tensor *position, int64_t n,
                        const int32_t *id, const int32_t *at);

/* Puts learned tokens, such as a class token, before the patches of every image and adds
 * positions to all; token and position may be NULL. x [B, N, C] token [T, C] position [T+N, C]
 * -> y [B, T+N, C]. token and position may have leading axes of length 1; a single token may
 * also be [C]. */
Tensor *op_embed_patches(Tape *tape, Tensor *x, Tensor *token, Tensor *position);

/* Sequences of different lengths without padding: position i of sequence s is row row[offset[s]
 * + i] of a matrix. Sequences with a common prefix may share rows. Positions first[s] ..
 * end[s]-1 are the query positions; the op defines which keys they see. All arrays are
 * borrowed. */
typedef struct PackedSequences {
    int64_t count;         /* S */
    const int64_t *offset; /* [S + 1], ascending from 0 */
    const int64_t *row;    /* [offset[S]] */
    const int64_t *first;  /* [S] */
    const int64_t *end;    /* [S] */
} PackedSequences;

/* Multi-head self-attention inside each sequence: softmax(q k^T / sqrt(D)) v over all positions
 * of the sequence or, if causal, over those up to the query position. The rows of y are the Q
 * query positions of all sequences, in order. qkv [..., 3C] (all q, then k, then v; each
 * head-major) -> y [Q, C]. */
Tensor *op_packed_attention(Tape *tape, Tensor *qkv, PackedSequences sequences, int64_t heads,
                            bool causal);

/* ---- RAM++ (Huang et al. 2023) ------------------------------------------------------- */

/* K groups of consecutive rows: group k has the rows offset[k] - offset[0] .. offset[k + 1] -
 * offset[0] - 1 of `rows`. */
typedef struct RowGroups {
    const float *rows;     /* [offset[K] - offset[0], E], unit norm; borrowed */
    const uint16_t *half;  /* the same in bfloat16, if rows is NULL */
    const int64_t *offset; /* [K + 1], ascending; borrowed */
    int64_t K, E;
} RowGroups;

/* Automatic re-weighting of descriptions (section 3.2): for every image and tag, the softmax
 * over the tag's descriptions e of exp(log_scale) u . e, then the weighted sum of the e. u [B,
 * E] (unit rows) log_scale [] -> y [B, K, E]. weights, if not NULL, receives the softmax [B,
 * rows of the tile] (no gradient; in the arena). */
Tensor *op_reweight(Tape *tape, Tensor *u, Tensor *log_scale, RowGroups tile, Tensor **weights);

/* Keys multiplied by the query projection, so that the scores of a query are one product. For
 * head a and token n: y[b, a*N+n, 0..C-1] = wq_a^T k_a / sqrt(D), y[.., C] = bq_a . k_a /
 * sqrt(D). k [B, N, C] wq [C, C] bq [C] -> y [B, h*N, C+1]. Exact up to rounding. */
Tensor *op_fold_keys(Tape *tape, Tensor *k, Tensor *wq, Tensor *bq, int64_t heads);

/* Values multiplied by the output projection: y[b, a*N+n, :] = wo[:, a] v_a. v [B, N, C] wo [C,
 * C] -> y [B, h*N, C]. */
Tensor *op_fold_values(Tape *tape, Tensor *v, Tensor *wo, int64_t heads);

/* Cross-attention of independent queries with folded keys and values:
 * y = dropout(softmax over the N tokens of each head (x keys^T)) values + bo.
 * x [B, Q, C]  keys [B, h*N, C+1]  values [B, h*N, C]  bo [C]  ->  y [B, Q, C].
 * The products are in bfloat16 where those of linear layers are. */
Tensor *op_folded_attention(Tape *tape, Tensor *x, Tensor *keys, Tensor *values, Tensor *bo,
                            int64_t heads, double dropout, DropoutRows rows);

/* The attention of op_folded_attention for inference: its probabilities, averaged over the
 * heads; rows sum to 1. y has no gradient. x [B, Q, C] keys [B, h*N, C+1] -> y [B, Q, N]. */
Tensor *op_attention_weights(Tape *tape, Tensor *x, Tensor *keys, int64_t heads);

/* ---- targets of the losses ----------------------------------------------------------- */

/* B sets of ids, concatenated. Borrowed; the op reads them before it returns. */
typedef struct IdSets {
    const int64_t *offset; /* [B + 1], ascending: set b is id[offset[b]] .. id[offset[b+1]-1] */
    const int32_t *id;     /* distinct within a set, in any order */
} IdSets;

/* y[b, k] = 1 if set b has the id first + k, else 0. Other ids belong to other tiles. No
 * gradient. -> y [B, K]. */
Tensor *op_multi_hot(Tape *tape, int64_t B, IdSets sets, int64_t first, int64_t K);

enum { TARGET_UNKNOWN = -1 /* nobody said whether the image has the tag */ };

/* Sets those targets in y [B, K], of tags first .. first + K - 1, to TARGET_UNKNOWN that are in
 * the set of their row. sets.offset NULL: none. */
void op_multi_hot_unknown(Tensor *y, IdSets sets, int64_t first);

/* ---- losses: each gives a single number ---------------------------------------------- */
/* x logits [B, K], y targets [B, K] in {0, 1} without gradient; sums over batch and classes. A
 * pair whose target is TARGET_UNKNOWN adds nothing to value and gradient, whatever its logit.
 * log p and log(1-p) are exact log-sigmoids; only ASL clamps (at 1e-8, zero gradient below). */

Tensor *op_loss_bce(Tape *tape, Tensor *x, Tensor *y);

typedef struct AslOptions {
    double gamma_neg, gamma_pos, clip;
    bool focal_grad; /* propagate the gradient through the focusing weight (paper) */
} AslOptions;
/* Asymmetric loss, Ridnik et al. 2021, eq. 7; as in the reference code, p- = min(1 - p + clip,
 * 1). */
Tensor *op_loss_asl(Tape *tape, Tensor *x, Tensor *y, AslOptions options);

typedef struct HillOptions {
    double lambda, margin, gamma;
} HillOptions;
/* Hill loss, Zhang et al. 2021 ("Simple and robust loss design for multi-label learning with
 * missing labels"), eq. 5 with the paper's focal margin for positives. */
Tensor *op_loss_hill(Tape *tape, Tensor *x, Tensor *y, HillOptions options);

typedef struct SplcOptions {
    double tau, margin, gamma;
    bool correct; /* true from change_epoch on */
} SplcOptions;
/* Self-paced loss correction with a focal margin; the same paper, eq. 8. */
Tensor *op_loss_splc(Tape *tape, Tensor *x, Tensor *y, SplcOptions options);

typedef struct GrOptions {
    double slope, offset;   /* of k(p), the probability that a negative is a missing positive */
    double mean, deviation; /* mean and std (> 0) of v(p), the weight of negatives */
    double q_pos,
        q_neg; /* > 0: bound of each side's loss is 1 / q; q -> 0 gives the logarithm */
} GrOptions;
/* Generalized robust loss for missing labels, Chen et al. 2024 (IJCAI; arXiv 2405.03501), the
 * GR loss with the soft pseudo-label k(p) and the weight v(p), both without gradient; the
 * formula is in loss_gr.c. */
Tensor *op_loss_gr(Tape *tape, Tensor *x, Tensor *y, GrOptions options);

/* Softmax cross entropy over tags against y / sum(y), summed over images; an image without tags
 * contributes 0. x may be a tile of columns: y_sum [B] counts all tags of the image and lse [B]
 * is the log-sum-exp of all its logits, without those of unknown targets. Both are constants of
 * the whole row, whose gradient is included. The values of the tiles add up to the loss. */
Tensor *op_loss_ce_tag(Tape *tape, Tensor *x, Tensor *y, const double *y_sum,
                       const double *lse);

/* CLIP's symmetric cross entropy with the identity as target: mean over the batch, mean of rows
 * and columns. x [B, B]. Radford et al. 2021, fig. 3. */
Tensor *op_loss_ce_align(Tape *tape, Tensor *x);

/* SigLIP's pairwise sigmoid loss: -1/B sum_ij log sigmoid(z_ij (exp(log_scale) x_ij + bias))
 * with z = 1 for i = j, else -1: the mean over images of the sum over captions. x [B, B]
 * log_scale [1] bias [1]. Zhai et al. 2023, arXiv 2303.15343, eq. 1. */
Tensor *op_loss_sigmoid(Tape *tape, Tensor *x, Tensor *log_scale, Tensor *bias);

/* mean |x - y|; equal shapes, no gradient to y. */
Tensor *op_loss_l1(Tape *tape, Tensor *x, Tensor *y);

#endif
