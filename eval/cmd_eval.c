/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus eval: scores an evaluation set and prints mAP, CP, CR, F1. */
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "eval/commands.h"
#include "eval/eval_set.h"
#include "eval/recognizer.h"
#include "model/weights/model_file.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: ramplus eval --checkpoint FILE --data DIR [options] [key=value]...\n"
    "\n"
    "Scores the images of an evaluation folder and prints mAP, CP, CR and F1. The folder "
    "holds\n"
    "tags.txt, annotations.txt and, if there are any, descriptions.json, thresholds.txt and\n"
    "groups.txt; or a benchmark's *_taglist.txt and *_annots.txt with images in imgs/. Any "
    "tag\n"
    "list will do, seen in training or not: its texts are encoded as the training tags were.\n"
    "\n"
    "  --checkpoint FILE     a checkpoint, or a run folder (its best one)         (required)\n"
    "  --data DIR            the evaluation folder                                (required)\n"
    "  --root DIR            where the images are; default: beside the folder, or its imgs/\n"
    "  --tags FILE           other tags than the folder's\n"
    "  --annotations FILE    other labels than the folder's\n"
    "  --descriptions FILE   other descriptions than the folder's (JSON)\n"
    "  --bank FILE           vectors of the tags, made by `ramplus embed`, instead of encoding "
    "them\n"
    "  --thresholds FILE     one number a line for CP, CR, F1; default 0.5\n"
    "  -o, --out DIR         where summary, AP, scores go; default RUN/eval/NAME, or "
    "eval/NAME\n"
    "  --json                one JSON document on stdout\n"
    "  -h, --help            this text\n"
    "\n"
    "example: ramplus eval --checkpoint runs/synth --data synth/unseen\n";

typedef struct Options {
    const char *checkpoint, *data, *out, *bank;
    EvalPaths paths;
    bool json;
} Options;

static int parse(int argc, char **argv, Options *o, Cli *cli, Error *err)
{
    const CliOption table[] = {
        {"checkpoint", 0, &o->checkpoint, NULL},
        {"data", 0, &o->data, NULL},
        {"root", 0, &o->paths.root, NULL},
        {"tags", 0, &o->paths.tags, NULL},
        {"annotations", 0, &o->paths.annotations, NULL},
        {"descriptions", 0, &o->paths.descriptions, NULL},
        {"bank", 0, &o->bank, NULL},
        {"thresholds", 0, &o->paths.thresholds, NULL},
        {"out", 'o', &o->out, NULL},
        {"json", 0, NULL, &o->json},
    };
    *o = (Options){0};
    if (cli_parse(argc, argv, table, sizeof table / sizeof table[0], cli, err) != 0) return -1;
    int status = 0;
    if (cli->help) return 0;
    if (cli->arguments || cli->files)
        status = error_set(err, ERROR_USAGE, "eval: %s: unexpected argument",
                           cli->arguments ? cli->argument[0] : "-c");
    else if (!o->checkpoint || !o->data)
        status = error_set(err, ERROR_USAGE, "eval: --%s is missing; see ramplus eval --help",
                           o->checkpoint ? "data" : "checkpoint");
    else if (o->bank && (o->paths.tags || o->paths.descriptions))
        status =
            error_set(err, ERROR_USAGE, "eval: either --bank or --tags and --descriptions");
    if (status != 0) cli_free(cli);
    return status;
}

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
            log_warn("%lld images could not be read and were left out",
                     (long long)result.skipped);
        log_info("details: %s", out);
        eval_result_free(&result);
    }
    mem_free(out);
    eval_set_free(&set);
    return status;
}

int cmd_eval(int argc, char **argv)
{
    Error err = {0};
    Options o;
    Cli cli;
    Recognizer r;
    if (parse(argc, argv, &o, &cli, &err) != 0) return cli_fail(&err);
    if (cli.help) {
        fputs(help, stdout);
        cli_free(&cli);
        return EXIT_OK;
    }
    char *checkpoint = model_file_find(o.checkpoint);
    int status = recognizer_open(checkpoint, cli.assignment, cli.assignments, &r, &err);
    if (status == 0) {
        status = evaluate(&o, checkpoint, &r, &err);
        recognizer_close(&r);
    }
    mem_free(checkpoint);
    cli_free(&cli);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
