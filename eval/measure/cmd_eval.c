/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus eval: measures checkpoints on evaluation sets, or scores of any program. */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "eval/commands.h"
#include "eval/measure/eval_grid.h"
#include "eval/measure/eval_model.h"
#include "eval/measure/eval_scores.h"

#include <math.h>

typedef struct Options {
    OptionStrings checkpoint, data, scores;
    EvalModel model; /* paths are those of both ways */
    const char *truth, *groups, *out;
    OptionInts bands;
    int64_t limit, bootstrap, seed;
    int standardize;
    bool labeled_only, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRINGS, AT(checkpoint), .required = true,
     .help = "a checkpoint, a run folder (its best checkpoint), or the weights or folder of a "
             "CLIP or SigLIP"},
    {"data", 0, "DIR", OPTION_STRINGS, AT(data), .required = true,
     .help = "the evaluation folder"},
    {"scores", 0, "FILE", OPTION_STRINGS, AT(scores),
     .help =
         "measure these scores instead: a scores.h5, a NumPy .npy with a row per image and a "
         "column per tag, or CSV with a header of tag names and the image in the first "
         "column"},
    {"root", 0, "DIR", OPTION_STRING, AT(model.paths.root),
     .help =
         "folder of the images; without it, the first one that holds any of them: imgs/ in the "
         "evaluation folder, the folder above, the folder itself, data.root of the training"},
    {"allow-missing", 0, "N", OPTION_INT, AT(model.paths.allow_missing), "0", 0, HUGE_VAL,
     .help = "evaluate although up to N images of the list are missing"},
    {"tags", 0, "FILE", OPTION_STRING, AT(model.paths.tags),
     .help = "tags instead of the folder's"},
    {"annotations", 0, "FILE", OPTION_STRING, AT(model.paths.annotations),
     .help = "labels instead of the folder's"},
    {"descriptions", 0, "FILE", OPTION_STRING, AT(model.paths.descriptions),
     .help = "descriptions (JSON) instead of the folder's"},
    {"bank", 0, "FILE", OPTION_STRING, AT(model.bank),
     .help = "vectors of the tags, made by `ramplus embed`, instead of encoding them"},
    {"threshold", 0, "X", OPTION_FLOAT, AT(model.threshold), NULL, 0, 0,
     .help = "one threshold for all tags, instead of the folder's own"},
    {"thresholds", 0, "FILE", OPTION_STRING, AT(model.paths.thresholds),
     .help = "thresholds of the tags for CP, CR and F1, as `threshold` writes them; without "
             "it, the folder's, or 0.5"},
    {"limit", 0, "N", OPTION_INT, AT(limit), "0", 0, HUGE_VAL,
     .help = "the first N images of the list only; 0: all"},
    {"out", 'o', "DIR", OPTION_STRING, AT(out),
     .help =
         "folder of the summary, APs and scores; without it, RUN/eval/NAME, or eval/NAME; "
         "with --scores, no files; with several checkpoints or sets, OUT/MODEL/SET, and the "
         "table"},
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
    {"truth", 0, "FILE", OPTION_STRING, AT(truth), .heading = "With --scores, or several sets",
     .help = "with --scores: labels in a file of the same form: 1, 0, or -1 for an unknown "
             "label"},
    {"groups", 0, "FILE", OPTION_STRING, AT(groups),
     .help = "with --scores: the group of each tag, one per line, instead of the folder's"},
    {"bootstrap", 0, "N", OPTION_INT, AT(bootstrap), "0", 0, BOOTSTRAP_MAX,
     .help =
         "95% intervals of mAP from N resamples, such as 1000: over images, and over images "
         "and tags"},
    {"seed", 0, "N", OPTION_INT, AT(seed), "0", 0, HUGE_VAL, .help = "seed of the resamples"},
    {"labeled-only", .offset = AT(labeled_only),
     .help = "strict metrics: leave out images without any tag"},
    {"standardize", 0, "HOW", OPTION_CHOICE, AT(standardize), "none",
     .choices = "none|image|tag",
     .help = "subtract the mean of the scores and divide by their deviation: of each image, or "
             "of each tag"},
    {"bands", 0, "A,B", OPTION_INTS, AT(bands), "20,100", 0, HUGE_VAL,
     .help = "mAP of the tags with fewer than A positives, A to B, and more than B"},
};

static EvalScores scores_of(const Options *o)
{
    EvalScores e = {.one_threshold = o->model.one_threshold,
                    .threshold = o->model.threshold,
                    .out = o->out,
                    .json = o->json};
    e.paths = (ScoreSetPaths){.data = o->data.count ? o->data.value[0] : NULL,
                              .truth = o->truth,
                              .groups = o->groups,
                              .folder = o->model.paths,
                              .limit = o->limit};
    e.options =
        (MeasureOptions){.labeled_only = o->labeled_only,
                         .standardize = (enum Standardize)o->standardize,
                         .decide = o->standardize == STANDARDIZE_NONE || o->model.one_threshold,
                         .band = {o->bands.value[0], o->bands.value[1]},
                         .resamples = o->bootstrap,
                         .seed = (uint64_t)o->seed};
    return e;
}

