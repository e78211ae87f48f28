/* SPDX-License-Identifier: Apache-2.0 */
/* Tapes that threads run side by side. */
#include "core/autograd/shards.h"

#include "core/math/onednn.h"
#include "core/mem.h"
#include "core/parallel.h"

#include <string.h>

enum {
    SHARDS = 4,
    PARAMETERS_MAX = 1 << 24, /* every shard has gradients for all of them */
    BLOCK = 1 << 14,          /* elements that stay in the cache while shards are added */
};

int64_t shards_wanted(int64_t parameters) { return parameters > PARAMETERS_MAX ? 1 : SHARDS; }

Shards *shards_new(int64_t count, ParamSet *params)
{
    Shards *s = mem_calloc(1, sizeof *s);
    *s = (Shards){.params = params, .count = count, .joint = tape_new()};
    s->tape = mem_calloc((size_t)count, sizeof(Tape *));
    if (params && params->grad && count > 1) {
        s->grad = mem_calloc((size_t)(count * params->len), sizeof(Real)); /* padding: 0 */
        s->begun = mem_calloc((size_t)(count * params->len / TAPE_LINE), 1);
        s->deferred = mem_calloc((size_t)count, sizeof *s->deferred);
    }
    for (int64_t i = 0; i < count; i++) s->tape[i] = tape_new();
    return s;
}

void shards_free(Shards *s)
{
    if (!s) return;
    for (int64_t i = 0; i < s->count; i++) tape_free(s->tape[i]);
    for (int64_t i = 0; s->deferred && i < s->count; i++) deferred_free(&s->deferred[i]);
    mem_free(s->deferred);
    tape_free(s->joint);
    packed_free(s->packed);
    quantized_free(s->quantized);
    mem_free(s->tape);
    mem_free(s->begun);
    mem_free(s->grad);
    mem_free(s);
}

/* Tape i of count + 1, the last of which is the joint one. */
static Tape *tape_at(const Shards *s, int64_t i)
{
    return i < s->count ? s->tape[i] : s->joint;
}

void shards_set_bf16(Shards *s, bool on)
{
    s->bf16 = on;
    for (int64_t i = 0; i <= s->count; i++) tape_set_bf16(tape_at(s, i), on);
}

static void use_packed(const Shards *s, Packed *packed)
{
    for (int64_t i = 0; i <= s->count; i++) tape_set_packed(tape_at(s, i), packed);
}

void shards_pack(Shards *s, const ParamSet *params)
{
    if (s->bf16) shards_pack_all(s, params);
}

void shards_pack_all(Shards *s, const ParamSet *params)
{
    if (!s->bf16 && !onednn_gemm_is_fast()) return;
    if (!s->packed) s->packed = packed_new(params);
    use_packed(s, s->packed);
}

void shards_quantize(Shards *s, const ParamSet *params)
{
    quantized_free(s->quantized);
    s->quantized = quantized_new(params);
    for (int64_t i = 0; i <= s->count; i++) tape_set_quantized(tape_at(s, i), s->quantized);
}

void shards_set_recompute(Shards *s, enum Recompute recompute)
{
    for (int64_t i = 0; i <= s->count; i++) tape_set_recompute(tape_at(s, i), recompute);
}

void shards_set_training(Shards *s, bool on)
{
    for (int64_t i = 0; i <= s->count; i++) tape_set_training(tape_at(s, i), on);
}

void shards_set_recording(Shards *s, bool on)
{
    for (int64_t i = 0; i <= s->count; i++) tape_set_recording(tape_at(s, i), on);
}

void shards_set_step(Shards *s, uint64_t seed, uint32_t step)
{
    for (int64_t i = 0; i <= s->count; i++) tape_set_step(tape_at(s, i), seed, step);
}

void shards_set_watch(Shards *s, NanWatch *watch)
{
    s->watched = watch != NULL;
    for (int64_t i = 0; i <= s->count; i++) tape_set_watch(tape_at(s, i), watch);
}

/* Whether shards run side by side. A single one, like what all images share, runs on the main
 * thread. */
static bool side_by_side(const Shards *s) { return s->count > 1 && !s->watched; }

