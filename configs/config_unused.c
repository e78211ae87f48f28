/* SPDX-License-Identifier: Apache-2.0 */
/* Which options depend on which. */
#include "configs/config_unused.h"

#include "core/log.h"

#include <string.h>

static bool uses_clip(const Config *c)
{
    return c->text.encoder == TEXT_CLIP || c->loss.weight_distill > 0;
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

typedef struct Rule {
    const char *name; /* of an option, or of a group with its dot */
    bool (*is_used)(const Config *c);
    const char *because;
} Rule;

static const Rule rules[] = {
    {"clip.", uses_clip, "text_encoder and loss.weight.distill"},
    {"text_table", uses_table, "text_encoder"},
    {"optim.min_lr", has_minimum, "optim.schedule"},
    {"optim.warmup_steps", has_warm_up, "optim.schedule"},
    {"optim.warmup_lr", has_warm_up, "optim.schedule"},
    {"optim.cosine_steps", has_cosine, "optim.schedule"},
    {"optim.lr_decay", has_decay, "optim.schedule"},
    {"augment.level", augments, "augment.operations"},
    {"augment.autocontrast", augments, "augment.operations"},
};

/* Whether `name` is GROUP.something. */
static bool is_in(const char *name, const char *group, size_t n)
{
    return n > 0 && strncmp(name, group, n) == 0 && name[n] == '.';
}

static const char *of_encoder(const Config *c, const char *name)
{
    size_t chosen;
    backbone_chosen(c->backbone.encoder, &chosen);
    for (size_t i = 0; backbone_row(i); i++)
        if (i != chosen && is_in(name, backbone_row(i)->name, strlen(backbone_row(i)->name)))
            return "model.encoder";
    return NULL;
}

/* "loss.NAME." and, for a loss with constants of its own for both, "loss.NAME.tag.". */
static const char *of_loss(const Config *c, const char *name)
{
    static const char group[] = "loss.";
    const size_t n = strlen(group);
    if (strncmp(name, group, n) != 0) return NULL;
    for (int i = 0; loss_tag_name(i); i++) {
        const char *loss = *loss_tag_name(i) ? loss_tag_name(i) : loss_align_name(i);
        if (!is_in(name + n, loss, strlen(loss))) continue;
        const char *part = name + n + strlen(loss) + 1;
        const bool tag = c->loss.tag == i, align = c->loss.align == i;
        if (is_in(part, "tag", 3)) return tag ? NULL : "loss.tag";
        if (is_in(part, "align", 5)) return align ? NULL : "loss.align";
        return tag || align ? NULL : "loss.tag and loss.align";
    }
    return NULL;
}

const char *config_unused(const Config *c, const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const size_t n = strlen(rules[i].name);
        const bool group = rules[i].name[n - 1] == '.';
        if (group ? strncmp(name, rules[i].name, n) == 0 : strcmp(name, rules[i].name) == 0)
            return rules[i].is_used(c) ? NULL : rules[i].because;
    }
    const char *why = of_encoder(c, name);
    return why ? why : of_loss(c, name);
}

void config_note_unused(const Config *c, char *const *assignment, int64_t assignments)
{
    for (int64_t i = 0; i < assignments; i++) {
        const OptionRow *row = option_of(config_table(), assignment[i]);
        const char *why = row ? config_unused(c, row->name) : NULL;
        if (why && strcmp(strchr(assignment[i], '=') + 1, row->fallback) != 0)
            log_warn("%s: has no effect because of %s", assignment[i], why);
    }
}
