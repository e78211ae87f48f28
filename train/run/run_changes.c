/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing the settings of a start with those of the checkpoint it goes on from. */
#include "train/run/run_changes.h"

#include "core/io/file.h"
#include "core/io/line_log.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/backbone/backbone.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* What a change of an option means for a run that has begun. */
enum Effect {
    EFFECT_NEUTRAL, /* all results stay the same: not a change */
    EFFECT_NONE,    /* the steps stay the same: not a change */
    EFFECT_FREE,    /* later steps differ: logged */
    EFFECT_FIXED,   /* another model: refused */
    EFFECT_LABELS,  /* decided by the labels themselves, which checkpoint_read compares */
    EFFECT_RECORDS, /* by the records, with whatever names their files have */
    EFFECT_TEXTS,   /* by the text encoder and the teacher */
};

/* The first pattern that matches decides. */
static const struct {
    const char *pattern;
    enum Effect effect;
} rows[] = {
    {"run", EFFECT_NEUTRAL},
    {"resume*", EFFECT_NEUTRAL},
    {"threads", EFFECT_NEUTRAL},
    {"loader.window", EFFECT_FREE}, /* the order of records in shards */
    {"loader.*", EFFECT_NEUTRAL},
    {"log.*", EFFECT_NEUTRAL},
    {"save.*", EFFECT_NEUTRAL},
    {"debug.*", EFFECT_NEUTRAL},
    {"clip.cache", EFFECT_NEUTRAL},
    {"model.recompute", EFFECT_NEUTRAL},
    {"model.bank_map", EFFECT_NEUTRAL},
    {"model.grad_checkpoint", EFFECT_NEUTRAL},
    {"model.checkpoint_layer", EFFECT_NEUTRAL},
    {"data.eval", EFFECT_NONE},
    {"eval.every", EFFECT_NONE},
    {"eval.epochs", EFFECT_NONE},
    {"eval.batch", EFFECT_NONE},
    {"eval.pack", EFFECT_NONE},
    {"eval.root", EFFECT_NONE},
    {"eval.allow_missing", EFFECT_NONE},
    {"train.max_steps", EFFECT_NONE},
    {"model.tags", EFFECT_LABELS},
    {"model.descriptions", EFFECT_LABELS},
    {"model.bank", EFFECT_LABELS},
    {"model.texts", EFFECT_LABELS},
    {"model.descriptions_*", EFFECT_LABELS},
    {"text.template", EFFECT_LABELS},
    {"model.reweight", EFFECT_FIXED},
    {"model.align", EFFECT_FIXED},
    {"model.class_num", EFFECT_LABELS},
    {"data.train", EFFECT_RECORDS},
    {"data.root", EFFECT_RECORDS},
    {"caption.template", EFFECT_RECORDS},
    {"text_*", EFFECT_TEXTS},
    {"clip.*", EFFECT_TEXTS},
    {"data.*", EFFECT_FIXED},
    {"loss.*", EFFECT_FIXED},
    {"*", EFFECT_FREE},
};

static enum Effect effect_of(const char *key)
{
    int i = 0;
    while (fnmatch(rows[i].pattern, key, 0) != 0) i++;
    return rows[i].effect;
}

bool run_changes_neutral(const char *key) { return effect_of(key) == EFFECT_NEUTRAL; }

/* Whether an entry of resume.allow is the key, a group of options ("loss") or a pattern
 * ("loss.*") that has it. */
static bool covers(const char *entry, const char *key)
{
    const size_t n = strlen(entry);
    return fnmatch(entry, key, 0) == 0 || (strncmp(entry, key, n) == 0 && key[n] == '.');
}

static bool is_allowed(const Config *c, const char *key)
{
    const OptionStrings *list = &c->run.allow;
    for (int64_t i = 0; i < list->count; i++)
        if (covers(list->value[i], key)) return true;
    return false;
}

/* An entry that covers no option is a mistake. `now`: a dump, "KEY: VALUE". */
static int check_allow(const OptionStrings *list, const Lines *now, Error *err)
{
    for (int64_t i = 0; i < list->count; i++) {
        bool found = false;
        for (size_t k = 0; !found && k < now->count; k++) {
            char *key = mem_format("%.*s", (int)strcspn(now->line[k], ":"), now->line[k]);
            found = covers(list->value[i], key);
            mem_free(key);
        }
        Error why = {0};
        if (found) continue;
        option_unknown(config_table(), list->value[i], &why);
        return error_set(err, why.code, "resume.allow: %s", why.text);
    }
    return 0;
}

