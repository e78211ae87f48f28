/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus tag: tags images with the trained list or with a new one. */
#include "core/autograd/profile_report.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "data/thresholds.h"
#include "eval/commands.h"
#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/scored_files.h"
#include "eval/tag/heatmap_files.h"
#include "eval/tag/tag_print.h"

#include <math.h>

typedef struct Options {
    const char *checkpoint, *tags, *add_tags, *descriptions, *bank, *add_bank;
    double threshold;
    const char *thresholds;
    int64_t top;
    const char *heat_folder;
    int64_t heat_tags;
    OptionStrings heat_tag;
    bool csv, spreadsheet, json, profile;
    const char *trace;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true,
     .help = "a checkpoint, a run folder (its best checkpoint), or the weights or folder of a "
             "CLIP or SigLIP"},
    {"tags", 0, "FILE", OPTION_STRING, AT(tags),
     .help = "recognize these tags instead of the trained ones, seen in training or not"},
    {"add-tags", 0, "FILE", OPTION_STRING, AT(add_tags),
     .help = "recognize these tags in addition to the trained ones"},
    {"descriptions", 0, "FILE", OPTION_STRING, AT(descriptions),
     .help = "descriptions (JSON) of --tags or --add-tags; without it, \"a photo of a TAG.\""},
    {"bank", 0, "FILE", OPTION_STRING, AT(bank),
     .help =
         "recognize the tags of a label bank, made by `ramplus embed`, instead of the trained "
         "ones"},
    {"add-bank", 0, "FILE", OPTION_STRING, AT(add_bank),
     .help = "recognize the tags of a label bank in addition to the trained ones"},
    {"threshold", 0, "X", OPTION_FLOAT, AT(threshold), "0.5", 0, 1,
     .help = "lowest score of a tag"},
    {"thresholds", 0, "FILE", OPTION_STRING, AT(thresholds),
     .help = "thresholds of the tags, as `threshold` writes them"},
    {"top", 0, "K", OPTION_INT, AT(top), NULL, 1, HUGE_VAL,
     .help = "at most K tags per image; without a threshold, the K best whatever their scores"},
    {"heatmap", 0, "DIR", OPTION_STRING, AT(heat_folder),
     .help =
         "for each image and tag, write DIR/IMAGE.TAG.png: the image, colored by where the "
         "decoder looked for the tag (its attention to the parts of the image, averaged over "
         "heads and layers), from dark violet (nowhere) through red to clear (most)"},
    {"heatmap-tags", 0, "N", OPTION_INT, AT(heat_tags), "3", 1, HUGE_VAL,
     .help = "heat maps for at most the N best of the tags printed for an image"},
    {"heatmap-tag", 0, "NAME", OPTION_STRINGS, AT(heat_tag),
     .help = "heat maps for this tag instead, whatever its score"},
    {"csv", .offset = AT(csv), .help = "print lines of image,tag,score"},
    {"csv-spreadsheet", .offset = AT(spreadsheet),
     .help = "like --csv, with ' before names that a spreadsheet would take for a formula"},
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
    {"profile", .offset = AT(profile),
     .help = "at the end, print where the time went on stderr: seconds, products and bytes of "
             "each operation"},
    {"trace", 0, "FILE", OPTION_STRING, AT(trace),
     .help =
         "like --profile, and write when each operation ran to FILE (JSON), for "
         "chrome://tracing or ui.perfetto.dev; the first " PROFILE_REPORT_EVENTS_TEXT " only"},
};

/* Why these options contradict each other, or NULL. */
static const char *contradiction(const Options *o, const Cli *cli)
{
    const bool best = cli_given(cli, "heatmap-tags"), named = o->heat_tag.count > 0;
    if ((o->csv || o->spreadsheet) && o->json) return "either --csv or --json";
    if (!!o->tags + !!o->add_tags + !!o->bank + !!o->add_bank > 1)
        return "only one of --tags, --add-tags, --bank, --add-bank";
    if (o->descriptions && !o->tags && !o->add_tags)
        return "--descriptions needs --tags or --add-tags";
    if (cli_given(cli, "threshold") && o->thresholds)
        return "either --threshold or --thresholds";
    if (!o->heat_folder && (best || named))
        return "--heatmap-tags and --heatmap-tag need --heatmap";
    return best && named ? "either --heatmap-tags or --heatmap-tag" : NULL;
}

/* With --top alone the scores do not matter; without --top the number of tags does not. */
static void complete(const Cli *cli, Options *o)
{
    const bool top = cli_given(cli, "top");
    if (top && !cli_given(cli, "threshold") && !o->thresholds) o->threshold = -1;
    if (!top) o->top = INT64_MAX;
}

static HeatmapOptions heatmap_options(const Options *o)
{
    return (HeatmapOptions){o->heat_folder, o->heat_tags, o->heat_tag.count,
                            (const char *const *)o->heat_tag.value};
}

/* What happens to the scores of an image. */
typedef struct Output {
    TagPrinter printer;
    HeatmapFiles maps;
    const TagChoice *choice;
    Ranked *found; /* [K] scratch memory */
    int64_t K;
} Output;

