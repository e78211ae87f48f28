/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare pack: a training set as shards. */
#include "core/log.h"
#include "data/folder/count_rows.h"
#include "data/prepare/pack.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    PackConfig config;
    char *root, *tags;
    bool strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"root", 0, "DIR", OPTION_STRING, AT(root), .last_wins = true,
     .help = "folder that image paths are relative to; without it, that of dataset.yaml, else "
             "the one of train.json"},
    {"tags", 0, "FILE", OPTION_STRING, AT(tags), .last_wins = true,
     .help = "the tag list that union_label_id refers to; without it, train_tags.txt beside "
             "train.json"},
    {"per-shard", 0, "N", OPTION_INT, AT(config.per_shard), "10000", 0, 1e9, .unit = "samples",
     .last_wins = true, .help = "samples of a shard at most; 0: any number"},
    {"shard-size", 0, "N", OPTION_INT, AT(config.megabytes), "1000", 0, 1e6, .unit = "MB",
     .last_wins = true, .help = "size of a shard at most; 0: any"},
    {"order", 0, "NAME", OPTION_CHOICE, AT(config.order), "shuffled",
     .choices = "shuffled|given", .last_wins = true,
     .help = "which samples lie together: any, or those that follow one another in train.json"},
    {"seed", 0, "N", OPTION_INT, AT(config.seed), "0", 0, 1e15, .last_wins = true,
     .help = "of the shuffled order"},
    {"absolute", .offset = AT(config.absolute),
     .help = "image paths may be absolute, and links may lead out of the root"},
    {"max-memory", 0, "N", OPTION_INT, AT(config.rules.max_memory), "512", 1, 1e6,
     .unit = "MiB", .last_wins = true, .help = "largest file of an image"},
    {"strict", .offset = AT(strict), .help = "exit with 3 when any record is bad"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

#define COUNT(field) offsetof(PackReport, field)

static const CountRow counts[] = {
    {"records", "records", COUNT(records), false},
    {"samples", "samples", COUNT(samples), false},
    {"captions", "captions", COUNT(captions), false},
    {"labels", "labels", COUNT(labels), false},
    {"bad_records", "bad records, left out", COUNT(bad_records), false},
    {"bad_pictures", "records left out for their image", COUNT(bad_images), false},
    {"shards", "shards", COUNT(shards), false},
    {"bytes", "bytes of the members", COUNT(bytes), false},
};

/* The exit code for records that are wrong. */
static int judge(const Options *o, const PackReport *r, const Cli *cli, Error *err)
{
    const char *command = cli->command->name, *out = cli->argument[0];
    const int64_t bad = r->bad_records + r->bad_images;
    if (r->lost)
        return error_set(err, ERROR_DATA, "%s: %s could not be read to its end: see %s/bad.txt",
                         command, cli->argument[1], out);
    if (!o->strict || bad == 0) return EXIT_OK;
    return error_set(err, ERROR_DATA, "%s: %ld of %ld records are bad: see %s/bad.txt", command,
                     bad, r->records, out);
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    const char *out = cli->argument[0];
    PackSource source;
    PackReport report;
    if (pack_source_open(cli->argument[1], o->root, o->tags, &source, err) != 0) return -1;
    const int status = pack_prepare(out, &source, &o->config, &report, err);
    pack_source_free(&source);
    if (status != 0) return -1;
    const CountReport printed = {&report, counts, sizeof counts / sizeof *counts};
    count_rows_print(&printed, 1, o->json);
    log_info("to train on it: ramplus train data.root=%s run=RUN", out);
    return judge(o, &report, cli, err);
}

const CliCommand prepare_pack = {
    .name = "prepare pack",
    .summary = "write a training set as shards (tar files)",
    .arguments = "OUT DATA",
    .min_arguments = 2,
    .max_arguments = 2,
    .prose =
        "Packs the images of DATA, a data folder or a file of triplets, into OUT/00000.tar, "
        "OUT/00001.tar, ... as WebDataset has them, and writes OUT/train.json, which "
        "data.root=OUT trains on. A sample is KEY.jpg (the file as it is; or png, webp, gif, "
        "bmp), KEY.txt with its first caption, and KEY.json with its origin, captions and "
        "tags. "
        "Images may themselves lie in shards. Records that are bad, and those whose image "
        "cannot "
        "be read, are listed in OUT/bad.txt and left out; images are not decoded.\n\n"
        "train.json keeps the order of its source, so that a run with loader.window=0 has the "
        "same bits as one on loose files. An interrupted pack has no train.json, and is begun "
        "again by the same command. Images for evaluation stay where they are.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare pack packed data/synth --per-shard 1000",
    .size = sizeof(Options),
    .run = run,
};
