/* SPDX-License-Identifier: Apache-2.0 */
/* Building the model and its optimizer. */
#include "train/run/run_model.h"

#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/weights/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number of parameters that match in a model with the encoder of `o`; 0 if the configured
 * sizes do not fit that encoder. */
static int64_t count_in_model(const Config *c, const BackboneOptions *o, const char *pattern)
{
    RamPlusConfig sizes = model_options_config(&c->model);
    sizes.encoder = backbone_options_config(o);
    if (ram_plus_check(&sizes, NULL) != 0) return 0;
    ParamSet *ps = param_set_new();
    RamPlus *m = ram_plus_new(&sizes, ps);
    const int64_t n = param_set_count(ps, pattern);
    ram_plus_free(m);
    param_set_free(ps);
    return n;
}

static bool matches_any_encoder(const Config *c, BackboneOptions o, const char *pattern)
{
    int64_t n = 0;
    for (o.encoder = 0; n == 0 && backbone_choice(o.encoder); o.encoder++)
        n = count_in_model(c, &o, pattern);
    return n > 0;
}

/* A configuration file may serve several encoders: a rule that matches only parameters of
 * another encoder is ignored with a warning, and a rule that matches no parameter of any
 * encoder is an error. The configured sizes may not fit the other encoders, so their default
 * sizes are tried too. */
static int unmatched_rate(const Config *c, const char *rule, const char *pattern, bool report,
                          Error *err)
{
    BackboneOptions defaults;
    option_defaults(&backbone_options, &defaults);
    const bool other = matches_any_encoder(c, c->backbone, pattern) ||
                       matches_any_encoder(c, defaults, pattern);
    option_free(&backbone_options, &defaults);
    if (!other)
        return error_set(err, ERROR_USAGE, "optim.lr_scale: %s: matches no parameter", rule);
    if (report)
        log_warn("optim.lr_scale: %s: ignored: model.encoder=%s has no such parameter", rule,
                 backbone_choice(c->backbone.encoder));
    return 0;
}

/* Applies one rule PATTERN=FACTOR of optim.lr_scale. */
static int scale_rate(const Config *c, const char *rule, ParamSet *ps, bool report, Error *err)
{
    char *pattern = mem_strdup(rule), *equals = strrchr(pattern, '='), *end = NULL;
    const double factor = equals ? strtod(equals + 1, &end) : 0;
    int status = 0;
    if (!equals || *end != 0 || !isfinite(factor) || factor <= 0) {
        status = error_set(err, ERROR_USAGE,
                           "optim.lr_scale: %s: expected PATTERN=FACTOR with a factor above 0",
                           rule);
        goto done;
    }
    *equals = 0;
    const int64_t n = param_set_lr_scale(ps, pattern, factor);
    if (n == 0)
        status = unmatched_rate(c, rule, pattern, report, err);
    else if (report)
        log_info("optim.lr_scale: %s: %ld of %ld parameters", rule, n, ps->count);
done:
    mem_free(pattern);
    return status;
}

static int scale_rates(const Config *c, ParamSet *ps, bool report, Error *err)
{
    for (int64_t i = 0; i < c->optim.lr_scale.count; i++)
        if (scale_rate(c, c->optim.lr_scale.value[i], ps, report, err) != 0) return -1;
    if (c->optim.lr_width > 0) param_set_lr_width(ps, c->optim.lr_width);
    return 0;
}

/* Logs how many parameters each pattern of an option takes. */
static void log_patterns(const char *option, const char *patterns, const ParamSet *ps)
{
    char *copy = mem_strdup(patterns), *rest = copy;
    Text counts = {0};
    for (char *one; (one = strtok_r(rest, ", ", &rest));) {
        const int64_t n = param_set_count(ps, one);
        text_add(&counts, "%s%s %ld", counts.len ? ", " : "", one, n);
        if (n == 0) log_warn("%s: %s: matches no parameter", option, one);
    }
    log_info("%s: %s of %ld parameters", option, counts.data, ps->count);
    text_free(&counts);
    mem_free(copy);
}

/* ERROR_USAGE if all patterns of an option take none. */
static int check_patterns(const char *option, const char *patterns, const ParamSet *ps,
                          bool report, Error *err)
{
    if (!*patterns) return 0;
    if (param_set_count(ps, patterns) == 0)
        return error_set(err, ERROR_USAGE, "%s: %s: matches no parameter", option, patterns);
    if (report) log_patterns(option, patterns, ps);
    return 0;
}

/* Applies the options that select parameters by name. report: log what they select. */
static int set_rules(const Config *c, ParamSet *ps, bool report, Error *err)
{
    const char *freeze = c->model.freeze, *no_decay = c->optim.no_decay;
    if (check_patterns("model.freeze", freeze, ps, report, err) != 0) return -1;
    if (check_patterns("optim.no_decay", no_decay, ps, report, err) != 0) return -1;
    param_set_freeze(ps, freeze);
    param_set_no_decay(ps, no_decay);
    return scale_rates(c, ps, report, err);
}

/* A file of a whole model decides: the checkpoint to resume from, else model.init. A new model
 * is like the reference's, without the projection where widths are equal, unless fan_in, which
 * gives the queries their scale by it. */
static bool has_word_proj(const Config *c, const H5File *checkpoint, bool fan_in)
{
    static const char *const name[] = {"image_proj.weight", "wordvec_proj.weight"};
    bool has[] = {false, false};
    if (c->model.hidden != c->model.text_width) return true; /* in any case */
    if (checkpoint) return h5_find(checkpoint, "param/wordvec_proj.weight") != NULL;
    if (*c->model.init) model_file_has(c->model.init, name, 2, has);
    return has[0] ? has[1] : fan_in;
}

/* Names the parameters, without memory for their values. */
static int name_params(const Config *c, const H5File *checkpoint, bool report, RunModel *m,
                       Error *err)
{
    RamPlusConfig sizes;
    *m = (RunModel){0};
    if (config_model(c, &sizes, err) != 0) return -1;
    sizes.word_proj = has_word_proj(c, checkpoint, sizes.fan_in);
    m->params = param_set_new();
    m->model = ram_plus_new(&sizes, m->params);
    m->loss = loss_params(&c->loss, m->params);
    return set_rules(c, m->params, report, err);
}

int run_model_check(const Config *c, Error *err)
{
    RunModel m;
    const int status = name_params(c, NULL, false, &m, err);
    run_model_close(&m);
    return status;
}

int run_model_open(const Config *c, const H5File *checkpoint, RunModel *m, Error *err)
{
    return name_params(c, checkpoint, true, m, err);
}

int run_model_build(const Config *c, RunModel *m, Error *err)
{
    param_set_build(m->params);
    param_set_init(m->params, (uint64_t)c->run.seed);
    if (*c->model.init && model_file_init_params(c->model.init, m->params, err) != 0) return -1;
    m->adamw = adamw_new(optim_adamw(&c->optim, c->run.seed), m->params);
    if (c->optim.ema > 0) m->ema = ema_new(m->params, c->optim.ema);
    return 0;
}

int64_t run_model_checkpoint(const RunModel *m)
{
    return m->params->len * (int64_t)sizeof(float) * (m->ema ? 4 : 3);
}

void run_model_close(RunModel *m)
{
    ema_free(m->ema);
    adamw_free(m->adamw);
    ram_plus_free(m->model);
    param_set_free(m->params);
    *m = (RunModel){0};
}
