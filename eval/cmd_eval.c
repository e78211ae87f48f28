/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus eval: scores an evaluation set and prints mAP, CP, CR, F1. */
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "eval/commands.h"
#include "eval/eval_set.h"
#include "eval/recognizer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Options {
    const char *checkpoint, *data, *out, *bank;
    EvalPaths paths;
    int64_t allow_missing;
    double threshold;
    bool one_threshold, json; /* threshold was given */
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true,
     .help = "a checkpoint, a run folder (its best checkpoint), or the weights or folder of a "
             "CLIP or SigLIP"},
    {"data", 0, "DIR", OPTION_STRING, AT(data), .required = true,
     .help = "the evaluation folder"},
    {"root", 0, "DIR", OPTION_STRING, AT(paths.root),
     .help =
         "folder of the images; without it, the first one that holds any of them: imgs/ in the "
         "evaluation folder, the folder above, the folder itself, data.root of the training"},
    {"allow-missing", 0, "N", OPTION_INT, AT(allow_missing), "0", 0, HUGE_VAL,
     .help = "evaluate although up to N images of the list are missing"},
    {"tags", 0, "FILE", OPTION_STRING, AT(paths.tags), .help = "tags instead of the folder's"},
    {"annotations", 0, "FILE", OPTION_STRING, AT(paths.annotations),
     .help = "labels instead of the folder's"},
    {"descriptions", 0, "FILE", OPTION_STRING, AT(paths.descriptions),
     .help = "descriptions (JSON) instead of the folder's"},
    {"bank", 0, "FILE", OPTION_STRING, AT(bank),
     .help = "vectors of the tags, made by `ramplus embed`, instead of encoding them"},
    {"threshold", 0, "X", OPTION_FLOAT, AT(threshold), NULL, 0, 1,
     .help = "one threshold for all tags, instead of the folder's own"},
    {"thresholds", 0, "FILE", OPTION_STRING, AT(paths.thresholds),
     .help = "thresholds of the tags for CP, CR and F1, as `threshold` writes them; without "
             "it, the folder's, or 0.5"},
    {"out", 'o', "DIR", OPTION_STRING, AT(out),
     .help = "folder of the summary, APs and scores; without it, RUN/eval/NAME, or eval/NAME"},
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
};

/* The folder of the results: RUN/eval, or eval beside a checkpoint outside of a run. Owned. */
static char *results_folder(const char *checkpoint)
{
    static const char inside[] = "checkpoints/"; /* RUN/checkpoints/FILE */
    const char *file = strrchr(checkpoint, '/');
    const size_t n = file ? (size_t)(file + 1 - checkpoint) : 0, m = sizeof inside - 1;
    const bool run = n >= m && strncmp(checkpoint + n - m, inside, m) == 0 &&
                     (n == m || checkpoint[n - m - 1] == '/');
    return mem_format("%.*seval", run ? (int)(n - m) : 0, checkpoint);
}

/* *other: whether the folder holds the results of another evaluation set. */
static int find_owner(const char *out, const EvalSet *set, bool *other, Error *err)
{
    Error why = {0};
    char *path = file_join(out, "summary.json");
    json_t *summary = json_read(path, FILE_MAX_BYTES, &why);
    const char *data = json_string_value(json_object_get(summary, "data"));
    *other = data && strcmp(data, set->folder) != 0;
    json_decref(summary);
    mem_free(path);
    return why.code && why.code != ERROR_DATA ? error_move(err, &why) : 0;
}

/* NAME below the folder of the results; for a second set of the same name, ABOVE-NAME. */
static int default_out(const char *checkpoint, const EvalSet *set, char **out, Error *err)
{
    char *results = results_folder(checkpoint);
    const char *last = strrchr(set->folder, '/'), *above = last;
    bool other = false;
    *out = file_join(results, set->name);
    int status = find_owner(*out, set, &other, err);
    if (last && other) {
        while (above > set->folder && above[-1] != '/') above--;
        mem_free(*out);
        *out = mem_format("%s/%.*s-%s", results, (int)(last - above), above, set->name);
        status = find_owner(*out, set, &other, err);
    }
    mem_free(results);
    if (status != 0 || !other) return status;
    return error_set(err, ERROR_USAGE,
                     "%s: holds the results of another evaluation set: choose a folder for "
                     "these with -o",
                     *out);
}

