/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: one flat array of values, one flat array of gradients, and named views into both,
 * with the state_dict names of the reference. Optimizer, gradient norm and checkpoint are
 * single loops over these arrays.
 *
 *   ParamSet *ps = param_set_new();
 *   m->weight = param_add(ps, (ParamInit){PARAM_TRUNC_NORMAL, 0.02}, 2, (int64_t[]){out, in},
 *                         "%s.weight", prefix);          // any number of these
 *   param_set_build(ps);                                 // allocates; data is valid now
 *   param_set_init(ps, seed);                            // or load weights
 */
#ifndef RAMPLUS_CORE_AUTOGRAD_PARAM_H
#define RAMPLUS_CORE_AUTOGRAD_PARAM_H

#include "core/autograd/tensor.h"
#include "core/error.h"

#include <stddef.h>

enum ParamInitKind {
    PARAM_CONSTANT,     /* all equal to `scale` */
    PARAM_NORMAL,       /* mean 0, std `scale` */
    PARAM_TRUNC_NORMAL, /* PARAM_NORMAL, redrawn until |value| <= 2 */
    PARAM_UNIFORM,      /* within +-`scale` */
};

typedef struct ParamInit {
    enum ParamInitKind kind;
    double scale;
} ParamInit;

typedef struct Param {
    char *name;
    Tensor tensor;  /* data and grad point into the flat arrays */
    int64_t offset; /* index of the first element in the flat arrays */
    int64_t len;
    ParamInit init;
    bool no_decay;   /* excluded from weight decay */
    bool optional;   /* may be missing in a file; keeps its initial value then */
    double lr_scale; /* multiplies the learning rate; default 1 */
} Param;

typedef struct ParamSet {
    Param **param; /* in order of param_add */
    int64_t count;
    int64_t len; /* elements of all parameters, each padded to a multiple of 16 with zeros */
    Real *data, *grad;
} ParamSet;

ParamSet *param_set_new(void);
void param_set_free(ParamSet *ps); /* accepts NULL */

/* Adds a parameter. The set owns the returned tensor, whose data is NULL until
 * param_set_build. */
Tensor *param_add(ParamSet *ps, ParamInit init, int ndim, const int64_t *shape,
                  const char *name_format, ...) __attribute__((format(printf, 5, 6)));
void param_set_build(ParamSet *ps);
/* param_set_build for inference: all parameters are frozen, and no gradient array is
 * allocated. */
void param_set_build_frozen(ParamSet *ps);

enum { RNG_INIT = 1 }; /* random stream of a parameter; sample = rng_hash(name) */

/* Draws every parameter from the stream (seed, name), so that its values do not depend on the
 * order or on other parameters. */
void param_set_init(ParamSet *ps, uint64_t seed);
void param_set_zero_grad(ParamSet *ps);
Param *param_find(const ParamSet *ps, const char *name); /* NULL if not found */
/* Whether x points to a value of a parameter. */
bool param_set_holds(const ParamSet *ps, const Real *x);

/* Patterns are shell globs on names, separated by commas or spaces ("visual_encoder.*,*.bias");
 * upper and lower case are the same ("*norm*" matches LayerNorm). All functions return the
 * number of matching parameters. A frozen parameter gets no gradient, update or decay. */
int64_t param_set_count(const ParamSet *ps, const char *patterns);
int64_t param_set_freeze(ParamSet *ps, const char *patterns);
int64_t param_set_no_decay(ParamSet *ps, const char *patterns);

/* Multiplies lr_scale of matching parameters by factor; returns the number of matches. */
int64_t param_set_lr_scale(ParamSet *ps, const char *patterns, double factor);
/* Multiplies lr_scale of every weight matrix by width / (its number of inputs), so that the
 * outputs of narrow and wide layers change at the same rate (muP for Adam; Yang et al. 2021,
 * table 3). */
void param_set_lr_width(ParamSet *ps, double width);

#endif
