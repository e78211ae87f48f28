/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring a cell once. */
#include "train/ablate/budget.h"

#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "train/step_time.h"

#include <stdio.h>
#include <unistd.h>

static const char RECORD[] = "budget.txt";

/* *steps: 0 if there is no record. */
static int read_record(const char *folder, double seconds, int64_t *steps, Error *err)
{
    Lines lines;
    double then = 0;
    char *path = file_join(folder, RECORD);
    int status = 0;
    *steps = 0;
    if (file_exists(path)) {
        status = lines_read(path, &lines, err);
        const bool good = status == 0 && lines.count == 1 &&
                          sscanf(lines.line[0], "%lf seconds: %ld steps", &then, steps) == 2 &&
                          *steps > 0;
        if (status == 0 && (!good || then != seconds))
            status = error_set(err, ERROR_DATA,
                               "%s: %s: remove the file, and the steps are measured again",
                               path, good ? "made for another --budget" : "damaged");
        lines_free(&lines);
    }
    mem_free(path);
    return status;
}

static int write_record(const char *folder, double seconds, int64_t steps, Error *err)
{
    char *line = mem_format("%.9g seconds: %ld steps\n", seconds, steps);
    const int status = text_write_in(folder, RECORD, line, err);
    mem_free(line);
    return status;
}

static int measure(const Config *c, double seconds, int64_t *steps, Error *err)
{
    Trainer trainer;
    double step;
    if (trainer_try(c, &trainer, err) != 0) return -1;
    const int status = step_time(&trainer, &step, err);
    trainer_close(&trainer);
    *steps = status == 0 && step > 0 && seconds / step >= 1 ? (int64_t)(seconds / step) : 1;
    return status;
}

/* Measures and keeps the record, unless another process does it first. */
static int measure_once(const Config *c, const char *folder, double seconds, int64_t *steps,
                        Error *err)
{
    RunLock lock;
    bool held;
    for (;;) {
        if (run_lock_try(folder, &lock, &held, err) != 0) return -1;
        if (!held) break;
        stop_release();
        sleep(1);
    }
    int status = read_record(folder, seconds, steps, err);
    if (status == 0 && *steps == 0) {
        status = measure(c, seconds, steps, err);
        if (status == 0) status = write_record(folder, seconds, *steps, err);
    }
    run_unlock(&lock);
    return status;
}

int budget_apply(Config *c, const char *folder, double seconds, bool keep, Error *err)
{
    int64_t steps;
    if (read_record(folder, seconds, &steps, err) != 0) return -1;
    if (steps == 0 && (keep ? measure_once(c, folder, seconds, &steps, err)
                            : measure(c, seconds, &steps, err)) != 0)
        return -1;
    log_info("%s: %ld steps in %.9g s", folder, steps, seconds);
    c->train.max_steps = steps;
    return 0;
}
