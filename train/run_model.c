/* SPDX-License-Identifier: Apache-2.0 */
/* Building the model and its optimizer. */
#include "train/run_model.h"

#include "core/mem.h"
#include "model/weights/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One rule PATTERN=FACTOR of optim.lr_scale. */
static int scale_rate(ParamSet *ps, const char *rule, Error *err)
{
    char *pattern = mem_strdup(rule), *equals = strrchr(pattern, '='), *end = NULL;
    const double factor = equals ? strtod(equals + 1, &end) : 0;
    const bool good = equals && *end == 0 && isfinite(factor) && factor > 0;
    if (equals) *equals = 0;
    const int64_t n = good ? param_set_lr_scale(ps, pattern, factor) : 0;
    mem_free(pattern);
    if (good && n > 0) return 0;
    return error_set(err, ERROR_USAGE, "optim.lr_scale: %s: %s", rule,
                     good ? "matches no parameter" : "want PATTERN=FACTOR, a factor above 0");
}

static int scale_rates(const OptimOptions *o, ParamSet *ps, Error *err)
{
    for (int64_t i = 0; i < o->lr_scale.count; i++)
        if (scale_rate(ps, o->lr_scale.value[i], err) != 0) return -1;
    if (o->lr_width > 0) param_set_lr_width(ps, o->lr_width);
    return 0;
}

/* What the options say of parameters by their names. */
static int set_rules(const Config *c, ParamSet *ps, Error *err)
{
    if (*c->model.freeze && param_set_freeze(ps, c->model.freeze) == 0)
        return error_set(err, ERROR_USAGE, "model.freeze: %s: matches no parameter",
                         c->model.freeze);
    if (*c->optim.no_decay && param_set_no_decay(ps, c->optim.no_decay) == 0)
        return error_set(err, ERROR_USAGE, "optim.no_decay: %s: matches no parameter",
                         c->optim.no_decay);
    return scale_rates(&c->optim, ps, err);
}

int run_model_open(const Config *c, RunModel *m, Error *err)
{
    RamPlusConfig sizes;
    *m = (RunModel){0};
    if (config_model(c, &sizes, err) != 0) return -1;
    m->params = param_set_new();
    m->model = ram_plus_new(&sizes, m->params);
    m->loss = loss_params(&c->loss, m->params);
    if (set_rules(c, m->params, err) != 0) return -1;
    param_set_build(m->params);
    param_set_init(m->params, (uint64_t)c->run.seed);
    if (*c->model.init && model_file_init_params(c->model.init, m->params, err) != 0) return -1;
    m->adamw = adamw_new(optim_adamw(&c->optim), m->params);
    if (c->optim.ema > 0) m->ema = ema_new(m->params, c->optim.ema);
    return 0;
}

void run_model_close(RunModel *m)
{
    ema_free(m->ema);
    adamw_free(m->adamw);
    ram_plus_free(m->model);
    param_set_free(m->params);
    *m = (RunModel){0};
}
