/* SPDX-License-Identifier: Apache-2.0 */
/* Timing a few steps. */
#include "train/step_time.h"

#include "core/log.h"
#include "train/loop.h"

enum { STEPS = 3 };

int step_time(Trainer *t, double *seconds, Error *err)
{
    double first = 0, others = 0;
    int64_t n = 0;
    shards_set_training(t->shards, true);
    for (; n < STEPS && !run_state_finished(&t->state, &t->inputs); n++) {
        LogLine line;
        const double start = log_now();
        if (loop_gradients(t, &line, err) != 0 || loop_update(t, &line, err) != 0) return -1;
        *(n == 0 ? &first : &others) += log_now() - start;
    }
    *seconds = n > 1 ? others / (double)(n - 1) : first;
    return 0;
}
