/* ramplus convert: weights from one file format to another. */
#include "core/cli.h"
#include "core/log.h"
#include "core/param.h"
#include "core/tensor_set.h"
#include "eval/config.h"
#include "eval/model_file.h"
#include "train/commands.h"
#include "train/weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: ramplus convert [-c FILE.yaml]... [key=value]... [--ema] IN OUT\n"
    "\n"
    "Writes the weights of IN as float32 to OUT: .pth (for PyTorch), .safetensors (for other\n"
    "programs) or .h5 (sealed by checksums). IN is a checkpoint of PyTorch, which is read "
    "without\n"
    "running anything in it, a .safetensors file of any number type, or a checkpoint or "
    "weights "
    "in\n"
    ".h5. Names become those of the reference; label_embed goes along. Names that the "
    "configured\n"
    "model lacks or misses are reported, other shapes are errors; a checkpoint brings its own\n"
    "configuration.\n"
    "\n"
    "  -c, --config FILE   compare the names with the model of this configuration\n"
    "  key=value           the same, a single option (see `ramplus config --options`)\n"
    "  --ema               take the moving average of the parameters\n"
    "  -h, --help          this text\n"
    "\n"
    "example: ramplus convert ram_plus_swin_large_14m.pth ram_plus.h5\n"
    "         ramplus convert runs/synth/checkpoints/best ram_plus.pth\n";

static const WeightArray *find(const Weights *w, const char *name)
{
    for (int64_t i = 0; i < w->count; i++)
        if (strcmp(w->array[i].name, name) == 0) return &w->array[i];
    return NULL;
}

static bool same_shape(const WeightArray *a, const Tensor *t)
{
    if (a->ndim <= 1 && tensor_len(t) == 1) return a->ndim == 0 || a->shape[0] == 1;
    bool same = a->ndim == t->ndim;
    for (int i = 0; same && i < a->ndim; i++) same = a->shape[i] == t->shape[i];
    return same;
}

/* Whether model.init would resample it: the table of another window. */
static bool is_table(const WeightArray *a, const Tensor *t)
{
    return model_file_table_window(a->name, a->ndim, a->shape) &&
           model_file_table_window(a->name, t->ndim, t->shape) && a->shape[1] == t->shape[1];
}

/* A warning for a table, an error (the first of all) for anything else. Returns 1. */
static int64_t report_shape(const char *in, const WeightArray *a, const Tensor *t, Error *err)
{
    char have[192], want[96];
    TensorEntry e = {.ndim = a->ndim};
    memcpy(e.shape, a->shape, sizeof e.shape);
    tensor_set_shape_text(&e, have);
    tensor_shape_text(t, want);
    if (is_table(a, t)) {
        log_warn("other window: %s: shape %s, the model has %s", a->name, have, want);
        return 1;
    }
    log_warn("other shape: %s: shape %s, the model has %s", a->name, have, want);
    error_set(err, EXIT_CHECKPOINT, "%s: %s: shape %s, the model has %s", in, a->name, have,
              want);
    return 1;
}

/* Says what the model misses in the file, and the file in the model. */
static int compare(const char *in, const Weights *w, const ParamSet *ps, Error *err)
{
    int64_t missing = 0, unexpected = 0, other = 0;
    for (int64_t i = 0; i < ps->count; i++) {
        const Param *p = ps->param[i];
        const WeightArray *a = find(w, p->name);
        if (!a)
            missing++, log_warn("missing: %s", p->name);
        else if (!same_shape(a, &p->tensor))
            other += report_shape(in, a, &p->tensor, err);
    }
    for (int64_t i = 0; i < w->count; i++)
        if (!param_find(ps, w->array[i].name) && strcmp(w->array[i].name, "label_embed") != 0)
            unexpected++, log_warn("unexpected: %s", w->array[i].name);
    log_info("%" PRId64 " missing, %" PRId64 " unexpected, %" PRId64 " of another shape",
             missing, unexpected, other);
    return err->code ? -1 : 0;
}

/* The names of the configured model; its arrays are never made. */
static int compare_with_model(const char *in, const Weights *w, const Config *c, Error *err)
{
    RamPlusConfig sizes;
    if (config_model(c, &sizes, err) != 0) return -1;
    ParamSet *ps = param_set_new();
    RamPlus *m = ram_plus_new(&sizes, ps);
    const int status = compare(in, w, ps, err);
    ram_plus_free(m);
    param_set_free(ps);
    return status;
}

static int check_names(const char *in, const Weights *w, const Cli *cli, Error *err)
{
    Config config;
    int status;
    if (cli->files || cli->assignments)
        status =
            config_load(cli->file, cli->files, cli->assignment, cli->assignments, &config, err);
    else if (w->config)
        status = config_load_text(in, w->config, &config, err);
    else
        return 0;
    if (status != 0) return -1;
    status = compare_with_model(in, w, &config, err);
    config_free(&config);
    return status;
}

static int convert(const Cli *cli, bool ema, Error *err)
{
    const char *in = cli->argument[0], *out = cli->argument[1];
    Weights w;
    if (weights_can_write(out, err) != 0 || weights_open(in, ema, &w, err) != 0) return -1;
    int status = check_names(in, &w, cli, err);
    if (status == 0) status = weights_write(out, &w, err);
    if (status == 0)
        log_info("%s: %" PRId64 " arrays written, %" PRId64 " of %s left out", out, w.count,
                 w.skipped, in);
    weights_close(&w);
    return status;
}

int cmd_convert(int argc, char **argv)
{
    bool ema = false;
    const CliOption options[] = {{"ema", 0, NULL, &ema}};
    Cli cli = {0};
    Error err = {0};
    if (cli_parse(argc, argv, options, 1, &cli, &err) != 0) return cli_fail(&err);
    if (cli.help)
        fputs(help, stdout);
    else if (cli.arguments != 2)
        error_set(&err, EXIT_USAGE, "convert: want IN and OUT; see ramplus convert --help");
    else
        convert(&cli, ema, &err);
    cli_free(&cli);
    return err.code ? cli_fail(&err) : EXIT_OK;
}
