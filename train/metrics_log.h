/* SPDX-License-Identifier: Apache-2.0 */
/* The training log: metrics.jsonl, log.txt, and the progress line on stderr. */
#ifndef RAMPLUS_TRAIN_METRICS_LOG_H
#define RAMPLUS_TRAIN_METRICS_LOG_H

#include "core/io/line_log.h"
#include "core/io/progress.h"
#include "train/run/run_state.h"
#include "train/step.h"

typedef struct LogLine {
    int64_t epoch; /* epoch of the step's first batch */
    StepLosses losses;
    double lr, grad_norm;
    double factor[LOSS_TERMS]; /* of the weights, by loss.balance */
} LogLine;

typedef struct MetricsLog {
    LineLog *metrics, *epochs; /* metrics.jsonl, log.txt; borrowed */
    Progress progress;
    double since;       /* time of the last line, seconds */
    double waited;      /* loader_waited at the last line */
    double epoch_since; /* time at which the epoch, or this process, started */
    int64_t first_step; /* step at which this process started */
    int64_t last_step;  /* step of the last line */
} MetricsLog;

MetricsLog metrics_log_start(const RunInputs *in, const RunState *s, LineLog *metrics,
                             LineLog *epochs);
/* Adds the step to the means of its epoch. Writes a line to metrics.jsonl every log.every steps
 * and for the first and last step of the run and of every epoch's end, and a line to log.txt
 * and stderr at the end of an epoch. */
void metrics_log_step(MetricsLog *log, const RunInputs *in, RunState *s, const LogLine *line,
                      bool epoch_ended);
/* Writes the means of an evaluation set to metrics.jsonl and stderr. */
void metrics_log_eval(LineLog *metrics, const RunState *s, const char *set,
                      const EvalResult *r);
/* Ends the progress line and reports how many images could not be read. */
void metrics_log_end(MetricsLog *log, const RunInputs *in, const RunState *s);

#endif
