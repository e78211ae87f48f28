/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus convert: weights from one file format to another. */
#include "configs/config.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/strings/strings.h"
#include "train/commands.h"
#include "train/files/weights_model.h"

#include <stdio.h>

typedef struct Options {
    bool ema, raw;
} Options;

static const CliOption rows[] = {
    {"ema", .offset = offsetof(Options, ema),
     .help = "take the moving average of the parameters, which must be there"},
    {"raw", .offset = offsetof(Options, raw),
     .help = "take the parameters themselves, not their moving average"},
};

static int load_config(const char *in, const Weights *w, const Cli *cli, Config *out,
                       Error *err)
{
    if (!cli->files && !cli->assignments) return config_load_text(in, w->config, out, err);
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, out, err) != 0)
        return -1;
    if (config_complete(out, err) == 0) return 0;
    config_free(out);
    return -1;
}

/* Replaces the configuration of a checkpoint; without all parameters of the model, the result
 * is weights without a configuration. */
static void adopt(Weights *w, const Config *c, int64_t missing)
{
    mem_free(w->config);
    w->config = missing ? NULL : option_dump(config_table(), c);
}

/* Compares the weights with the configured model and, when there is a list of tags, makes
 * them whole. */
static int fit(const Cli *cli, Weights *w, Error *err)
{
    const char *in = cli->argument[0];
    const bool given = cli->files || cli->assignments;
    Config config;
    int64_t missing;
    if (!given && !w->config) return 0;
    if (load_config(in, w, cli, &config, err) != 0) return -1;
    int status = weights_model_compare(in, w, &config, &missing, err);
    if (status == 0 && given && *config.model.tags && weights_is_h5(cli->argument[1]))
        status = weights_model_complete(in, w, &config, missing, err);
    else if (status == 0 && given && w->config)
        adopt(w, &config, missing);
    config_free(&config);
    return status;
}

static void report(const char *in, const char *out, const Weights *w)
{
    char kind[80] = "weights";
    if (weights_make_checkpoint(out, w))
        snprintf(kind, sizeof kind, "checkpoint of %ld tag%s, %ld description%s", w->labels,
                 strings_s(w->labels), w->offset[w->labels], strings_s(w->offset[w->labels]));
    log_info("%s: %s: %ld array%s written, %ld of %s left out%s", out, kind, w->kept,
             strings_s(w->kept), w->skipped, in,
             w->averaged ? "; the parameters are their moving average" : "");
}

static int convert(const Cli *cli, enum WeightsChoice choice, Error *err)
{
    const char *in = cli->argument[0], *out = cli->argument[1];
    Weights w;
    if (weights_can_write(out, err) != 0 || weights_open(in, choice, &w, err) != 0) return -1;
    int status = fit(cli, &w, err);
    if (status == 0) status = weights_write(out, &w, err);
    if (status == 0) report(in, out, &w);
    weights_close(&w);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    if (o->ema && o->raw)
        return error_set(err, ERROR_USAGE, "--ema and --raw: only one of them");
    return convert(cli, o->ema ? WEIGHTS_AVERAGE : o->raw ? WEIGHTS_RAW : WEIGHTS_AS_USED, err);
}

const CliCommand cmd_convert = {
    .name = "convert",
    .summary = "convert weights from one file format to another",
    .arguments = "IN OUT",
    .min_arguments = 2,
    .max_arguments = 2,
    .files = true,
    .settings = true,
    .prose =
        "Writes the weights of IN as float32 to OUT: .pth (for PyTorch), .safetensors (for "
        "other "
        "programs) or .h5 (with checksums). IN is a PyTorch checkpoint, which is read without "
        "executing any of it, a .safetensors file, a checkpoint or weights in .h5, or a run "
        "folder. Names become those of the reference; label_embed is included. Of a checkpoint "
        "with a moving average of the parameters, the average is written, as eval and tag use "
        "it; --raw writes the parameters themselves.\n\n"
        "A configuration with model.tags makes OUT.h5 a checkpoint, which tag, eval and "
        "model.init "
        "accept: IN must have every parameter and, in label_embed, the vectors of these tags. "
        "Unexpected and missing names are reported, position tables of another window size are "
        "resampled, and other shapes are errors. A checkpoint brings its own configuration and "
        "tags.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus convert -c configs/ram_plus_swin_l_384.yaml \\\n"
               "    model.tags=ram_tag_list.txt ram_plus_swin_large_14m.pth ram_plus.h5\n"
               "ramplus convert runs/synth/checkpoints/best ram_plus.pth",
    .size = sizeof(Options),
    .run = run,
};
