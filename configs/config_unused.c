/* SPDX-License-Identifier: Apache-2.0 */
/* Which options depend on which. */
#include "configs/config_unused.h"

#include "core/log.h"

#include <string.h>

static bool uses_clip(const Config *c)
{
    return c->text.encoder == TEXT_CLIP || c->text.encoder == TEXT_SIGLIP ||
           c->loss.weight_distill > 0;
}

static bool uses_table(const Config *c) { return c->text.encoder == TEXT_TABLE; }

static enum Schedule schedule(const Config *c)
{
    return optim_schedule(&c->optim, c->train.epochs).kind;
}

static bool has_minimum(const Config *c) { return schedule(c) != SCHEDULE_CONSTANT; }
static bool has_warm_up(const Config *c) { return schedule(c) != SCHEDULE_COSINE_EPOCH; }
static bool has_cosine(const Config *c) { return schedule(c) == SCHEDULE_COSINE; }
static bool has_decay(const Config *c) { return schedule(c) == SCHEDULE_REFERENCE; }
static bool augments(const Config *c) { return c->augment.operations > 0; }
static bool evaluates(const Config *c) { return c->data.eval.count > 0; }

static bool aligns(const Config *c) { return c->loss.weight_align != 0; }

static bool chooses(const Config *c) { return c->model.descriptions_per_tag > 0; }

typedef struct Rule {
    const char *name;
    bool (*is_used)(const Config *c);
    const char *why;
} Rule;

static const char clip[] = "clip.",
                  no_clip[] =
                      "text_encoder is not clip or siglip, and loss.weight.distill is 0";

static const Rule rules[] = {
    {"clip.weights", uses_clip, no_clip},
    {"text_table", uses_table, "only text_encoder=table uses it"},
    {"optim.min_lr", has_minimum, "optim.schedule=constant does not use it"},
    {"optim.warmup_steps", has_warm_up, "optim.schedule=cosine_epoch has no warm-up"},
    {"optim.warmup_lr", has_warm_up, "optim.schedule=cosine_epoch has no warm-up"},
    {"optim.cosine_steps", has_cosine, "only optim.schedule=cosine uses it"},
    {"optim.lr_decay", has_decay, "only optim.schedule=reference uses it"},
    {"augment.level", augments, "augment.operations is 0"},
    {"augment.autocontrast", augments, "augment.operations is 0"},
    {"model.descriptions_seed", chooses, "model.descriptions_per_tag is 0: all are used"},
    {"caption.template", aligns, "loss.weight.align is 0"},
    {"eval.every", evaluates, "data.eval is not set"},
    {"eval.epochs", evaluates, "data.eval is not set"},
};

static const Rule *rule_of(const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(name, rules[i].name) == 0) return &rules[i];
    return NULL;
}

/* Whether `name` is GROUP.something. */
static bool is_in(const char *name, const char *group, size_t n)
{
    return n > 0 && strncmp(name, group, n) == 0 && name[n] == '.';
}

static const char *of_encoder(const Config *c, const char *name)
{
    size_t row;
    const Backbone *owner = backbone_of_option(name);
    if (!owner || owner == backbone_chosen(c->backbone.encoder, &row).kind) return NULL;
    return "only another model.encoder uses it";
}

/* "loss.NAME." and, for a loss with constants of its own for both, "loss.NAME.tag.". */
static const char *of_loss(const Config *c, const char *name)
{
    static const char group[] = "loss.", no_tag[] = "loss.tag does not use it",
                      no_align[] = "loss.align does not use it";
    const size_t n = strlen(group);
    if (strncmp(name, group, n) != 0) return NULL;
    for (int i = 0; loss_tag_name(i); i++) {
        const char *loss = *loss_tag_name(i) ? loss_tag_name(i) : loss_align_name(i);
        if (!is_in(name + n, loss, strlen(loss))) continue;
        const char *part = name + n + strlen(loss) + 1;
        const bool tag = c->loss.tag == i, align = c->loss.align == i;
        if (is_in(part, "tag", 3)) return tag ? NULL : no_tag;
        if (is_in(part, "align", 5)) return align ? NULL : no_align;
        return tag || align ? NULL : "neither loss.tag nor loss.align uses it";
    }
    return NULL;
}

const char *config_unused(const Config *c, const char *name)
{
    const Rule *rule = rule_of(name);
    if (rule) return rule->is_used(c) ? NULL : rule->why;
    if (strncmp(name, clip, strlen(clip)) == 0) return uses_clip(c) ? NULL : no_clip;
    const char *why = of_encoder(c, name);
    return why ? why : of_loss(c, name);
}

/* Why an option has an effect in none of the runs that set it; NULL: it has, or none sets
 * it. */
static const char *unused_in_all(Option o, const Config *const *run, int64_t runs,
                                 const Config *defaults)
{
    const char *why = NULL;
    for (int64_t i = 0; i < runs; i++) {
        if (option_equal(o, run[i], defaults)) continue;
        why = config_unused(run[i], o.row->name);
        if (!why) break;
    }
    return why;
}

/* A file may serve several encoders and losses: it has their groups of options without need. */
static bool is_meant(const OptionRow *row, char *const *assignment, int64_t assignments)
{
    bool assigned = false;
    for (int64_t i = 0; i < assignments; i++)
        assigned = assigned || option_of(config_table(), assignment[i]) == row;
    return assigned || rule_of(row->name);
}

void config_warn_unused(const Config *const *run, int64_t runs, char *const *assignment,
                        int64_t assignments)
{
    Config defaults;
    Option o;
    option_defaults(config_table(), &defaults);
    for (size_t i = 0; option_at(config_table(), i, &o); i++) {
        const char *why = unused_in_all(o, run, runs, &defaults);
        if (why && is_meant(o.row, assignment, assignments))
            log_warn("%s: has no effect: %s", o.row->name, why);
    }
    config_free(&defaults);
}
