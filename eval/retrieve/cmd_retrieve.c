/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus retrieve: ranks images for free texts. */
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/annotations.h"
#include "data/caption.h"
#include "eval/commands.h"
#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/retrieve/contact_sheet.h"
#include "eval/retrieve/ranking.h"
#include "eval/retrieve/recall_run.h"
#include "eval/scored_files.h"

#include <math.h>

typedef struct Options {
    const char *checkpoint, *texts_file, *sheet;
    OptionStrings text;
    bool csv, spreadsheet, json;
    int64_t top;
    RecallOptions recall;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true,
     .help = "a checkpoint, a run folder (its best checkpoint), or the weights or folder of a "
             "CLIP or SigLIP"},
    {"text", 0, "TEXT", OPTION_STRINGS, AT(text), .help = "what to look for"},
    {"texts", 0, "FILE", OPTION_STRING, AT(texts_file),
     .help = "more texts, one per line, after those given by --text"},
    {"top", 0, "K", OPTION_INT, AT(top), "10", 1, HUGE_VAL,
     .help = "number of best images for each text"},
    {"sheet", 0, "FILE.png", OPTION_STRING, AT(sheet),
     .help =
         "also write a contact sheet: one row per text, in their order, with its images from "
         "left to right, best first; the bar below an image shows its score"},
    {"csv", .offset = AT(csv), .help = "print lines of text,image,score"},
    {"csv-spreadsheet", .offset = AT(spreadsheet),
     .help = "like --csv, with ' before texts that a spreadsheet would take for a formula"},
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
    {"recall", 0, "FILE.json", OPTION_STRING, AT(recall.file), .heading = "evaluation",
     .help = "measure recall@1, @5 and @10, text to image and image to text, on images with "
             "captions: dataset_flickr30k.json and dataset_coco.json of Karpathy, or a list "
             "like flickr30k_test.json and coco_karpathy_test.json of BLIP"},
    {"split", 0, "NAME", OPTION_STRING, AT(recall.split), "test",
     .help = "which of its images: test, val, train, restval"},
    {"root", 0, "DIR", OPTION_STRING, AT(recall.root),
     .help = "folder of its images; without it, that of the file"},
    {"limit", 0, "N", OPTION_INT, AT(recall.limit), "0", 0, HUGE_VAL,
     .help = "only the first N of these images; 0: all"},
    {"folds", 0, "N", OPTION_INT, AT(recall.folds), "1", 1, 1e6,
     .help = "the mean over N parts that are ranked apart: 5 for COCO's 1K figures"},
};

/* ---- texts ------------------------------------------------------------------------------- */

typedef struct Texts {
    int64_t count;
    char **given; /* [count] as typed, for the result */
    char **clean; /* [count] as the text encoder gets them */
} Texts;

/* What is wrong with the text, or NULL. */
static const char *add_text(Texts *t, const char *text)
{
    if (!utf8_valid(text)) return "not UTF-8";
    const size_t size = (size_t)(t->count + 1) * sizeof(char *);
    t->given = mem_realloc(t->given, size);
    t->clean = mem_realloc(t->clean, size);
    t->given[t->count] = mem_strdup(text);
    t->clean[t->count] = caption_clean(text);
    return utf8_blank(t->clean[t->count++]) ? "no words" : NULL;
}

static void free_texts(Texts *t)
{
    for (int64_t i = 0; i < t->count; i++) {
        mem_free(t->given[i]);
        mem_free(t->clean[i]);
    }
    mem_free(t->given);
    mem_free(t->clean);
}

static int read_texts(const char *path, Texts *out, Error *err)
{
    Lines lines;
    int status = 0;
    if (lines_read(path, &lines, err) != 0) return -1;
    if (lines.count == 0) status = error_set(err, ERROR_DATA, "%s: no text inside", path);
    for (size_t i = 0; i < lines.count && status == 0; i++) {
        const char *wrong = add_text(out, lines.line[i]);
        if (wrong) status = error_set(err, ERROR_DATA, "%s: line %zu: %s", path, i + 1, wrong);
    }
    lines_free(&lines);
    return status;
}

static int collect_texts(const Options *o, Texts *out, Error *err)
{
    for (int64_t i = 0; i < o->text.count; i++) {
        const char *text = o->text.value[i], *wrong = add_text(out, text);
        if (wrong) return error_set(err, ERROR_USAGE, "retrieve: --text '%s': %s", text, wrong);
    }
    return o->texts_file ? read_texts(o->texts_file, out, err) : 0;
}

/* ---- ranking ----------------------------------------------------------------------------- */

static int show(const Options *o, const Scorer *s, const Texts *t, const ImagePaths *p,
                const float *score, const bool *ok, Error *err)
{
    const enum RankedFormat format = ranked_format(o->json, o->spreadsheet, o->csv);
    Ranking ranking = ranking_new(t->count, p->count, score, ok, o->top);
    Text out = {0};
    ranking_print(&ranking, format, t->given, p, &out);
    printable_print(out.data);
    text_free(&out);
    const int status = o->sheet ? contact_sheet_write(o->sheet, &ranking, s, p, err) : 0;
    ranking_free(&ranking);
    return status;
}