bool run_changes_allow_labels(const Config *c)
{
    Option o;
    for (size_t i = 0; option_at(config_table(), i, &o); i++) {
        const enum Effect effect = effect_of(o.row->name);
        if ((effect == EFFECT_LABELS || effect == EFFECT_TEXTS) && is_allowed(c, o.row->name))
            return true;
    }
    return false;
}

typedef struct Comparison {
    const Config *config;
    json_t *old, *now; /* run_identity; old is NULL for a checkpoint of an earlier version */
    json_t *changes;
    Text refused, keys; /* the changes that are refused, and their options */
} Comparison;

/* Whether a hash of the identity differs: not if it is unknown, or if one side has no use for
 * that part. */
static bool differs(const Comparison *c, const char *part)
{
    const char *old = json_string_value(json_object_get(c->old, part));
    const char *now = json_string_value(json_object_get(c->now, part));
    return old && *old && *now && strcmp(old, now) != 0;
}

static bool is_refused(const Comparison *c, const char *key, enum Effect effect)
{
    if (is_allowed(c->config, key)) return false;
    if (effect == EFFECT_RECORDS) return differs(c, "data");
    if (effect == EFFECT_TEXTS) return differs(c, "texts") || differs(c, "teacher");
    return effect == EFFECT_FIXED;
}

static void add_change(Comparison *c, const char *key, enum Effect effect, const char *old,
                       const char *now)
{
    json_t *change = json_pair("key", json_text(key));
    json_object_set_new(change, "old", json_text(old));
    json_object_set_new(change, "new", json_text(now));
    json_array_append_new(c->changes, change);
    if (!is_refused(c, key, effect)) return;
    text_add(&c->refused, "%s%s: %.120s -> %.120s", c->refused.len ? "; " : "", key, old, now);
    text_add(&c->keys, "%s%s", c->keys.len ? "," : "", key);
}

/* Compares two dumps, which have the same options in the same order: "KEY: VALUE". */
static void compare_lines(Comparison *c, const Lines *old, const Lines *now)
{
    CHECK(old->count == now->count, "%zu options, %zu options", old->count, now->count);
    for (size_t i = 0; i < now->count; i++) {
        if (strcmp(old->line[i], now->line[i]) == 0) continue;
        const size_t n = strcspn(now->line[i], ":");
        char *key = mem_format("%.*s", (int)n, now->line[i]);
        const enum Effect effect = effect_of(key);
        if (effect > EFFECT_NONE)
            add_change(c, key, effect, old->line[i] + n + 2, now->line[i] + n + 2);
        mem_free(key);
    }
}

static bool has_effect(const Comparison *c, enum Effect effect)
{
    const json_t *change;
    size_t i;
    json_array_foreach(c->changes, i, change)
    {
        if (effect_of(json_string_value(json_object_get(change, "key"))) == effect) return true;
    }
    return false;
}

/* A part that differs although no option of its kind does: a file has other contents. */
static void compare_contents(Comparison *c, const char *part, const char *key)
{
    const enum Effect effect = effect_of(key);
    if (!differs(c, part) || has_effect(c, effect)) return;
    char *text[2];
    for (int i = 0; i < 2; i++) {
        const json_t *side = i ? c->now : c->old;
        const char *hash = json_string_value(json_object_get(side, part));
        const int64_t records = json_integer_value(json_object_get(side, "records"));
        text[i] = effect == EFFECT_RECORDS ? mem_format("%ld records, hash %s", records, hash)
                                           : mem_format("hash %s", hash);
    }
    add_change(c, key, effect, text[0], text[1]);
    mem_free(text[0]);
    mem_free(text[1]);
}

static int compare_configs(Comparison *c, const char *path, const char *old_text, Error *err)
{
    Config old;
    Lines before = {0}, now = {0};
    if (config_load_text(path, old_text, &old, err) != 0) return -1;
    char *a = option_dump(config_table(), &old), *b = option_dump(config_table(), c->config);
    int status = lines_parse(path, a, &before, err);
    if (status == 0) status = lines_parse(path, b, &now, err);
    if (status == 0) status = check_allow(&c->config->run.allow, &now, err);
    if (status == 0) compare_lines(c, &before, &now);
    lines_free(&now);
    lines_free(&before);
    mem_free(b);
    mem_free(a);
    config_free(&old);
    return status;
}

