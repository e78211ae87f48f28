/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus train: trains RAM++ from a configuration. */
#include "configs/config_unused.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "core/strings/strings.h"
#include "train/commands.h"
#include "train/loop.h"

#include <string.h>

static const CliOption rows[] = {
    {"resume", 0, "auto|never|whole|FILE", OPTION_STRING, .setting = "resume",
     .help =
         "auto: resume if the run folder has a checkpoint; whole: the same, from the newest "
         "checkpoint that is not damaged; never: start over, and move the run that is there "
         "to RUN/old_1; FILE: resume from this checkpoint; short for resume=, whose default "
         "is auto"},
};

static void log_start(const RunInputs *in, const RunModel *m, ThreadLimit threads)
{
    const Config *c = in->config;
    /* "threads", also of 1: scripts look for the number before this word. */
    log_info("RAM++, %ld parameters, %ld pixels: %ld image%s, %ld tag%s; %ld step%s an "
             "epoch, %ld epoch%s; %d threads (%s)%s",
             m->params->len, c->backbone.image_size, in->annotations.count,
             strings_s(in->annotations.count), in->labels.tags.count,
             strings_s(in->labels.tags.count), in->steps_per_epoch,
             strings_s(in->steps_per_epoch), c->train.epochs, strings_s(c->train.epochs),
             threads.count, threads.reason, config_bf16(c) ? ", bfloat16" : "");
    if (in->teacher)
        log_info("distillation: from the image tower of %s, %ld pixels%s", c->clip.weights,
                 teacher_image_size(in->teacher),
                 teacher_image_size(in->teacher) == c->backbone.image_size
                     ? ""
                     : " (a second view)");
    else if (c->loss.weight_distill > 0)
        log_info("distillation is off: %s%s",
                 *c->clip.weights ? c->clip.weights : "no clip.weights",
                 *c->clip.weights ? ": no image tower" : " to learn from");
}

static int train(const Config *config, Error *err)
{
    Trainer t;
    if (trainer_open(config, &t, err) != 0) return -1;
    log_start(&t.inputs, &t.model, t.threads);
    const int status = loop_run(&t, err);
    if (status == 0)
        log_info("done: %ld step%s, peak memory %zu MiB; run folder %s", t.state.step,
                 strings_s(t.state.step), mem_peak() >> 20, config->run.folder);
    trainer_close(&t);
    return status;
}

static bool is_set(const Cli *cli, const char *key)
{
    const size_t n = strlen(key);
    for (int64_t i = 0; i < cli->assignments; i++)
        if (strncmp(cli->assignment[i], key, n) == 0 && cli->assignment[i][n] == '=')
            return true;
    return false;
}

/* config.yaml of a run: earlier versions kept resume=never in it. */
static int load_own(const Cli *cli, char *path, Config *out, Error *err)
{
    log_info("settings: %s, and those of the command line", path);
    if (config_load(&path, 1, cli->assignment, cli->assignments, out, err) != 0) return -1;
    return is_set(cli, "resume") ? 0 : option_set(config_table(), out, "resume=auto", err);
}

/* The configuration of the command line; without -c, a run folder that exists provides the rest
 * of it. Owned: config_free. */
static int load(const Cli *cli, Config *out, Error *err)
{
    char *const *set = cli->assignment;
    if (config_load(cli->file, cli->files, set, cli->assignments, out, err) != 0) return -1;
    if (cli->files > 0 || !*out->run.folder) return 0;
    char *own = file_join(out->run.folder, "config.yaml");
    int status = 0;
    if (file_exists(own)) {
        config_free(out);
        status = load_own(cli, own, out, err);
    }
    mem_free(own);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    Config config;
    (void)options;
    if (load(cli, &config, err) != 0) return -1;
    config_note_unused(&config, cli->assignment, cli->assignments);
    config_complete(&config);
    stop_block();
    const int status = train(&config, err);
    config_free(&config);
    return status > 0 ? ERROR_STOPPED : status;
}

const CliCommand cmd_train = {
    .name = "train",
    .summary = "train on image-tags-text triplets",
    .files = true,
    .settings = true,
    .prose = "Trains tagging and image-text alignment on image-tags-text triplets into the run "
             "folder "
             "run=DIR, which receives config.yaml, metrics.jsonl, log.txt, checkpoints/ and "
             "eval/. The "
             "reference's own YAML files work too. SIGINT and SIGTERM save and stop with exit "
             "code 75; "
             "run the same command again, or `ramplus train run=DIR` alone, to resume, bit for "
             "bit. Other data, tags, text encoder or loss than before are refused unless "
             "resume.allow names them; DIR/changes.jsonl keeps what has changed at which step.",
    .notes =
        "Settings that most runs have: run, data.root, data.train, data.eval, model.tags, "
        "model.descriptions, model.encoder, model.init, train.epochs, train.batch, optim.lr, "
        "loss.tag, eval.every; `ramplus config --options NAME` explains them.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare synth synth\n"
               "ramplus train -c configs/synth.yaml data.root=synth run=runs/synth",
    .run = run,
};
