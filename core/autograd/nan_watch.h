/* SPDX-License-Identifier: Apache-2.0 */
/* Names the first operation that makes a value that is not finite, for debugging a run.
 *
 *   NanWatch *watch = nan_watch_new(params);
 *   tape_set_watch(tape, watch);            // from here on every output and gradient is read
 *   ...forward, backward...
 *   if (nan_watch_found(watch)) puts(nan_watch_found(watch));
 *   nan_watch_clear(watch);                 // before the next step
 *
 * It only reads: the numbers of a watched run are those of an unwatched one. */
#ifndef RAMPLUS_CORE_AUTOGRAD_NAN_WATCH_H
#define RAMPLUS_CORE_AUTOGRAD_NAN_WATCH_H

#include "core/autograd/param.h"

enum { OP_INPUTS = 8 };

/* One run of an operation: its name, what it read and what it made. */
typedef struct OpTrace {
    const char *op;
    int inputs;
    Tensor *input[OP_INPUTS]; /* NULL: an optional input left out */
    Tensor *y;
} OpTrace;

typedef struct NanWatch NanWatch;

/* `params` (borrowed) give the names of parameters among the inputs. Owned: nan_watch_free. */
NanWatch *nan_watch_new(const ParamSet *params);
void nan_watch_free(NanWatch *w); /* accepts NULL */

/* The tape calls these after the forward of an operation and after its backward. */
void nan_watch_forward(NanWatch *w, const OpTrace *trace);
void nan_watch_backward(NanWatch *w, const OpTrace *trace);

/* One line about the first value that was not finite since the last clear: direction, operation, shapes
 * and, where known, the parameters. NULL: all were finite. Borrowed. */
const char *nan_watch_found(const NanWatch *w);
void nan_watch_clear(NanWatch *w);

#endif