/* With the vectors of a bank, or encoding the tags. */
static int open_set(const Options *o, Recognizer *r, EvalSet *out, Error *err)
{
    Labels bank = {0};
    EvalPaths paths = o->paths;
    const LabelTextRules texts = config_eval_texts(&r->config);
    paths.texts = &texts;
    paths.data_root = r->config.data.root;
    paths.allow_missing = o->allow_missing;
    paths.absolute = r->config.data.absolute;
    if (o->bank) {
        if (recognizer_read_bank(r, o->bank, &bank, err) != 0) return -1;
        paths.bank = &bank;
        paths.bank_path = o->bank;
    }
    int status = eval_set_open(o->data, &paths, out, err);
    if (o->bank) labels_free(&bank);
    if (status != 0 || o->bank) return status;
    const TextEncoder *encoder = recognizer_encoder(r, err);
    status = encoder ? eval_set_encode(out, encoder, err) : -1;
    if (status == 0 && config_halves_bank(&r->config)) label_bank_halve(out->labels.bank);
    if (status != 0) eval_set_free(out);
    return status;
}

static int score(const Options *o, const char *out, const EvalSet *set, Recognizer *r,
                 Error *err)
{
    EvalResult result;
    const Scorer scorer = recognizer_scorer(r);
    int status = eval_set_run(set, &scorer, out, &result, err);
    if (status == 0) status = error_move(err, &result.unwritten);
    /* The numbers are printed even if their files cannot be written. */
    if (result.text) printable_print(o->json ? result.json : result.text);
    if (result.text && result.skipped)
        log_warn("%ld image%s could not be read: left out", result.skipped,
                 strings_s(result.skipped));
    if (status == 0) log_info("details: %s", out);
    eval_result_free(&result);
    return status;
}

static int evaluate(const Options *o, const char *checkpoint, Recognizer *r, Error *err)
{
    EvalSet set;
    if (open_set(o, r, &set, err) != 0) return -1;
    if (set.half && !o->one_threshold) scorer_warn_thresholds(&r->config);
    eval_set_log(&set);
    for (int64_t k = 0; o->one_threshold && k < set.labels.tags.count; k++)
        set.threshold[k] = (float)o->threshold;
    char *out = o->out ? mem_strdup(o->out) : NULL;
    int status = out ? 0 : default_out(checkpoint, &set, &out, err);
    if (status == 0) status = score(o, out, &set, r, err);
    mem_free(out);
    eval_set_free(&set);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    Recognizer r;
    o->one_threshold = cli_given(cli, "threshold");
    if (o->one_threshold && o->paths.thresholds)
        return cli_refuse(cli, err, "either --threshold or --thresholds");
    if (o->bank && (o->paths.tags || o->paths.descriptions))
        return cli_refuse(cli, err, "either --bank or --tags and --descriptions");
    char *checkpoint = recognizer_find(o->checkpoint);
    int status = recognizer_open(checkpoint, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        status = evaluate(o, checkpoint, &r, err);
        recognizer_close(&r);
    }
    mem_free(checkpoint);
    return status;
}

const CliCommand cmd_eval = {
    .name = "eval",
    .summary = "measure mAP, CP, CR and F1 on any tag list",
    .settings = true,
    .reads = recognizer_reads,
    .prose =
        "Scores the images of an evaluation folder and prints mAP, CP, CR and F1. The folder "
        "holds tags.txt, annotations.txt and optionally descriptions.json, thresholds.txt and "
        "groups.txt; or a benchmark's *_taglist.txt and *_annots.txt. Every image has to "
        "exist. Any "
        "tag list will do, seen in training or not: its texts are encoded as the training tags "
        "were.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus eval --checkpoint runs/synth --data synth/unseen",
    .size = sizeof(Options),
    .run = run,
};
