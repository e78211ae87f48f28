/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says of itself: metrics.jsonl, log.txt, and the line a person watches. */
#ifndef RAMPLUS_TRAIN_METRICS_LOG_H
#define RAMPLUS_TRAIN_METRICS_LOG_H

#include "core/log.h"
#include "train/run_state.h"
#include "train/step.h"

typedef struct LogLine {
    int64_t epoch; /* of the step's first batch */
    StepLosses losses;
    double lr, grad_norm;
} LogLine;

typedef struct MetricsLog {
    Progress progress;
    double since;       /* seconds, of the last line */
    double waited;      /* loader_waited at the last line */
    int64_t first_step; /* this process began after it */
    int64_t last_step;  /* of the last line */
} MetricsLog;

MetricsLog metrics_log_start(const RunInputs *in, const RunState *s);
/* Counts the step; writes a line every log.every steps and one to log.txt where an epoch
 * ended. */
int metrics_log_step(MetricsLog *log, const RunInputs *in, RunState *s, const LogLine *line,
                     bool epoch_ended, Error *err);
int metrics_log_eval(const RunInputs *in, const RunState *s, const char *list,
                     const EvalResult *r, Error *err);
void metrics_log_end(MetricsLog *log, const RunInputs *in, const RunState *s);

#endif
