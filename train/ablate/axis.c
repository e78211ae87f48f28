/* SPDX-License-Identifier: Apache-2.0 */
/* Grids by name, and grids of one option's values. */
#include "train/ablate/axis.h"

#include "core/mem.h"
#include "model/loss.h"
#include "train/ablate/range.h"

#include <string.h>

static void set(Cell *c, const char *key, const char *value)
{
    option_strings_add(&c->setting, mem_format("%s=%s", key, value));
}

/* A cell for each loss that applies. */
static void add_losses(Grid *g, const char *key, const char *(*name_of)(int))
{
    for (int i = 0; name_of(i); i++)
        if (*name_of(i)) set(grid_add(g, name_of(i)), key, name_of(i));
}

static void losses_tag(Grid *g) { add_losses(g, "loss.tag", loss_tag_name); }
static void losses_align(Grid *g) { add_losses(g, "loss.align", loss_align_name); }

static bool is_for_both(int i) { return *loss_tag_name(i) && *loss_align_name(i); }

/* The losses that apply to tags and to captions, each with each: the paper's Tables 11 and 12
 * are a column and a row of it. */
static void losses(Grid *g)
{
    for (int t = 0; loss_tag_name(t); t++)
        for (int a = 0; is_for_both(t) && loss_align_name(a); a++) {
            if (!is_for_both(a)) continue;
            char *name = mem_format("%s+%s", loss_tag_name(t), loss_align_name(a));
            Cell *c = grid_add(g, name);
            set(c, "loss.tag", loss_tag_name(t));
            set(c, "loss.align", loss_align_name(a));
            mem_free(name);
        }
}

/* The cases of the paper's Table 3. c and d train the same model and differ in what is
 * evaluated. */
static void supervision(Grid *g)
{
    static const struct {
        const char *name, *tag, *align, *texts, *eval_texts, *reweight;
    } CASE[] = {
        {"a-text", "0", "1", "template", "template", "auto"},
        {"b-tags", "1", "0", "template", "template", "auto"},
        {"c-both", "1", "1", "template", "template", "auto"},
        {"d-described-at-inference", "1", "1", "template", "descriptions", "mean"},
        {"e-described", "1", "1", "descriptions", "descriptions", "mean"},
        {"f-reweighted", "1", "1", "descriptions", "descriptions", "auto"},
    };
    for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        Cell *c = grid_add(g, CASE[i].name);
        set(c, "loss.weight.tag", CASE[i].tag);
        set(c, "loss.weight.align", CASE[i].align);
        set(c, "model.texts", CASE[i].texts);
        set(c, "eval.texts", CASE[i].eval_texts);
        set(c, "model.reweight", CASE[i].reweight);
    }
}

static const struct {
    const char *name;
    void (*add)(Grid *g);
} NAMED[] = {
    {"losses", losses},
    {"losses:tag", losses_tag},
    {"losses:align", losses_align},
    {"supervision", supervision},
};
enum { NAMES = sizeof NAMED / sizeof *NAMED };

static int add_values(const char *text, Grid *g, Error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return error_set(err, ERROR_USAGE,
                         "ablate: --grid %s: expected losses, losses:tag, losses:align, "
                         "supervision or KEY=a,b,c",
                         text);
    OptionStrings value = {0};
    const int status = range_read("grid", equals + 1, &value, err);
    for (int64_t i = 0; status == 0 && i < value.count; i++) {
        char *setting = mem_format("%.*s=%s", (int)(equals - text), text, value.value[i]);
        option_strings_add(&grid_add(g, setting)->setting, mem_strdup(setting));
        mem_free(setting);
    }
    option_strings_free(&value);
    return status;
}

int axis_read(const char *text, Grid *out, Error *err)
{
    *out = (Grid){0};
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(NAMED[i].name, text) == 0) {
            NAMED[i].add(out);
            return 0;
        }
    return add_values(text, out, err);
}
