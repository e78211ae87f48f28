/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the first operation whose output or gradient is not finite, for debugging a run.
 *
 *   NanWatch *watch = nan_watch_new(params);
 *   tape_set_watch(tape, watch);            // checks every output and gradient from here on
 *   ...forward, backward...
 *   if (nan_watch_found(watch)) puts(nan_watch_found(watch));
 *   nan_watch_clear(watch);                 // before the next step
 *
 * It only reads, so a watched run computes the same numbers as an unwatched one. */
#ifndef RAMPLUS_CORE_AUTOGRAD_NAN_WATCH_H
#define RAMPLUS_CORE_AUTOGRAD_NAN_WATCH_H

#include "core/autograd/param.h"

enum { OP_INPUTS = 8 };

/* One execution of an operation: its name, inputs and output. */
typedef struct OpTrace {
    const char *op;
    int inputs;
    Tensor *input[OP_INPUTS]; /* NULL: an optional input that was not given */
    Tensor *y;
} OpTrace;

typedef struct NanWatch NanWatch;

/* Creates a watch; `params` (borrowed) names the parameters among the inputs. The caller frees
 * it with nan_watch_free. */
NanWatch *nan_watch_new(const ParamSet *params);
void nan_watch_free(NanWatch *w); /* accepts NULL */

/* The tape calls these after the forward of an operation and after its backward, which added to
 * grad [inputs], the gradients of the inputs; NULL where an input has none. */
void nan_watch_forward(NanWatch *w, const OpTrace *trace);
void nan_watch_backward(NanWatch *w, const OpTrace *trace, const Real *const *grad);

/* One line about the first operation with a value that is not finite since the last clear:
 * direction, operation, shapes and, where known, the parameters. NULL if all values were
 * finite. Borrowed. */
const char *nan_watch_found(const NanWatch *w);
void nan_watch_clear(NanWatch *w);

#endif
