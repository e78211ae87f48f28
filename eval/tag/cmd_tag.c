/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus tag: tags images with the trained list or with a new one. */
#include "core/mem.h"
#include "core/options/cli.h"
#include "data/thresholds.h"
#include "eval/commands.h"
#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/tag/heatmap_files.h"
#include "eval/tag/tag_print.h"
#include "model/weights/model_file.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: ramplus tag --checkpoint FILE [options] [key=value]... IMAGE-or-FOLDER...\n"
    "\n"
    "Prints the tags of images with their scores, highest first: one line an image.\n"
    "\n"
    "  --checkpoint FILE     a checkpoint, or a run folder (its best one)         (required)\n"
    "  --tags FILE           recognize these tags instead, seen in training or not\n"
    "  --add-tags FILE       recognize these tags too, behind the trained ones\n"
    "  --descriptions FILE   descriptions of --tags or --add-tags (JSON); default \"a photo\n"
    "                        of a TAG.\"\n"
    "  --bank FILE           the tags and vectors of a label bank, as --tags; made by `ramplus "
    "embed`\n"
    "  --add-bank FILE       those, as --add-tags\n"
    "  --threshold X         least score, between 0 and 1; default 0.5\n"
    "  --thresholds FILE     one number a line, a threshold a tag\n"
    "  --top K               at most K tags an image; with --top alone, the K best whatever\n"
    "                        their scores\n"
    "  --heatmap DIR         for each image and tag DIR/IMAGE.TAG.png: the image,\n"
    "                        colored by where the decoder looked for the tag (attention to\n"
    "                        the parts of the image, mean of heads and layers): from dark\n"
    "                        violet, nowhere, over red to clear, where it looked most\n"
    "  --heatmap-tags N      at most the N best of the tags printed for an image; default 3\n"
    "  --heatmap-tag NAME    this tag instead, whatever its score; may be repeated\n"
    "  --csv                 lines of image,tag,score\n"
    "  --json                one JSON document\n"
    "  -h, --help            this text\n"
    "\n"
    "example: ramplus tag --checkpoint runs/synth --top 5 synth/images/test\n";

typedef struct Options {
    const char *checkpoint, *tags, *add_tags, *descriptions, *bank, *add_bank;
    const char *threshold, *thresholds, *top;
    bool csv, json;
    double least;
    int64_t most;
    TagFormat format;
    const char *heat_tags, *heat_tag;
    HeatmapOptions heat;
} Options;

static int parse_numbers(Options *o, Error *err)
{
    char *end = NULL;
    o->least = 0.5;
    o->most = INT64_MAX;
    o->heat.max_tags = 3;
    if (o->threshold) {
        o->least = strtod(o->threshold, &end);
        if (end == o->threshold || *end || !(o->least >= 0 && o->least <= 1))
            return error_set(err, ERROR_USAGE, "tag: --threshold %s: must be a number in 0..1",
                             o->threshold);
    }
    if (o->top) {
        if (cli_count("tag", "top", o->top, &o->most, err) != 0) return -1;
        if (!o->threshold && !o->thresholds) o->least = -1;
    }
    if (o->heat_tags &&
        cli_count("tag", "heatmap-tags", o->heat_tags, &o->heat.max_tags, err) != 0)
        return -1;
    return 0;
}

/* What options say together that cannot be, or NULL. */
static const char *contradiction(const Options *o, const Cli *cli)
{
    if (!o->checkpoint) return "--checkpoint is missing";
    if (cli->arguments == 0) return "no image named";
    if (cli->files) return "-c: the configuration is the checkpoint's";
    if (o->csv && o->json) return "either --csv or --json";
    if (!!o->tags + !!o->add_tags + !!o->bank + !!o->add_bank > 1)
        return "only one of --tags, --add-tags, --bank, --add-bank";
    if (o->descriptions && !o->tags && !o->add_tags)
        return "--descriptions needs --tags or --add-tags";
    if (o->threshold && o->thresholds) return "either --threshold or --thresholds";
    if (!o->heat.folder && (o->heat_tags || o->heat_tag))
        return "--heatmap-tags and --heatmap-tag need --heatmap";
    if (o->heat_tags && o->heat_tag) return "either --heatmap-tags or --heatmap-tag";
    return NULL;
}

static void name_heat_tags(Options *o, const Cli *cli)
{
    o->heat.tag = mem_alloc((size_t)(cli->givens + 1) * sizeof *o->heat.tag);
    while ((o->heat.tag[o->heat.tags] = cli_value(cli, "heatmap-tag", o->heat.tags)))
        o->heat.tags++;
}

