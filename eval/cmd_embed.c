/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus embed: the label bank of any tag list. */
#include "configs/config.h"
#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "core/strings.h"
#include "data/descriptions.h"
#include "eval/commands.h"
#include "model/labels/embed.h"
#include "model/labels/label_texts.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: ramplus embed [-c FILE.yaml]... [key=value]... [--encoder NAME] --tags FILE\n"
    "                     [--descriptions FILE] -o OUT\n"
    "\n"
    "Encodes the descriptions of any tag list into a label bank, for `train model.bank=OUT`,\n"
    "`eval --bank OUT` and `tag --bank OUT`: any number of tags, any number of texts a tag. A\n"
    "bank knows its tags, its texts' hash and its encoder, and what it does not fit refuses "
    "it.\n"
    "Until OUT is complete, finished vectors are kept in OUT.part; SIGINT and SIGTERM stop "
    "with\n"
    "exit code 75, and the same command goes on where it was stopped or killed.\n"
    "\n"
    "  --encoder NAME        clip (clip.weights=FILE clip.vocab=FILE), table "
    "(text_table=FILE) or\n"
    "                        hash (model.text_width=N); short for text_encoder=NAME; default "
    "hash\n"
    "  --tags FILE           one tag a line; default: the tags of --descriptions, in their "
    "order\n"
    "  --descriptions FILE   [{\"TAG\": [\"text\", ...]}, ...]; default \"a photo of a "
    "TAG.\"\n"
    "  -o, --out OUT         .h5 or .safetensors                                  (required)\n"
    "  -c, --config FILE     options in YAML, such as those of the run\n"
    "  -h, --help            this text\n"
    "\n"
    "example: ramplus embed --encoder hash --descriptions synth/unseen/descriptions.json -o "
    "new.h5\n";

typedef struct Options {
    const char *encoder, *tags, *descriptions, *out;
} Options;

static int check(Options *o, const Cli *cli, Error *err)
{
    if (cli->arguments)
        return error_set(err, ERROR_USAGE, "embed: %s: unexpected argument", cli->argument[0]);
    if (!o->out || (!o->tags && !o->descriptions))
        return error_set(err, ERROR_USAGE, "embed: %s is missing; see ramplus embed --help",
                         o->out ? "--tags" : "-o");
    if (o->tags && !o->descriptions && strings_end_in(o->tags, ".json")) {
        o->descriptions = o->tags;
        o->tags = NULL;
    }
    return 0;
}

static int load(const Options *o, const Cli *cli, Config *out, Error *err)
{
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, out, err) != 0)
        return -1;
    if (!o->encoder) return 0;
    char *setting = mem_format("text_encoder=%s", o->encoder);
    const int status = option_set(config_table(), out, setting, err);
    mem_free(setting);
    if (status != 0) config_free(out);
    return status;
}

/* Vectors of a table or of CLIP have the width they have: the training configuration follows. */
static int open_encoder(const Config *c, TextEncoder **out, Error *err)
{
    TextEncoderConfig config = config_text_encoder(c);
    if (c->text.encoder != TEXT_HASH) config.dim = 0;
    return text_encoder_new(&config, out, err);
}

static int read_texts(const Options *o, TagList *tags, Descriptions *texts, Error *err)
{
    const int status = o->tags ? tags_read(o->tags, tags, err)
                               : descriptions_read_tags(o->descriptions, tags, err);
    if (status != 0) return -1;
    if (label_texts_read(tags, o->descriptions ? o->descriptions : "", texts, err) == 0)
        return 0;
    tags_free(tags);
    return -1;
}

static void say_done(const char *out, const TextEncoder *e, int64_t tags, const EmbedResult *r,
                     int64_t text_width)
{
    const int64_t encoded = r->texts - r->resumed;
    log_info("%s: %lld tags, %lld texts, width %lld, encoder %s %.8s; %.1f texts/s; %.1f MB",
             out, (long long)tags, (long long)r->texts, (long long)text_encoder_dim(e),
             text_encoder_name(e), text_encoder_fingerprint(e),
             r->seconds > 0 ? (double)encoded / r->seconds : 0, (double)file_bytes(out) / 1e6);
    if (text_encoder_dim(e) != text_width)
        log_info("a model that uses it has model.text_width=%lld",
                 (long long)text_encoder_dim(e));
}

static int embed(const Options *o, const Config *c, Error *err)
{
    TextEncoder *encoder = NULL;
    TagList tags = {0};
    Descriptions texts = {0};
    EmbedResult result;
    config_arithmetic(c);
    int status = read_texts(o, &tags, &texts, err);
    if (status == 0) status = open_encoder(c, &encoder, err);
    if (status == 0) status = embed_write(o->out, encoder, &tags, &texts, &result, err);
    if (status == 0) say_done(o->out, encoder, tags.count, &result, c->model.text_width);
    text_encoder_free(encoder);
    if (tags.name) {
        descriptions_free(&texts);
        tags_free(&tags);
    }
    return status;
}

int cmd_embed(int argc, char **argv)
{
    Options o = {0};
    const CliOption table[] = {
        {"encoder", 0, &o.encoder, NULL},
        {"tags", 0, &o.tags, NULL},
        {"descriptions", 0, &o.descriptions, NULL},
        {"out", 'o', &o.out, NULL},
    };
    Error err = {0};
    Cli cli;
    Config config;
    if (cli_parse(argc, argv, table, sizeof table / sizeof table[0], &cli, &err) != 0)
        return cli_fail(&err);
    if (cli.help) {
        fputs(help, stdout);
        cli_free(&cli);
        return EXIT_OK;
    }
    int status = check(&o, &cli, &err);
    if (status == 0) status = load(&o, &cli, &config, &err);
    if (status == 0) {
        stop_block();
        status = embed(&o, &config, &err);
        config_free(&config);
    }
    cli_free(&cli);
    if (status < 0) return cli_fail(&err);
    return status == 0 ? EXIT_OK : ERROR_STOPPED;
}