void shards_set_profile(Shards *s, Profile *profile)
{
    s->profile = profile;
    for (int64_t i = 0; i <= s->count; i++) {
        const int64_t lane = side_by_side(s) && i < s->count ? i + 1 : 0;
        tape_set_lane(tape_at(s, i), profile ? profile_lane(profile, lane) : NULL);
    }
}

void shards_reset(Shards *s)
{
    if (s->packed) packed_forget(s->packed);
    use_packed(s, NULL);
    for (int64_t i = 0; i <= s->count; i++) tape_reset(tape_at(s, i));
}

void shards_release(Shards *s)
{
    use_packed(s, NULL);
    packed_free(s->packed);
    s->packed = NULL;
    for (int64_t i = 0; i <= s->count; i++) tape_release(tape_at(s, i));
}

size_t shards_bytes(const Shards *s)
{
    size_t n = s->packed ? packed_bytes(s->packed) : 0;
    n += s->grad ? (size_t)(s->count * s->params->len) * sizeof(Real) : 0;
    for (int64_t i = 0; i <= s->count; i++) n += tape_arena_bytes(tape_at(s, i));
    return n;
}

int64_t shards_first(const Shards *s, int64_t B, int64_t i) { return B * i / s->count; }

typedef struct Run {
    Shards *shards;
    int64_t B;
    void (*piece)(int64_t i, void *context);
    void *context;
} Run;

static void run_one(int64_t i, void *context)
{
    const Run *r = context;
    const Shards *s = r->shards;
    const int64_t first = shards_first(s, r->B, i);
    if (first == shards_first(s, r->B, i + 1)) return;
    TapeShard part = {.on = s->count > 1, .first = first};
    if (s->grad) {
        part.grads = s->params->grad;
        part.len = s->params->len;
        part.own = s->grad + i * s->params->len;
        part.begun = s->begun + i * s->params->len / TAPE_LINE;
        part.deferred = &s->deferred[i];
    }
    tape_set_shard(s->tape[i], part);
    if (s->profile && side_by_side(s)) profile_begin(s->profile, i + 1);
    r->piece(i, r->context);
    if (s->profile && side_by_side(s)) profile_end(s->profile, i + 1);
}

void shards_run(Shards *s, int64_t B, void (*piece)(int64_t i, void *context), void *context)
{
    Run r = {s, B, piece, context};
    if (!side_by_side(s)) {
        for (int64_t i = 0; i < s->count; i++) run_one(i, &r);
        return;
    }
    if (s->profile) profile_fork(s->profile);
    parallel_for(s->count, run_one, &r);
    if (s->profile) profile_join(s->profile);
}

/* The first line from `at` on that has begun, or has not; `lines` if there is none. */
static int64_t next_line(const unsigned char *begun, int64_t at, int64_t lines, int has)
{
    const unsigned char *found = memchr(begun + at, has, (size_t)(lines - at));
    return found ? found - begun : lines;
}

static void add_numbers(int64_t n, const Real *restrict x, Real *restrict sum)
{
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

/* Most gradients are put off, so that few lines have begun. */
static void add_lines(int64_t lines, const unsigned char *begun, const Real *x, Real *sum)
{
    for (int64_t i = next_line(begun, 0, lines, 1); i < lines;) {
        const int64_t end = next_line(begun, i, lines, 0);
        add_numbers((end - i) * TAPE_LINE, x + i * TAPE_LINE, sum + i * TAPE_LINE);
        i = next_line(begun, end, lines, 1);
    }
}

static void add_block(int64_t i, void *context)
{
    const Shards *s = context;
    const int64_t len = s->params->len, begin = i * BLOCK;
    const int64_t n = len - begin < BLOCK ? len - begin : BLOCK, lines = n / TAPE_LINE;
    for (int64_t k = 0; k < s->count; k++) {
        unsigned char *begun = s->begun + (k * len + begin) / TAPE_LINE;
        add_lines(lines, begun, s->grad + k * len + begin, s->params->grad + begin);
        memset(begun, 0, (size_t)lines);
    }
}

void shards_add_grads(Shards *s)
{
    if (!s->grad) return;
    profile_mark(s->profile, PROFILE_REST);
    deferred_run(s->deferred, s->count);
    parallel_for((s->params->len + BLOCK - 1) / BLOCK, add_block, s);
    profile_mark(s->profile, PROFILE_ADD_SHARDS);
}
