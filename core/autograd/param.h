/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: one flat value array, one flat gradient array, and named views into both, with the
 * reference's state_dict names. Optimizer, gradient norm and checkpoint are single loops.
 *
 *   ParamSet *ps = param_set_new();
 *   m->weight = param_add(ps, (ParamInit){PARAM_TRUNC_NORMAL, 0.02}, 2, (int64_t[]){out, in},
 *                         "%s.weight", prefix);          // any number of these
 *   param_set_build(ps);                                 // allocates; data pointers are valid now
 *   param_set_init(ps, seed);                            // or load weights
 */
#ifndef RAMPLUS_CORE_AUTOGRAD_PARAM_H
#define RAMPLUS_CORE_AUTOGRAD_PARAM_H

#include "core/autograd/tensor.h"
#include "core/error.h"

#include <stddef.h>

enum ParamInitKind {
    PARAM_CONSTANT,     /* all equal to `scale` */
    PARAM_NORMAL,       /* mean 0, deviation `scale` */
    PARAM_TRUNC_NORMAL, /* the same, redrawn until within +-2 absolute */
    PARAM_UNIFORM,      /* within +-`scale` */
};

typedef struct ParamInit {
    enum ParamInitKind kind;
    double scale;
} ParamInit;

typedef struct Param {
    char *name;
    Tensor tensor;  /* data and grad point into the flat arrays */
    int64_t offset; /* of its first element in the flat arrays */
    int64_t len;
    ParamInit init;
    bool no_decay;   /* left out of weight decay */
    bool optional;   /* a file of the model may lack it: it then keeps its start value */
    double lr_scale; /* factor on the learning rate, 1 unless set */
} Param;

typedef struct ParamSet {
    Param **param; /* in order of param_add */
    int64_t count;
    int64_t len; /* elements of all parameters, with padding to 16 between them (zeros) */
    Real *data, *grad;
} ParamSet;

ParamSet *param_set_new(void);
void param_set_free(ParamSet *ps); /* accepts NULL */

/* Adds a parameter; the tensor is borrowed and its data NULL until param_set_build. */
Tensor *param_add(ParamSet *ps, ParamInit init, int ndim, const int64_t *shape,
                  const char *name_format, ...) __attribute__((format(printf, 5, 6)));
void param_set_build(ParamSet *ps);
/* The same for inference: everything frozen, no gradient array. */
void param_set_build_frozen(ParamSet *ps);

enum { RNG_INIT = 1 }; /* random stream of a parameter; sample = rng_hash(its name) */

/* Draws every value from the stream (seed, name): independent of order and of other parameters. */
void param_set_init(ParamSet *ps, uint64_t seed);
void param_set_zero_grad(ParamSet *ps);
Param *param_find(const ParamSet *ps, const char *name); /* NULL when there is none */

/* Patterns are shell globs on names, separated by commas or spaces ("visual_encoder.*,*.bias").
 * Both return how many parameters match. Freezing: no gradient, no update, no decay. */
int64_t param_set_freeze(ParamSet *ps, const char *patterns);
int64_t param_set_no_decay(ParamSet *ps, const char *patterns);

/* Multiplies lr_scale of matching parameters; returns how many match. */
int64_t param_set_lr_scale(ParamSet *ps, const char *patterns, double factor);
/* Multiplies lr_scale of every weight matrix by width / its number of inputs, so that what all layers put
 * out changes at one pace, narrow or wide (muP for Adam; Yang et al. 2021, table 3). */
void param_set_lr_width(ParamSet *ps, double width);

#endif
