/* SPDX-License-Identifier: Apache-2.0 */
/* A batch in shards: each thread computes whole chains of operations on the images of a shard,
 * so that threads wait for each other a few times a step instead of in every operation. Small
 * models gain from it, most of all on a machine with other work.
 *
 * Every shard has a tape and gradients of its own, which are added up in the order of the
 * shards. Results depend on the number of shards, which follows from the shape of the work,
 * and not on the number of threads. */
#ifndef RAMPLUS_CORE_AUTOGRAD_SHARDS_H
#define RAMPLUS_CORE_AUTOGRAD_SHARDS_H

#include "core/autograd/tape.h"

typedef struct Shards {
    ParamSet *params; /* borrowed; NULL: no gradients */
    int64_t count;
    Tape **tape;          /* [count]; a single one computes on all threads */
    Tape *joint;          /* for what all images share, between two runs of the shards */
    Real *grad;           /* [count, parameters] if count > 1 */
    unsigned char *begun; /* [count, parameters / TAPE_LINE] which of them hold numbers */
    Deferred *deferred;   /* [count] if count > 1: gradients of weights that wait */
    Packed *packed;       /* NULL: no weights are packed */
    Quantized *quantized; /* NULL: linear layers are not in integers */
    bool bf16, watched;
    Profile *profile; /* borrowed; NULL: nothing is measured */
} Shards;

/* The number of shards for a model with this number of parameters; 1 for large ones, whose
 * operations have enough work for all threads. */
int64_t shards_wanted(int64_t parameters);

/* Owned: shards_free. */
Shards *shards_new(int64_t count, ParamSet *params);
void shards_free(Shards *s); /* accepts NULL */

/* The same settings for all tapes; see tape.h. */
void shards_set_bf16(Shards *s, bool on);
/* Packs weights once for all products in bfloat16, if these are on, instead of for each. The
 * parameters must not change until shards_reset or shards_release. */
void shards_pack(Shards *s, const ParamSet *params);
/* In float32, too, where nothing is recorded: the bits are others than where it is. */
void shards_pack_all(Shards *s, const ParamSet *params);
/* Computes linear layers of these parameters in 8-bit integers where nothing is recorded. They
 * must not change any more. CHECKs int8_missing. */
void shards_quantize(Shards *s, const ParamSet *params);
void shards_set_recompute(Shards *s, enum Recompute recompute);
void shards_set_training(Shards *s, bool on);
void shards_set_recording(Shards *s, bool on);
void shards_set_step(Shards *s, uint64_t seed, uint32_t step);
/* A watched batch computes its shards one after the other. */
void shards_set_watch(Shards *s, NanWatch *watch);
/* Measures all operations, those of each shard apart. NULL: no longer. After
 * shards_set_watch. */
void shards_set_profile(Shards *s, Profile *profile);

/* Index of the first image of shard i in a batch of B images; that of the next one is its end.
 * A shard may be empty. */
int64_t shards_first(const Shards *s, int64_t B, int64_t i);

/* Calls piece(i, context) for every shard that has images; threads take the next one when they
 * become free. */
void shards_run(Shards *s, int64_t B, void (*piece)(int64_t i, void *context), void *context);

/* Computes what the shards have put off, adds their gradients to those of the parameters and
 * discards them. */
void shards_add_grads(Shards *s);

void shards_reset(Shards *s);   /* tape_reset of all tapes */
void shards_release(Shards *s); /* tape_release of all tapes */

size_t shards_bytes(const Shards *s); /* of arenas, pools and gradients */

#endif