/* Prints the tags of a batch and draws its maps. */
static int use_batch(Output *out, char *const *path, const ScoredBatch *b, Error *err)
{
    int status = 0;
    for (int64_t i = 0; i < b->count; i++) {
        const float *score = b->score + i * out->K;
        if (b->ok[i])
            tag_print_image(&out->printer, path[b->first + i], out->found,
                            tag_choice_apply(out->choice, out->K, score, out->found),
                            b->why[i]);
        else
            tag_print_failed(&out->printer, path[b->first + i], b->why[i]);
    }
    for (int64_t i = 0; i < b->count && out->maps.tag && status == 0; i++)
        if (b->ok[i])
            status =
                heatmap_files_draw(&out->maps, path[b->first + i], b->score + i * out->K, err);
    return status;
}

/* Scores the images; ends early if nobody can receive what is printed. */
static int use_images(Output *out, const Recognizer *r, const ImagePaths *p, Error *err)
{
    const Scorer scorer = recognizer_scorer(r);
    ScoredFiles *files = scored_files_open(&scorer, p->path, p->count);
    ScoredBatch b;
    int64_t count = 1;
    int status = 0;
    bool heard = true;
    while (status == 0 && heard && (count = scored_files_next(files, &b, err)) > 0) {
        status = use_batch(out, p->path, &b, err);
        heard = tag_print_flush(&out->printer);
    }
    const int64_t good = scored_files_close(files);
    if (count < 0) status = -1;
    return status == 0 && heard ? image_paths_check(p, good, err) : status;
}

static int tag_images(const Options *o, const TagChoice *choice, const Recognizer *r,
                      const ImagePaths *p, Error *err)
{
    const HeatmapOptions heat = heatmap_options(o);
    Output out = {.choice = choice, .K = r->labels.bank->tags};
    int status = 0;
    if (heat.folder) status = heatmap_files_open(&heat, r, choice, p->count, &out.maps, err);
    if (status == 0) {
        out.printer =
            tag_print_open(ranked_format(o->json, o->spreadsheet, o->csv), &r->labels.tags);
        out.found = mem_alloc((size_t)out.K * sizeof *out.found);
        status = use_images(&out, r, p, err);
        tag_print_close(&out.printer);
        mem_free(out.found);
    }
    heatmap_files_close(&out.maps);
    return status;
}

/* The trained list, another one, or the trained one and more. */
static int choose_list(const Options *o, Recognizer *r, Error *err)
{
    const char *descriptions = o->descriptions ? o->descriptions : "";
    if (o->tags) return recognizer_use_tags(r, o->tags, descriptions, err);
    if (o->add_tags) return recognizer_add_tags(r, o->add_tags, descriptions, err);
    if (o->bank) return recognizer_use_bank(r, o->bank, err);
    return o->add_bank ? recognizer_add_bank(r, o->add_bank, err) : 0;
}

static int choose_and_tag(const Options *o, Recognizer *r, const ImagePaths *p, Error *err)
{
    if (choose_list(o, r, err) != 0) return -1;
    if (!r->labels.bank)
        return error_set(err, ERROR_USAGE,
                         "tag: %s has no tags of its own: name a list with --tags or --bank",
                         o->checkpoint);
    TagChoice choice = {NULL, o->threshold, o->top};
    float *threshold = NULL;
    int status = 0;
    if (!o->thresholds && o->threshold >= 0.5) scorer_warn_thresholds(&r->config);
    if (o->thresholds) {
        choice.threshold = threshold =
            mem_alloc((size_t)r->labels.bank->tags * sizeof *threshold);
        status = thresholds_read(o->thresholds, &r->labels.tags, threshold, err);
    }
    if (status == 0) status = tag_images(o, &choice, r, p, err);
    mem_free(threshold);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    Recognizer r;
    ImagePaths paths;
    Profile *profile;
    const char *wrong = contradiction(o, cli);
    if (wrong) return cli_refuse(cli, err, wrong);
    complete(cli, o);
    if (profile_report_open(o->profile, o->trace, &profile, err) != 0) return -1;
    char *checkpoint = recognizer_find(o->checkpoint);
    int status = image_paths_find(cli->argument, cli->arguments, &paths, err);
    if (status == 0)
        status = (o->tags || o->bank ? recognizer_open_unlabeled : recognizer_open)(
            checkpoint, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        profile_mark(profile, PROFILE_OPEN);
        shards_set_profile(r.shards, profile);
        status = choose_and_tag(o, &r, &paths, err);
        recognizer_close(&r);
    }
    if (status >= 0 && profile_report(profile, o->trace, err) != 0) status = -1;
    profile_free(profile);
    image_paths_free(&paths);
    mem_free(checkpoint);
    return status;
}

const CliCommand cmd_tag = {
    .name = "tag",
    .summary = "tag images, with known or new tags",
    .arguments = "IMAGE-or-FOLDER...",
    .min_arguments = 1,
    .settings = true,
    .reads = recognizer_reads,
    .prose =
        "Prints the tags of images with their scores, highest first: one line per image. An "
        "image that cannot be read causes a warning and exit code 3 after all others are "
        "tagged; --csv prints it without tag and score, --json with an \"error\" instead of "
        "\"tags\". A truncated or corrupt image that can be read in part is tagged with a "
        "warning; --json adds its \"damage\".",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus tag --checkpoint runs/synth --top 5 synth/images/test",
    .size = sizeof(Options),
    .run = run,
};
