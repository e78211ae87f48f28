/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus train: trains RAM++ from a configuration. */
#include "configs/config_unused.h"
#include "core/autograd/profile_report.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/strings/strings.h"
#include "train/commands.h"
#include "train/dry_run.h"
#include "train/loop.h"
#include "train/train_config.h"

typedef struct Options {
    bool dry_run, profile;
    const char *trace;
} Options;

static const CliOption rows[] = {
    {"resume", 0, "auto|never|whole|FILE", OPTION_STRING, .setting = "resume",
     .help =
         "auto: resume if the run folder has a checkpoint; whole: the same, from the newest "
         "checkpoint that is not damaged; never: start over, and move the run that is there "
         "to RUN/old_1; FILE: resume from this checkpoint; short for resume=, whose default "
         "is auto"},
    {"dry-run", .offset = offsetof(Options, dry_run),
     .help = "check all that the run reads, take three steps without writing anything, and "
             "print sizes, the memory that it needs and the time of an epoch"},
    {"profile", .offset = offsetof(Options, profile),
     .help = "at the end, print where the time went on stderr: seconds, products and bytes of "
             "each operation; with --dry-run, of three steps"},
    {"trace", 0, "FILE", OPTION_STRING, offsetof(Options, trace),
     .help =
         "like --profile, and write when each operation ran to FILE (JSON), for "
         "chrome://tracing or ui.perfetto.dev; the first " PROFILE_REPORT_EVENTS_TEXT " only"},
};

static int train(const Config *config, Profile *profile, const char *trace, Error *err)
{
    Trainer t;
    if (trainer_open(config, &t, err) != 0) return -1;
    trainer_set_profile(&t, profile, trace);
    trainer_log_start(&t);
    const int status = loop_run(&t, err);
    if (status == 0)
        log_info("done: %ld step%s, peak memory %zu MiB; run folder %s", t.state.step,
                 strings_s(t.state.step), mem_peak() >> 20, config->run.folder);
    trainer_close(&t);
    return status;
}

static int run_with(const Options *o, const Config *config, Profile *profile, Error *err)
{
    const int status =
        o->dry_run ? dry_run(config, profile, err) : train(config, profile, o->trace, err);
    return status == 0 ? profile_report(profile, o->trace, err) : status;
}

static int run_profiled(const Options *o, const Config *config, Error *err)
{
    Profile *profile;
    int status = profile_report_open(o->profile, o->trace, &profile, err);
    if (status == 0) status = run_with(o, config, profile, err);
    profile_free(profile);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Config config;
    if (train_config_load(cli, &config, err) != 0) return -1;
    int status = config_complete(&config, err);
    if (status == 0) {
        config_warn_unused((const Config *[]){&config}, 1, cli->assignment, cli->assignments);
        status = run_profiled(o, &config, err);
    }
    config_free(&config);
    return status;
}

const CliCommand cmd_train = {
    .name = "train",
    .summary = "train on image-tags-text triplets",
    .files = true,
    .settings = true,
    .resumes = true,
    .prose = "Trains tagging and image-text alignment on image-tags-text triplets into the run "
             "folder "
             "run=DIR, which receives config.yaml, metrics.jsonl, log.txt, checkpoints/ and "
             "eval/. The "
             "reference's own YAML files work too. A signal (SIGINT, SIGTERM, SIGHUP, "
             "SIGUSR1) saves and stops with exit code 75; "
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
               "ramplus train -c configs/synth.yaml data.root=synth run=runs/synth --dry-run\n"
               "ramplus train -c configs/synth.yaml data.root=synth run=runs/synth",
    .size = sizeof(Options),
    .run = run,
};