static int retrieve(const Options *o, Recognizer *r, const Texts *t, const ImagePaths *p,
                    Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    const int64_t E = r->config.model.text_width;
    if (!encoder) return -1;
    float *row = mem_alloc((size_t)(t->count * E) * sizeof *row);
    if (text_encoder_encode(encoder, (const char *const *)t->clean, t->count, row, err) != 0) {
        mem_free(row);
        return -1;
    }
    Scorer scorer = recognizer_scorer(r);
    scorer.bank = NULL;
    scorer.texts = (ScorerTexts){t->count, row};
    float *score = mem_alloc((size_t)(p->count * t->count) * sizeof *score);
    bool *ok = mem_calloc((size_t)p->count, sizeof *ok);
    const int64_t good = scored_files_all(&scorer, p->path, p->count, score, ok, err);
    int status = good < 0 ? -1 : 0;
    if (good > 0) status = show(o, &scorer, t, p, score, ok, err);
    if (status == 0) status = image_paths_check(p, good, err);
    mem_free(ok);
    mem_free(score);
    mem_free(row);
    return status;
}

static int open_and_retrieve(const Options *o, const Cli *cli, const Texts *t,
                             const ImagePaths *p, Error *err)
{
    const int64_t columns = o->top < p->count ? o->top : p->count;
    if (o->sheet && contact_sheet_check(t->count, columns, err) != 0) return -1;
    Recognizer r;
    char *checkpoint = recognizer_find(o->checkpoint);
    int status =
        recognizer_open_unlabeled(checkpoint, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        status = retrieve(o, &r, t, p, err);
        recognizer_close(&r);
    }
    mem_free(checkpoint);
    return status;
}

/* ---- evaluation -------------------------------------------------------------------------- */

static int print_recall(const Options *o, const RecallSet *set, const RecallResult *x,
                        Error *err)
{
    const int64_t left = set->captions.images - x->images;
    char *text = (o->json ? recall_json : recall_text)(&o->recall, set, x);
    printable_print(text);
    mem_free(text);
    if (left == 0) return 0;
    return error_set(err, ERROR_DATA, "%ld of %ld images could not be read", left,
                     set->captions.images);
}

static int measure(const Options *o, Recognizer *r, Error *err)
{
    RecallSet set;
    RecallResult result;
    if (recall_set_open(&o->recall, r->config.data.absolute, &set, err) != 0) return -1;
    log_info("%s: split %s: %ld images, %ld captions", o->recall.file, o->recall.split,
             set.captions.images, set.captions.captions);
    int status = recall_run(&o->recall, &set, r, &result, err);
    if (status == 0) status = print_recall(o, &set, &result, err);
    recall_set_free(&set);
    return status;
}

static int open_and_measure(const Options *o, const Cli *cli, Error *err)
{
    Recognizer r;
    char *checkpoint = recognizer_find(o->checkpoint);
    int status =
        recognizer_open_unlabeled(checkpoint, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        status = measure(o, &r, err);
        recognizer_close(&r);
    }
    mem_free(checkpoint);
    return status;
}

static int run_recall(const Options *o, const Cli *cli, Error *err)
{
    if (o->text.count || o->texts_file || o->sheet || o->csv || o->spreadsheet ||
        cli_given(cli, "top"))
        return cli_refuse(cli, err, "of the other options, --recall takes --json alone");
    if (cli->arguments) return cli_unexpected(cli, cli->argument[0], err);
    return open_and_measure(o, cli, err);
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Texts texts = {0};
    ImagePaths paths = {0};
    int status = -1;
    if (o->recall.file) return run_recall(o, cli, err);
    if (cli->arguments == 0)
        return cli_refuse(cli, err, "expected IMAGE-or-FOLDER..., got no argument");
    if (cli_given(cli, "split") || o->recall.root || o->recall.limit || o->recall.folds > 1)
        return cli_refuse(cli, err, "--split, --root, --limit and --folds need --recall");
    if (!o->text.count && !o->texts_file)
        return cli_refuse(cli, err, "neither --text nor --texts");
    if ((o->csv || o->spreadsheet) && o->json)
        return cli_refuse(cli, err, "either --csv or --json");
    if (collect_texts(o, &texts, err) != 0) goto done;
    if (image_paths_find(cli->argument, cli->arguments, &paths, err) != 0) goto done;
    status = open_and_retrieve(o, cli, &texts, &paths, err);
done:
    image_paths_free(&paths);
    free_texts(&texts);
    return status;
}

const CliCommand cmd_retrieve = {
    .name = "retrieve",
    .summary = "rank images for free texts",
    .arguments = "IMAGE-or-FOLDER...",
    .settings = true,
    .reads = recognizer_reads,
    .prose =
        "Ranks images by how well they match a text: by the score, 0 to 1, that training "
        "gave to images with their captions. Texts are cleaned as captions are: lower case, "
        "no punctuation, at most 30 words.\n\n"
        "With --recall, there are no images to name: the logits of all captions of a benchmark "
        "on all its images are ranked, and recall@k is printed, the share of captions whose "
        "image is among the best k, and the share of images one of whose captions is.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus retrieve --checkpoint runs/synth --text \"a red circle above a blue "
               "square\" \\\n    --top 5 --sheet found.png synth/images/test",
    .size = sizeof(Options),
    .run = run,
};
