/* SPDX-License-Identifier: Apache-2.0 */
/* A step in small, on a tape of its own. The gradients of the logits are ones instead of those
 * of a loss, so that no row is left out because its gradient is zero. */
#include "train/rehearsal.h"

#include "core/mem.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>

enum { PAIRS = 128 }; /* image-tag pairs of the larger of two tiles */

static Tape *new_tape(const Rehearsal *r)
{
    Tape *tape = tape_new();
    tape_set_recording(tape, r->training);
    tape_set_training(tape, r->training);
    tape_set_recompute(tape, r->recompute);
    tape_set_bf16(tape, r->bf16);
    return tape;
}

/* Gradients that a shard has for itself, as core/autograd/shards.h. */
static TapeShard new_shard(const Rehearsal *r, Deferred *deferred)
{
    const ParamSet *ps = r->params;
    TapeShard out = {.on = r->shard};
    if (!r->shard || !r->training) return out;
    out.grads = ps->grad;
    out.len = ps->len;
    out.own = mem_calloc((size_t)ps->len, sizeof(Real));
    out.begun = mem_calloc((size_t)(ps->len / TAPE_LINE), 1);
    out.deferred = deferred;
    return out;
}

static void free_shard(TapeShard *s)
{
    mem_free(s->own);
    mem_free(s->begun);
    if (s->deferred) deferred_free(s->deferred);
}

static Tensor *black(Tape *tape, const RamPlus *m, int64_t B)
{
    const int64_t S = ram_plus_shape(m).image_size;
    Tensor *x = tape_tensor(tape, 4, (int64_t[]){B, 3, S, S});
    memset(x->data, 0, (size_t)tensor_len(x) * sizeof *x->data);
    return x;
}

/* Forward and backward of the first K tags, with gradients in memory of their own; returns what
 * was in use. */
static TapeUse tile(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                    const LabelBank *bank, int64_t K)
{
    tape_use_restart(tape);
    tape_trim(tape);
    const TapeMark mark = tape_mark(tape);
    if (K > 0) {
        Tensor *x = ram_plus_tag_logits(tape, m, image, bank, 0, K, NULL, NULL);
        Real *dx = tape_grad(tape, x);
        for (int64_t i = 0; dx && i < tensor_len(x); i++) dx[i] = 1;
        tape_backward_to(tape, mark);
    }
    return tape_use(tape);
}

static void measure_tags(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                         const LabelBank *bank, ShardBytes *out)
{
    const int64_t B = image->cls->shape[0], K = bank->tags;
    const TapeUse one = tile(tape, m, image, bank, K / 2), two = tile(tape, m, image, bank, K);
    const double pairs = (double)(B * K), more = (double)(B * (K - K / 2));
    out->row = (double)(two.values_peak - one.values_peak) / more;
    out->tile = fmax(0, (double)(two.values_peak - two.values) - out->row * pairs);
    out->grad = (double)(two.pool - two.grads) / pairs;
}

/* The images forward, two tiles of tags, the images backward. */
static void measure(const Rehearsal *r, Tape *tape, const LabelBank *bank, int64_t B,
                    ShardBytes *out)
{
    const RamPlusImage image = ram_plus_image(tape, r->model, black(tape, r->model, B));
    const TapeUse forward = tape_use(tape);
    measure_tags(tape, r->model, &image, bank, out);
    tape_trim(tape);
    tape_use_restart(tape);
    tape_backward(tape);
    const TapeUse backward = tape_use(tape);
    out->inner = fmax((double)forward.values_peak, (double)backward.values_peak) -
                 (double)forward.values;
    out->kept = (double)forward.values;
    out->grads = (double)backward.pool;
}

/* Of equal vectors of length 1. Owned: label_bank_free. */
static LabelBank *new_bank(const Rehearsal *r, int64_t B)
{
    const int64_t most = PAIRS / B > 2 ? PAIRS / B : 2,
                  E = ram_plus_config(r->model)->text_width;
    LabelBank *bank = label_bank_uniform(r->tags < most ? r->tags : most, r->descriptions, E);
    for (int64_t i = 0; i < bank->offset[bank->tags] * E; i++)
        bank->rows[i] = (float)(1 / sqrt((double)E));
    return bank;
}

static void leave(void *over) { longjmp(*(jmp_buf *)over, 1); }

/* Operations own no memory but the tape's, so that they can be left at any allocation. */
static bool within_limit(const Rehearsal *r, Tape *tape, const LabelBank *bank, int64_t B,
                         ShardBytes *out)
{
    jmp_buf over;
    tape_set_limit(tape, r->limit, leave, &over);
    if (setjmp(over) != 0) return false;
    measure(r, tape, bank, B, out);
    return true;
}

bool rehearse(const Rehearsal *r, int64_t B, ShardBytes *out)
{
    LabelBank *bank = new_bank(r, B);
    Tape *tape = new_tape(r);
    Deferred deferred = {0};
    TapeShard shard = new_shard(r, &deferred);
    tape_set_shard(tape, shard);
    *out = (ShardBytes){.images = B};
    const bool fits = within_limit(r, tape, bank, B, out);
    tape_free(tape);
    free_shard(&shard);
    label_bank_free(bank);
    return fits;
}
