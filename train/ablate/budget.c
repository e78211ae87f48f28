/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring a cell once. */
#include "train/ablate/budget.h"

#include "core/hash.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "train/step_time.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char RECORD[] = "budget.txt";
enum { STEPS_MAX = 1000000000 };

/* What the time of a step depends on: all settings. Owned. */
static char *settings_of(const Config *c)
{
    uint8_t value[HASH_BYTES];
    char hex[HASH_HEX], *dump = option_dump(config_table(), c);
    hash_of(dump, strlen(dump), value);
    hash_hex(value, hex);
    mem_free(dump);
    return mem_strdup(hex);
}

/* *steps: 0 if there is no record of these seconds and settings. */
static int read_record(const Config *c, const char *folder, double seconds, int64_t *steps,
                       Error *err)
{
    Lines lines;
    double then = 0;
    char settings[HASH_HEX] = "", *path = file_join(folder, RECORD), *now = settings_of(c);
    int status = 0;
    *steps = 0;
    if (file_exists(path)) {
        status = lines_read(path, &lines, err);
        const bool good = status == 0 && lines.count == 1 &&
                          sscanf(lines.line[0], "%lf seconds: %ld steps, settings %32s", &then,
                                 steps, settings) == 3;
        if (!good || then != seconds || strcmp(settings, now) != 0) *steps = 0;
        lines_free(&lines);
    }
    mem_free(now);
    mem_free(path);
    return status;
}

static int write_record(const Config *c, const char *folder, double seconds, int64_t steps,
                        Error *err)
{
    char *settings = settings_of(c);
    char *line =
        mem_format("%.17g seconds: %ld steps, settings %s\n", seconds, steps, settings);
    const int status = text_write_in(folder, RECORD, line, err);
    mem_free(line);
    mem_free(settings);
    return status;
}

static int measure(const Config *c, double seconds, int64_t *steps, Error *err)
{
    Trainer trainer;
    double step;
    if (trainer_try(c, &trainer, err) != 0) return -1;
    const int status = step_time(&trainer, &step, err);
    trainer_close(&trainer);
    const double fit = status == 0 && step > 0 ? seconds / step : 1;
    *steps = fit < 1 ? 1 : fit > STEPS_MAX ? STEPS_MAX : (int64_t)fit;
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
    int status = read_record(c, folder, seconds, steps, err);
    if (status == 0 && *steps == 0) {
        status = measure(c, seconds, steps, err);
        if (status == 0) status = write_record(c, folder, seconds, *steps, err);
    }
    run_unlock(&lock);
    return status;
}

int budget_apply(Config *c, const char *folder, double seconds, bool keep, Error *err)
{
    int64_t steps;
    if (read_record(c, folder, seconds, &steps, err) != 0) return -1;
    if (steps == 0 && (keep ? measure_once(c, folder, seconds, &steps, err)
                            : measure(c, seconds, &steps, err)) != 0)
        return -1;
    log_info("%s: %ld steps in %.9g s", folder, steps, seconds);
    c->train.max_steps = steps;
    return 0;
}