static int compare_all(Comparison *c, H5File *f, const char *path, Error *err)
{
    char *config = NULL, *identity = NULL;
    int status = -1;
    if (!h5_find(f, "info/config.yaml")) return 0;
    if (h5_read_text(f, "info/config.yaml", &config, err) != 0) goto done;
    if (h5_find(f, "info/inputs") && h5_read_text(f, "info/inputs", &identity, err) != 0)
        goto done;
    c->old = identity ? json_loads(identity, 0, NULL) : NULL;
    if (compare_configs(c, path, config, err) != 0) goto done;
    if (!identity && c->config->optim.accumulate > 1)
        add_change(c, "optim.accumulate", EFFECT_FREE, "average of the batches",
                   "sum of the batches");
    compare_contents(c, "data", "data.train");
    compare_contents(c, "texts", "text_encoder");
    compare_contents(c, "teacher", "clip.weights");
    compare_contents(c, "labels", "model.tags");
    status = 0;
done:
    mem_free(identity);
    mem_free(config);
    return status;
}

int run_changes_find(H5File *f, const char *path, const RunInputs *in, json_t **out, Error *err)
{
    Comparison c = {.config = in->config,
                    .now = json_loads(in->identity, 0, NULL),
                    .changes = json_array()};
    *out = NULL;
    int status = compare_all(&c, f, path, err);
    if (status == 0 && c.refused.len > 0)
        status = error_set(err, ERROR_CHECKPOINT,
                           "%s: trained with other settings: %.400s; use another run folder, "
                           "--resume never to start over, or resume.allow=%.120s to go on",
                           path, c.refused.data, c.keys.data);
    if (status == 0) *out = json_incref(c.changes);
    text_free(&c.keys);
    text_free(&c.refused);
    json_decref(c.changes);
    json_decref(c.now);
    json_decref(c.old);
    return status;
}

bool run_changes_of_eval(const json_t *changes)
{
    const json_t *change;
    size_t i;
    json_array_foreach(changes, i, change)
    {
        if (strncmp(json_string_value(json_object_get(change, "key")), "eval.", 5) == 0)
            return true;
    }
    return false;
}

/* Whether the shapes of the parameters may depend on an option. */
static bool is_of_model(const char *key)
{
    return (covers("model", key) || backbone_of_option(key)) && effect_of(key) == EFFECT_FREE;
}

int run_changes_explain(const json_t *changes, const Error *why, Error *err)
{
    const json_t *change;
    size_t i;
    Text t = {0};
    text_put(&t, "");
    json_array_foreach(changes, i, change)
    {
        const char *key = json_string_value(json_object_get(change, "key"));
        if (is_of_model(key))
            text_add(&t, "%s%s: %.80s -> %.80s", t.len ? ", " : "; changed: ", key,
                     json_string_value(json_object_get(change, "old")),
                     json_string_value(json_object_get(change, "new")));
    }
    error_set(err, why->code, "%s%.400s", why->text, t.data);
    text_free(&t);
    return -1;
}

void run_changes_log(const json_t *changes, int64_t step)
{
    const json_t *change;
    size_t i;
    json_array_foreach(changes, i, change)
    {
        log_info("changed since step %ld: %s: %s -> %s", step,
                 json_string_value(json_object_get(change, "key")),
                 json_string_value(json_object_get(change, "old")),
                 json_string_value(json_object_get(change, "new")));
    }
}

int run_changes_append(const json_t *changes, const char *run, const RunState *s, Error *err)
{
    char *path = file_join(run, "changes.jsonl");
    LineLog log = line_log_new(path);
    const json_t *change;
    size_t i;
    json_array_foreach(changes, i, change)
    {
        const JsonCount count[] = {{"step", s->step}, {"epoch", s->epoch}};
        Text line = {0};
        json_t *record = json_object();
        json_add_counts(record, count, 2);
        json_object_update(record, (json_t *)(uintptr_t)change);
        json_put(&line, record);
        text_add(&log.waiting, "%s\n", line.data); /* until all are there */
        text_free(&line);
    }
    const int status = line_log_sync(&log, err);
    line_log_free(&log);
    mem_free(path);
    return status;
}
