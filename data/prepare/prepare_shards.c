/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare shards: a data folder from shards of WebDataset and img2dataset. */
#include "data/prepare/own_options.h"
#include "data/prepare/prepare.h"
#include "data/prepare/shard_samples.h"

typedef struct Options {
    OwnOptions own;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {OWN_OPTIONS(AT)};

#define COUNT(field) offsetof(ShardCounts, field)

static const CountRow counts[] = {
    {"shards", "shards", COUNT(shards), false},
    {"samples", "samples", COUNT(samples), false},
    {"captions", "captions", COUNT(captions), false},
    {"other_members", "members of other kinds", COUNT(others), true},
    {"bad_records", "bad samples, members and shards, left out", COUNT(bad), false},
};

static int read_shards(const ShardList *list, OwnOptions *own, const char *out,
                       ShardCounts *report, OwnCounts *counts_of_set, Error *err)
{
    OwnSet set;
    own->rules.images = list->root;
    int status = own_set_begin(out, &own->rules, &set, err);
    if (status == 0) status = shard_samples_read(list, &set, report, err);
    if (status == 0) status = own_set_write(&set, counts_of_set, err);
    return own_set_end(&set, status, err);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    ShardList list;
    ShardCounts report = {0};
    OwnCounts set;
    if (shard_list_open(cli->argument + 1, cli->arguments - 1, &list, err) != 0) return -1;
    int status = read_shards(&list, &o->own, cli->argument[0], &report, &set, err);
    shard_list_free(&list);
    if (status != 0) return status;
    const CountReport read = {&report, counts, sizeof counts / sizeof *counts};
    return own_options_report(cli, &o->own, read, report.bad, &set, err);
}

const CliCommand prepare_shards = {
    .name = "prepare shards",
    .summary = "read shards: tar files of WebDataset and img2dataset",
    .arguments = "OUT SHARD.tar...",
    .min_arguments = 2,
    .prose =
        "Reads tar files, or all *.tar of a folder, and writes the data folder OUT, which "
        "data.root=OUT trains on. The images stay in the shards. A sample is made of the "
        "members with "
        "one key, the name up to the first dot: an image (jpg, jpeg, png, webp, gif, bmp), "
        "KEY.txt with a caption, KEY.json with \"caption\" and \"tags\", \"keywords\" or "
        "\"labels\" (lists of texts, or texts with commas), KEY.tags or KEY.tags.txt with tags "
        "separated by commas. Without tags, a sample trains on its captions alone.\n\n"
        "Samples without an image, with JSON that is none or with a status of img2dataset "
        "other "
        "than success are left out and listed in OUT/bad.txt, as are members of a key that has "
        "one already, and shards that are torn or missing.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare shards mine shards/*.tar --least 10",
    .size = sizeof(Options),
    .run = run,
};
