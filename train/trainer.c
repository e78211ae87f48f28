/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a run: its inputs, its model, and the state to resume from. */
#include "train/trainer.h"

#include "core/log.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "train/resume.h"
#include "train/run/run_folder.h"
#include "train/run/run_warnings.h"
#include "train/save.h"

#include <string.h>

static LineLog open_log(const char *run, const char *name)
{
    char *path = file_join(run, name);
    const LineLog log = line_log_new(path);
    mem_free(path);
    return log;
}

static void open_shards(Trainer *t)
{
    const Config *c = t->inputs.config;
    t->shards = shards_new(shards_wanted(t->model.params->len), t->model.params);
    shards_set_bf16(t->shards, config_bf16(c));
    shards_set_recompute(t->shards, (enum Recompute)c->model.recompute);
    if (c->debug.nan) t->watch = nan_watch_new(t->model.params);
    shards_set_watch(t->shards, t->watch);
}

/* Builds the model, if there is memory for the run. The checkpoint says which parameters there
 * are. */
static int open_model(Trainer *t, const Resume *r, Error *err)
{
    const Config *c = t->inputs.config;
    if (run_model_open(c, r->file, &t->model, err) != 0) return -1;
    if (memory_check_model(&t->inputs, &t->model, err) != 0) return -1;
    if (run_model_build(c, &t->model, err) != 0) return -1;
    open_shards(t);
    return memory_check(&t->inputs, &t->model, r->file != NULL, &t->memory, err);
}

/* Reads and checks all that the run starts from; writes nothing. */
static int read_all(const Config *c, Trainer *t, Resume *r, Error *err)
{
    t->threads = config_arithmetic(c);
    if (run_inputs_open(c, &t->inputs, err) != 0) return -1;
    if (resume_open(&c->run, r, err) != 0) return -1;
    if (open_model(t, r, err) != 0) return -1;
    if (run_inputs_encode(&t->inputs, err) != 0) return -1;
    return resume_read(r, &t->inputs, &t->model, &t->state, err);
}

static void start(Trainer *t, bool lists)
{
    run_warnings(&t->inputs, &t->state);
    t->feed = feed_open(&t->inputs);
    t->means = mem_calloc((size_t)t->inputs.eval_sets, sizeof *t->means);
    run_inputs_start(&t->inputs, (LoaderPosition){t->state.epoch, t->state.next}, lists);
}

static int open_all(const Config *c, Trainer *t, Resume *r, Error *err)
{
    if (read_all(c, t, r, err) != 0) return -1;
    if (resume_begin(r, &t->inputs, &t->state, t->threads.count, err) != 0) return -1;
    run_folder_sweep(c->run.folder);
    t->bank = checkpoint_bank_open(c->run.folder, &t->inputs.labels, t->inputs.content);
    t->metrics = open_log(c->run.folder, "metrics.jsonl");
    t->epochs = open_log(c->run.folder, "log.txt");
    save_open(t, r->own);
    start(t, true);
    return 0;
}

static int open_to_try(const Config *c, Trainer *t, Resume *r, Error *err)
{
    if (read_all(c, t, r, err) != 0) return -1;
    start(t, false);
    return 0;
}

static int open_with(int (*open)(const Config *, Trainer *, Resume *, Error *), const Config *c,
                     RunLock lock, Trainer *out, Error *err)
{
    Resume r = {0};
    *out = (Trainer){.lock = lock};
    const int status = open(c, out, &r, err);
    resume_free(&r);
    if (status != 0) trainer_close(out);
    return status;
}

int trainer_open(const Config *config, Trainer *out, Error *err)
{
    RunLock lock;
    if (run_folder_check(config->run.folder, err) != 0) return -1;
    if (run_lock(config->run.folder, &lock, err) != 0) return -1;
    return trainer_open_locked(config, &lock, out, err);
}

int trainer_open_locked(const Config *config, RunLock *lock, Trainer *out, Error *err)
{
    const RunLock own = *lock;
    *lock = (RunLock){0};
    return open_with(open_all, config, own, out, err);
}

int trainer_try(const Config *config, Trainer *out, Error *err)
{
    return open_with(open_to_try, config, (RunLock){0}, out, err);
}

void trainer_close(Trainer *t)
{
    mem_free(t->means);
    feed_close(&t->feed);
    shards_free(t->shards);
    nan_watch_free(t->watch);
    checkpoint_bank_close(&t->bank);
    line_log_free(&t->metrics);
    line_log_free(&t->epochs);
    run_model_close(&t->model);
    run_inputs_close(&t->inputs);
    run_unlock(&t->lock);
    *t = (Trainer){0};
}

void trainer_set_profile(Trainer *t, Profile *profile, const char *trace)
{
    t->profile = profile;
    t->trace = trace;
    profile_mark(profile, PROFILE_OPEN);
    shards_set_profile(t->shards, profile);
}

void trainer_log_start(const Trainer *t)
{
    const RunInputs *in = &t->inputs;
    const Config *c = in->config;
    /* "threads", also of 1: scripts look for the number before this word. */
    log_info("RAM++, %ld parameters, %ld pixels: %ld image%s, %ld tag%s; %ld step%s an "
             "epoch, %ld epoch%s; %d threads (%s)%s",
             t->model.params->len, c->backbone.image_size, in->annotations.count,
             strings_s(in->annotations.count), in->labels.tags.count,
             strings_s(in->labels.tags.count), in->steps_per_epoch,
             strings_s(in->steps_per_epoch), c->train.epochs, strings_s(c->train.epochs),
             t->threads.count, t->threads.reason, config_bf16(c) ? ", bfloat16" : "");
    char *halves = run_inputs_halves_text(in);
    char *memory = memory_text(&t->memory), *library = gemm_library();
    if (halves) log_info("annotated: %s", halves);
    log_info("memory: %s", memory);
    log_info("products: %s", library);
    mem_free(library);
    mem_free(memory);
    mem_free(halves);
    if (in->teacher)
        log_info("distillation: from the image tower of %s, %ld pixels%s", c->clip.weights,
                 teacher_image_size(in->teacher),
                 teacher_image_size(in->teacher) == c->backbone.image_size
                     ? ""
                     : " (a second view)");
    else if (c->loss.weight_distill > 0)
        log_info("distillation is off: %s%s",
                 *c->clip.weights ? c->clip.weights : "no clip.weights",
                 *c->clip.weights ? ": no image tower of a CLIP" : " to learn from");
}
