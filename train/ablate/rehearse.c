/* SPDX-License-Identifier: Apache-2.0 */
/* Estimating an ablation from a few steps of each cell. */
#include "train/ablate/rehearse.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "train/ablate/sheet.h"
#include "train/step_time.h"

typedef struct CellNeed {
    int64_t runs, left;     /* of this share; not finished */
    const AblateTask *next; /* the first of those */
    int64_t steps;          /* left in each of those */
    double seconds;         /* of one step */
    char *memory;
} CellNeed;

/* The runs of a cell, which are `each` tasks from the first on. */
static void count_runs(const AblateTasks *tasks, AblateShare share, int64_t first, int64_t each,
                       CellNeed *need)
{
    for (int64_t i = first; i < first + each; i++) {
        if (i % share.parts != share.part) continue;
        need->runs++;
        if (tasks->task[i].state == CELL_FINISHED) continue;
        if (need->left++ == 0) need->next = &tasks->task[i];
    }
}

static int try_run(CellNeed *need, Error *err)
{
    Trainer trainer;
    if (trainer_try(&need->next->config, &trainer, err) != 0) return -1;
    need->steps = run_state_left(&trainer.state, &trainer.inputs);
    need->memory = memory_text(&trainer.memory);
    const int status = step_time(&trainer, &need->seconds, err);
    trainer_close(&trainer);
    return status;
}

static void add_row(Sheet *s, const char *cell, const CellNeed *n, double seconds)
{
    char duration[24];
    log_duration(seconds, duration);
    sheet_add(s, mem_strdup(cell));
    sheet_add(s, mem_format("%ld", n->runs));
    sheet_add(s, mem_format("%ld", n->runs - n->left));
    sheet_add(s, n->left ? mem_format("%ld", n->steps) : mem_strdup("-"));
    sheet_add(s, n->left ? mem_format("%.3g s", n->seconds) : mem_strdup("-"));
    sheet_add(s, mem_strdup(n->left ? duration : "-"));
    sheet_add(s, mem_strdup(n->memory ? n->memory : "-"));
}

static void add_head(Sheet *s)
{
    static const char *const HEAD[] = {"cell", "runs", "finished", "steps",
                                       "step", "time", "memory"};
    for (int64_t i = 0; i < s->columns; i++) sheet_add(s, mem_strdup(HEAD[i]));
}

int ablate_rehearse(const AblateTasks *tasks, AblateShare share, Error *err)
{
    const int64_t each = tasks->rates * tasks->seeds;
    Sheet sheet = {.columns = 7};
    double total = 0;
    int64_t runs = 0;
    int status = 0;
    add_head(&sheet);
    for (int64_t first = 0; status == 0 && first < tasks->count; first += each) {
        CellNeed need = {0};
        count_runs(tasks, share, first, each, &need);
        if (need.left) status = try_run(&need, err);
        const double seconds = (double)(need.left * need.steps) * need.seconds;
        add_row(&sheet, tasks->task[first].cell->name, &need, seconds);
        total += seconds;
        runs += need.left;
        mem_free(need.memory);
    }
    char duration[24];
    log_duration(total, duration);
    sheet.note = mem_format("about %s for %ld run%s, without their evaluations", duration, runs,
                            strings_s(runs));
    Text out = {0};
    sheet_text(&sheet, &out);
    if (status == 0) printable_print(out.data);
    text_free(&out);
    sheet_free(&sheet);
    return status;
}
