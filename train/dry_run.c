/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a run before it starts. */
#include "train/dry_run.h"

#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/io/tar_path.h"
#include "core/io/text.h"
#include "core/json/file_info.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "train/run/run_folder.h"
#include "train/run/run_space.h"
#include "train/step_time.h"

/* Whether training image i is there; a warning for the first one that is not. */
static bool is_there(const RunInputs *in, int64_t i, bool warn)
{
    Error why = {0};
    const Config *c = in->config;
    const char *name = in->annotations.image_path[i];
    char *path = path_below(c->data.root, name, c->data.absolute, &why);
    bool there = false;
    if (path && tar_path_find(path, &there, NULL) != 0) there = true; /* as file_exists */
    if (!there && warn) log_warn("missing training image: %s", path ? path : why.text);
    mem_free(path);
    return there;
}

static int64_t count_missing(const RunInputs *in)
{
    const int64_t n = in->annotations.count;
    int64_t missing = 0;
    Progress progress = progress_start("looking for images", n);
    for (int64_t i = 0; i < n; i++) {
        missing += !is_there(in, i, missing == 0);
        progress_step(&progress, i + 1, NULL);
    }
    progress_end(&progress, n);
    return missing;
}

static void put_data(Text *out, const RunInputs *in, int64_t missing)
{
    const LabelBank *bank = in->labels.bank;
    text_add(out, "images      %ld (%ld missing)\n", in->annotations.count, missing);
    char *halves = run_inputs_halves_text(in);
    if (halves) text_add(out, "annotated   %s\n", halves);
    mem_free(halves);
    text_add(out, "tags        %ld, %ld descriptions%s\n", bank->tags, bank->offset[bank->tags],
             bank->half ? " in bfloat16" : "");
    for (int64_t i = 0; i < in->eval_sets; i++)
        text_add(out, "evaluation  %s: %ld images, %ld tags\n", in->eval_set[i].name,
                 in->eval_set[i].benchmark.images, in->eval_set[i].labels.tags.count);
}

static void put_sizes(Text *out, const Trainer *t)
{
    char size[24], left[24];
    const char *run = t->inputs.config->run.folder;
    const int64_t free = run_space_free(run);
    char *memory = memory_text(&t->memory);
    text_add(out, "parameters  %ld\n", t->model.params->len);
    text_add(out, "memory      %s\n", memory);
    text_add(out, "checkpoint  %s, %s free in %s\n",
             file_info_size(run_model_checkpoint(&t->model), size),
             free >= 0 ? file_info_size(free, left) : "unknown", run);
    mem_free(memory);
}

/* steps: those of an epoch, or those that are left of the run. */
static void put_time(Text *out, const char *what, int64_t steps, double seconds)
{
    char duration[24];
    log_duration((double)steps * seconds, duration);
    text_add(out, "%-12s%s for %ld step%s\n", what, duration, steps, strings_s(steps));
}

static void put_times(Text *out, const Trainer *t, int64_t left, double seconds)
{
    if (left == 0) {
        text_put(out, "step        none is left: the run is finished\n");
        return;
    }
    text_add(out, "step        %.3g s\n", seconds);
    put_time(out, "epoch", t->inputs.steps_per_epoch, seconds);
    put_time(out, "run", left, seconds);
}

static int report(Trainer *t, Error *err)
{
    Text out = {0};
    double seconds;
    const int64_t left = run_state_left(&t->state, &t->inputs);
    put_data(&out, &t->inputs, count_missing(&t->inputs));
    put_sizes(&out, t);
    const int status = step_time(t, &seconds, err);
    if (status == 0) {
        put_times(&out, t, left, seconds);
        printable_print(out.data);
    }
    text_free(&out);
    return status;
}

int dry_run(const Config *c, Profile *profile, Error *err)
{
    Trainer t;
    if (run_folder_check(c->run.folder, err) != 0) return -1;
    if (run_space_check(c->run.folder, err) != 0) return -1;
    if (trainer_try(c, &t, err) != 0) return -1;
    trainer_set_profile(&t, profile, NULL);
    const int status = report(&t, err);
    trainer_close(&t);
    return status;
}
