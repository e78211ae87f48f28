/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus retrieve: ranks images for free texts. */
#include "core/file.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/utf8.h"
#include "data/annotations.h"
#include "data/caption.h"
#include "eval/commands.h"
#include "eval/image_paths.h"
#include "eval/recognizer.h"
#include "eval/retrieve/contact_sheet.h"
#include "eval/retrieve/ranking.h"
#include "model/weights/model_file.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus retrieve --checkpoint FILE (--text TEXT)... [options] [key=value]...\n"
    "                        IMAGE-or-FOLDER...\n"
    "\n"
    "Ranks images by how well they fit a text: the score, 0 to 1, that training gave to\n"
    "images with their captions. Texts are cleaned as captions are: lower case, no marks,\n"
    "30 words.\n"
    "\n"
    "  --checkpoint FILE     a checkpoint, or a run folder (its best one)         (required)\n"
    "  --text TEXT           what to look for; may be repeated\n"
    "  --texts FILE          more texts, one a line, behind those of --text\n"
    "  --top K               the K best images of each text; default 10\n"
    "  --sheet FILE.png      also a contact sheet: a row for each text, in their order, its\n"
    "                        images from left to right, best first; the bar under a\n"
    "                        image is its score\n"
    "  --csv                 lines of text,image,score\n"
    "  --json                one JSON document\n"
    "  -h, --help            this text\n"
    "\n"
    "example: ramplus retrieve --checkpoint runs/synth --text \"a red circle above a blue\n"
    "         square\" --top 5 --sheet found.png synth/images/test\n";

typedef struct Options {
    const char *checkpoint, *text, *texts, *top, *sheet;
    bool csv, json;
    int64_t most;
    RankingFormat format;
} Options;

/* What options say together that cannot be, or NULL. */
static const char *contradiction(const Options *o, const Cli *cli)
{
    if (!o->checkpoint) return "--checkpoint is missing";
    if (!o->text && !o->texts) return "neither --text nor --texts";
    if (cli->arguments == 0) return "no image named";
    if (cli->files) return "-c: the configuration is the checkpoint's";
    if (o->csv && o->json) return "either --csv or --json";
    return NULL;
}

static int parse(int argc, char **argv, Options *o, Cli *cli, Error *err)
{
    const CliOption table[] = {
        {"checkpoint", 0, &o->checkpoint, NULL},
        {"text", 0, &o->text, NULL},
        {"texts", 0, &o->texts, NULL},
        {"top", 0, &o->top, NULL},
        {"sheet", 0, &o->sheet, NULL},
        {"csv", 0, NULL, &o->csv},
        {"json", 0, NULL, &o->json},
    };
    *o = (Options){.most = 10};
    if (cli_parse(argc, argv, table, sizeof table / sizeof table[0], cli, err) != 0) return -1;
    if (cli->help) return 0;
    o->format = o->json ? RANKING_JSON : o->csv ? RANKING_CSV : RANKING_LINES;
    int status = o->top ? cli_count("retrieve", "top", o->top, &o->most, err) : 0;
    const char *wrong = contradiction(o, cli);
    if (status == 0 && wrong)
        status =
            error_set(err, ERROR_USAGE, "retrieve: %s; see ramplus retrieve --help", wrong);
    if (status != 0) cli_free(cli);
    return status;
}

/* ---- texts --------------------------------------------------------------------------------- */

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
    return *t->clean[t->count++] ? NULL : "no words";
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

static int collect_texts(const Options *o, const Cli *cli, Texts *out, Error *err)
{
    const char *text, *wrong;
    for (int64_t i = 0; (text = cli_value(cli, "text", i)); i++)
        if ((wrong = add_text(out, text)))
            return error_set(err, ERROR_USAGE, "retrieve: --text '%s': %s", text, wrong);
    return o->texts ? read_texts(o->texts, out, err) : 0;
}

/* ---- ranking ------------------------------------------------------------------------------- */

static int show(const Options *o, const Scorer *s, const Texts *t, const ImagePaths *p,
                const float *score, const bool *ok, Error *err)
{
    Ranking ranking = ranking_new(t->count, p->count, score, ok, o->most);
    Text out = {0};
    ranking_print(&ranking, o->format, t->given, p, &out);
    fputs(out.data, stdout);
    text_free(&out);
    const int status = o->sheet ? contact_sheet_write(o->sheet, &ranking, s, p, err) : 0;
    ranking_free(&ranking);
    return status;
}

static int retrieve(const Options *o, Recognizer *r, const Texts *t, const ImagePaths *p,
                    Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    const int64_t E = ram_plus_config(r->model)->text_width;
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
    const int64_t good = scorer_files(&scorer, "", p->path, p->count, score, ok);
    int status = good > 0 ? show(o, &scorer, t, p, score, ok, err) : 0;
    if (status == 0) status = image_paths_check(p, good, err);
    mem_free(ok);
    mem_free(score);
    mem_free(row);
    return status;
}

static int open_and_retrieve(const Options *o, const Cli *cli, const Texts *t,
                             const ImagePaths *p, Error *err)
{
    const int64_t columns = o->most < p->count ? o->most : p->count;
    if (o->sheet && contact_sheet_check(t->count, columns, err) != 0) return -1;
    Recognizer r;
    char *checkpoint = model_file_find(o->checkpoint);
    int status = recognizer_open(checkpoint, cli->assignment, cli->assignments, &r, err);
    if (status == 0) {
        status = retrieve(o, &r, t, p, err);
        recognizer_close(&r);
    }
    mem_free(checkpoint);
    return status;
}

int cmd_retrieve(int argc, char **argv)
{
    Error err = {0};
    Options o;
    Cli cli;
    Texts texts = {0};
    ImagePaths paths = {0};
    if (parse(argc, argv, &o, &cli, &err) != 0) return cli_fail(&err);
    if (cli.help) {
        fputs(help, stdout);
        cli_free(&cli);
        return EXIT_OK;
    }
    int status = collect_texts(&o, &cli, &texts, &err);
    if (status == 0) status = image_paths_find(cli.argument, cli.arguments, &paths, &err);
    if (status == 0) status = open_and_retrieve(&o, &cli, &texts, &paths, &err);
    image_paths_free(&paths);
    free_texts(&texts);
    cli_free(&cli);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
