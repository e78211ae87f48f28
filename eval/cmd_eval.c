/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus eval: scores an evaluation set and prints mAP, CP, CR, F1. */
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "eval/commands.h"
#include "eval/eval_set.h"
#include "eval/recognizer.h"
#include "model/weights/model_file.h"

#include <stdio.h>
#include <string.h>

typedef struct Options {
    const char *checkpoint, *data, *out, *bank;
    EvalPaths paths;
    bool json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true,
     .help = "a checkpoint, or a run folder (its best checkpoint)"},
    {"data", 0, "DIR", OPTION_STRING, AT(data), .required = true,
     .help = "the evaluation folder"},
    {"root", 0, "DIR", OPTION_STRING, AT(paths.root),
     .help =
         "folder of the images; without it, the parent of the evaluation folder, or its imgs/"},
    {"tags", 0, "FILE", OPTION_STRING, AT(paths.tags), .help = "tags instead of the folder's"},
    {"annotations", 0, "FILE", OPTION_STRING, AT(paths.annotations),
     .help = "labels instead of the folder's"},
    {"descriptions", 0, "FILE", OPTION_STRING, AT(paths.descriptions),
     .help = "descriptions (JSON) instead of the folder's"},
    {"bank", 0, "FILE", OPTION_STRING, AT(bank),
     .help = "vectors of the tags, made by `ramplus embed`, instead of encoding them"},
    {"thresholds", 0, "FILE", OPTION_STRING, AT(paths.thresholds),
     .help = "one threshold per line for CP, CR and F1; without it, the folder's, or 0.5"},
    {"out", 'o', "DIR", OPTION_STRING, AT(out),
     .help = "folder of the summary, APs and scores; without it, RUN/eval/NAME, or eval/NAME"},
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
};

static char *default_out(const char *checkpoint, const char *name)
{
    static const char inside[] = "checkpoints/"; /* RUN/checkpoints/FILE */
    const char *file = strrchr(checkpoint, '/');
    const size_t n = file ? (size_t)(file + 1 - checkpoint) : 0, m = sizeof inside - 1;
    const bool run = n >= m && strncmp(checkpoint + n - m, inside, m) == 0 &&
                     (n == m || checkpoint[n - m - 1] == '/');
    return mem_format("%.*seval/%s", run ? (int)(n - m) : 0, checkpoint, name);
}

/* With the vectors of a bank, or encoding the tags. */
static int open_set(const Options *o, Recognizer *r, EvalSet *out, Error *err)
{
    if (!o->bank) {
        const TextEncoder *encoder = recognizer_encoder(r, err);
        return encoder ? eval_set_open(o->data, &o->paths, encoder, out, err) : -1;
    }
    Labels bank;
    EvalPaths paths = o->paths;
    if (recognizer_read_bank(r, o->bank, &bank, err) != 0) return -1;
    paths.bank = &bank;
    paths.bank_path = o->bank;
    const int status = eval_set_open(o->data, &paths, NULL, out, err);
    labels_free(&bank);
    return status;
}

static int evaluate(const Options *o, const char *checkpoint, Recognizer *r, Error *err)
{
    EvalSet set;
    EvalResult result;
    if (open_set(o, r, &set, err) != 0) return -1;
    char *out = o->out ? mem_strdup(o->out) : default_out(checkpoint, set.name);
    const Scorer scorer = recognizer_scorer(r);
    const int status = eval_set_run(&set, &scorer, 0, out, &result, err);
    if (status == 0) {
        fputs(o->json ? result.json : result.text, stdout);
        if (result.skipped)
            log_warn("%ld images could not be read and were left out", result.skipped);
        log_info("details: %s", out);
        eval_result_free(&result);
    }
    mem_free(out);
    eval_set_free(&set);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Recognizer r;
    if (o->bank && (o->paths.tags || o->paths.descriptions))
        return cli_refuse(cli, err, "either --bank or --tags and --descriptions");
    char *checkpoint = model_file_find(o->checkpoint);
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
    .prose =
        "Scores the images of an evaluation folder and prints mAP, CP, CR and F1. The folder "
        "holds tags.txt, annotations.txt and optionally descriptions.json, thresholds.txt and "
        "groups.txt; or a benchmark's *_taglist.txt and *_annots.txt with images in imgs/. Any "
        "tag list will do, seen in training or not: its texts are encoded as the training tags "
        "were.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus eval --checkpoint runs/synth --data synth/unseen",
    .size = sizeof(Options),
    .run = run,
};