static int measure_scores(const Cli *cli, const Options *o, Error *err)
{
    const EvalScores e = scores_of(o);
    if (o->checkpoint.count) return cli_refuse(cli, err, "either --checkpoint or --scores");
    if (o->model.bank || o->model.paths.descriptions)
        return cli_refuse(cli, err, "--bank and --descriptions need a --checkpoint");
    if (o->data.count > 1) return cli_refuse(cli, err, "--scores: one --data");
    if (o->data.count == 0 && (o->model.paths.tags || o->model.paths.annotations))
        return cli_refuse(cli, err, "--tags and --annotations need --data");
    if (o->scores.count > 1) return eval_scores_several(&e, &o->scores, err);
    return eval_scores_one(&e, o->scores.value[0], err);
}

/* Scores stored before are measured by themselves. */
static EvalScores scores_of_cells(const Options *o)
{
    EvalScores e = scores_of(o);
    e.paths = (ScoreSetPaths){.groups = NULL};
    return e;
}

/* Whether more is wanted than eval_model_run prints. */
static bool wants_more(const Cli *cli)
{
    static const char *const option[] = {"bootstrap", "labeled-only", "standardize", "bands"};
    bool more = false;
    for (int i = 0; i < 4; i++) more |= cli_given(cli, option[i]);
    return more;
}

static int evaluate_one(const Cli *cli, const Options *o, Error *err)
{
    Recognizer r;
    EvalModel model = o->model;
    char *path = recognizer_find(o->checkpoint.value[0]), *folder = NULL;
    int status = recognizer_open_unlabeled(path, cli->assignment, cli->assignments, &r, err);
    model.quiet = wants_more(cli);
    if (status == 0) {
        status = eval_model_run(&model, path, &r, o->data.value[0], o->out, &folder, err);
        recognizer_close(&r);
    }
    if (status == 0 && model.quiet) {
        EvalScores e = scores_of_cells(o);
        char *scores = file_join(folder, "scores.h5");
        e.out = NULL;
        status = eval_scores_one(&e, scores, err);
        mem_free(scores);
    }
    mem_free(folder);
    mem_free(path);
    return status;
}

static int evaluate(const Cli *cli, Options *o, Error *err)
{
    if (o->truth || o->groups)
        return cli_refuse(cli, err, "--truth and --groups belong to --scores");
    if (o->model.bank && (o->model.paths.tags || o->model.paths.descriptions))
        return cli_refuse(cli, err, "either --bank or --tags and --descriptions");
    if (o->model.one_threshold && !(o->model.threshold >= 0 && o->model.threshold <= 1))
        return cli_refuse(cli, err, "--threshold: expected a number in 0..1");
    if (o->checkpoint.count == 1 && o->data.count == 1) return evaluate_one(cli, o, err);
    const EvalScores e = scores_of_cells(o);
    o->model.quiet = true;
    return eval_grid(&o->model, &e, &o->checkpoint, &o->data, cli, err);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    o->model.one_threshold = cli_given(cli, "threshold");
    o->model.paths.images = o->limit;
    o->model.json = o->json;
    if (o->model.one_threshold && o->model.paths.thresholds)
        return cli_refuse(cli, err, "either --threshold or --thresholds");
    if (o->bands.count != 2 || o->bands.value[0] > o->bands.value[1])
        return cli_refuse(cli, err, "--bands: expected two numbers, the smaller one first");
    return o->scores.count ? measure_scores(cli, o, err) : evaluate(cli, o, err);
}

const CliCommand cmd_eval = {
    .name = "eval",
    .summary = "measure mAP, CP, CR and F1 on any tag list",
    .settings = true,
    .reads = recognizer_reads,
    .prose =
        "Scores the images of an evaluation folder and prints mAP, CP, CR and F1. The folder "
        "holds tags.txt, annotations.txt and optionally unknown.txt (labels that nobody "
        "annotated, "
        "which are left out), descriptions.json, thresholds.txt and "
        "groups.txt; or a benchmark's *_taglist.txt and *_annots.txt. Every image has to "
        "exist. Any "
        "tag list will do, seen in training or not: its texts are encoded as the training tags "
        "were. An evaluation that was interrupted goes on where it was.\n\n"
        "With --scores, measures the scores of any program by two definitions side by side: "
        "that "
        "of the published evaluation, and a strict one, in which ties count by expectation and "
        "tags without a positive not at all. --checkpoint and --data may be repeated, or "
        "--scores: "
        "then one table has a row per model and a column per set.",
    .instead = "scores",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus eval --checkpoint runs/synth --data synth/unseen\n"
               "ramplus eval --scores clip.npy --data synth/unseen --bootstrap 1000",
    .size = sizeof(Options),
    .run = run,
};