static int parse(int argc, char **argv, Options *o, Cli *cli, Error *err)
{
    const CliOption table[] = {
        {"checkpoint", 0, &o->checkpoint, NULL},
        {"tags", 0, &o->tags, NULL},
        {"add-tags", 0, &o->add_tags, NULL},
        {"bank", 0, &o->bank, NULL},
        {"add-bank", 0, &o->add_bank, NULL},
        {"descriptions", 0, &o->descriptions, NULL},
        {"threshold", 0, &o->threshold, NULL},
        {"thresholds", 0, &o->thresholds, NULL},
        {"top", 0, &o->top, NULL},
        {"heatmap", 0, &o->heat.folder, NULL},
        {"heatmap-tags", 0, &o->heat_tags, NULL},
        {"heatmap-tag", 0, &o->heat_tag, NULL},
        {"csv", 0, NULL, &o->csv},
        {"json", 0, NULL, &o->json},
    };
    *o = (Options){0};
    if (cli_parse(argc, argv, table, sizeof table / sizeof table[0], cli, err) != 0) return -1;
    if (cli->help) return 0;
    o->format = o->json ? TAG_FORMAT_JSON : o->csv ? TAG_FORMAT_CSV : TAG_FORMAT_LINE;
    int status = parse_numbers(o, err);
    const char *wrong = contradiction(o, cli);
    if (status == 0 && wrong)
        status = error_set(err, ERROR_USAGE, "tag: %s; see ramplus tag --help", wrong);
    if (status == 0)
        name_heat_tags(o, cli);
    else
        cli_free(cli);
    return status;
}

static void print_all(const Options *o, const TagChoice *choice, const Recognizer *r,
                      const ImagePaths *p, const float *score, const bool *ok)
{
    const int64_t K = r->labels.bank->tags;
    Ranked *found = mem_alloc((size_t)K * sizeof *found);
    Text out = {0};
    tag_print_start(&out, o->format);
    for (int64_t i = 0; i < p->count; i++) {
        if (!ok[i]) continue;
        const int64_t n = tag_choice_apply(choice, K, score + i * K, found);
        tag_print_image(&out, o->format, p->path[i], &r->labels.tags, found, n);
    }
    tag_print_end(&out, o->format);
    fputs(out.data ? out.data : "", stdout);
    text_free(&out);
    mem_free(found);
}

/* Scores the images, prints their tags, draws their maps. */
static int score_images(const Options *o, const TagChoice *choice, const Recognizer *r,
                        const ImagePaths *p, Error *err)
{
    float *score = mem_alloc((size_t)(p->count * r->labels.bank->tags) * sizeof *score);
    bool *ok = mem_calloc((size_t)p->count, sizeof *ok);
    const Scorer scorer = recognizer_scorer(r);
    const int64_t good = scorer_files(&scorer, "", p->path, p->count, score, ok);
    int status = 0;
    if (good > 0) print_all(o, choice, r, p, score, ok);
    if (good > 0 && o->heat.folder)
        status = heatmap_files_write(&o->heat, r, choice, p, score, ok, err);
    if (status == 0) status = image_paths_check(p, good, err);
    mem_free(ok);
    mem_free(score);
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

static int tag_images(const Options *o, Recognizer *r, const ImagePaths *p, Error *err)
{
    if (choose_list(o, r, err) != 0) return -1;
    if (o->heat.folder && heatmap_files_prepare(&o->heat, &r->labels.tags, err) != 0) return -1;
    const int64_t K = r->labels.bank->tags;
    TagChoice choice = {NULL, o->least, o->most};
    float *threshold = NULL;
    int status = 0;
    if (o->thresholds) {
        choice.threshold = threshold = mem_alloc((size_t)K * sizeof *threshold);
        status = thresholds_read(o->thresholds, K, threshold, err);
    }
    if (status == 0) status = score_images(o, &choice, r, p, err);
    mem_free(threshold);
    return status;
}

int cmd_tag(int argc, char **argv)
{
    Error err = {0};
    Options o;
    Cli cli;
    Recognizer r;
    ImagePaths paths;
    if (parse(argc, argv, &o, &cli, &err) != 0) return cli_fail(&err);
    if (cli.help) {
        fputs(help, stdout);
        cli_free(&cli);
        return EXIT_OK;
    }
    char *checkpoint = model_file_find(o.checkpoint);
    int status = image_paths_find(cli.argument, cli.arguments, &paths, &err);
    if (status == 0)
        status = recognizer_open(checkpoint, cli.assignment, cli.assignments, &r, &err);
    if (status == 0) {
        status = tag_images(&o, &r, &paths, &err);
        recognizer_close(&r);
    }
    image_paths_free(&paths);
    mem_free(checkpoint);
    mem_free(o.heat.tag);
    cli_free(&cli);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
