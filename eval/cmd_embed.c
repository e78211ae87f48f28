/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus embed: the label bank of any tag list. */
#include "configs/config.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/strings/strings.h"
#include "data/descriptions.h"
#include "eval/commands.h"
#include "model/labels/embed.h"
#include "model/labels/label_texts.h"

#include <stdio.h>
#include <string.h>

typedef struct Options {
    const char *tags, *descriptions, *out;
    int dtype; /* of the vectors in the file */
} Options;

enum { FLOAT32, BFLOAT16 };

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"encoder", 0, "NAME", OPTION_STRING, .setting = "text_encoder",
     .help =
         "clip (with clip.weights=FILE clip.vocab=FILE), table (with text_table=FILE) or hash "
         "(with model.text_width=N); short for text_encoder=NAME, whose default is hash"},
    {"tags", 0, "FILE", OPTION_STRING, AT(tags),
     .help = "one tag per line; without it, the tags of --descriptions in their order"},
    {"descriptions", 0, "FILE", OPTION_STRING, AT(descriptions),
     .help = "[{\"TAG\": [\"text\", ...]}, ...]; without it, the text.template, \"a photo of a "
             "TAG.\""},
    {"out", 'o', "OUT", OPTION_STRING, AT(out), .required = true,
     .help = "the bank to write, .h5 or .safetensors"},
    {"dtype", 0, "TYPE", OPTION_CHOICE, AT(dtype), "float32", .choices = "float32|bfloat16",
     .help = "type of the vectors in the file; bfloat16 rounds each number to 8 significant "
             "bits and "
             "takes half of the space, also in memory"},
};

/* What is missing; a list of tags that is JSON is a file of descriptions. */
static int complete(const Cli *cli, Options *o, Error *err)
{
    if (!o->tags && !o->descriptions) return cli_refuse(cli, err, "--tags is missing");
    if (o->tags && !o->descriptions && strings_end_in(o->tags, ".json")) {
        o->descriptions = o->tags;
        o->tags = NULL;
    }
    return 0;
}

/* A table and CLIP determine the width of the vectors; a training configuration adopts it. */
static int open_encoder(const Config *c, TextEncoder **out, Error *err)
{
    TextEncoderConfig config = config_text_encoder(c);
    if (c->text.encoder != TEXT_HASH) config.dim = 0;
    return text_encoder_new(&config, out, err);
}

static int read_texts(const Options *o, const Config *c, TagList *tags, Descriptions *texts,
                      Error *err)
{
    LabelTextRules rules = config_model_texts(c);
    rules.source = LABEL_AUTO;
    rules.first = false;
    const int status = o->tags ? tags_read(o->tags, tags, err)
                               : descriptions_read_tags(o->descriptions, tags, err);
    if (status != 0) return -1;
    if (label_texts_read(tags, o->descriptions ? o->descriptions : "", &rules, texts, err) == 0)
        return 0;
    tags_free(tags);
    return -1;
}

static void log_summary(const char *out, const TextEncoder *e, int64_t tags,
                        const EmbedResult *r, const Config *c, bool half)
{
    const int64_t encoded = r->texts - r->resumed;
    log_info("%s: %ld tag%s, %ld text%s, width %ld, %s, encoder %s %.8s; %.1f texts/s; %.1f MB",
             out, tags, strings_s(tags), r->texts, strings_s(r->texts), text_encoder_dim(e),
             half ? "bfloat16" : "float32", text_encoder_name(e), text_encoder_fingerprint(e),
             r->seconds > 0 ? (double)encoded / r->seconds : 0, (double)file_bytes(out) / 1e6);
    if (text_encoder_dim(e) != c->model.text_width)
        log_info("a model that uses it has model.text_width=%ld", text_encoder_dim(e));
}

static int embed(const Options *o, const Config *c, Error *err)
{
    TextEncoder *encoder = NULL;
    TagList tags = {0};
    Descriptions texts = {0};
    EmbedResult result;
    config_arithmetic(c);
    const bool half = o->dtype == BFLOAT16;
    int status = read_texts(o, c, &tags, &texts, err);
    if (status == 0) status = open_encoder(c, &encoder, err);
    if (status == 0) status = embed_write(o->out, encoder, &tags, &texts, half, &result, err);
    if (status == 0) log_summary(o->out, encoder, tags.count, &result, c, half);
    text_encoder_free(encoder);
    if (tags.name) {
        descriptions_free(&texts);
        tags_free(&tags);
    }
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    Config config;
    if (complete(cli, o, err) != 0 || config_load(cli->file, cli->files, cli->assignment,
                                                  cli->assignments, &config, err) != 0)
        return -1;
    const int status = embed(o, &config, err);
    config_free(&config);
    return status;
}

static bool reads(const char *option)
{
    return cli_lists("threads|precision|model.text_width|model.descriptions_per_tag|"
                     "model.descriptions_seed|text_encoder|text_table|text.template|clip.",
                     option);
}

const CliCommand cmd_embed = {
    .name = "embed",
    .summary = "make the label bank of any tag list, for train, eval and tag",
    .files = true,
    .settings = true,
    .resumes = true,
    .reads = reads,
    .prose =
        "Encodes the descriptions of any tag list into a label bank, for `train "
        "model.bank=OUT`, "
        "`eval --bank OUT` and `tag --bank OUT`: any number of tags, any number of texts per "
        "tag. "
        "A bank records its tags, the hash of its texts and its encoder, so that a mismatching "
        "model rejects it with the reason. Until OUT is complete, finished vectors are kept in "
        "OUT.part. A signal stops with exit code 75; run the same command again to resume.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example =
        "ramplus embed --encoder hash --descriptions synth/unseen/descriptions.json -o new.h5",
    .size = sizeof(Options),
    .run = run,
};
