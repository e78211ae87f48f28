/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare stamps: reads the stamps of Tux Paint. */
#include "core/io/file.h"
#include "core/math/gemm.h"
#include "data/collections/stamps.h"
#include "data/folder/counts.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    StampsConfig config;
    int64_t threads;
    bool json;
} Options;

#define OPTION(field) offsetof(Options, field)

static const CliOption options[] = {
    {"from", 0, "DIR", OPTION_STRING, OPTION(config.from), "/usr/share/tuxpaint/stamps",
     .help = "the tree of stamps"},
    {"size", 0, "N", OPTION_INT, OPTION(config.size), "128", 16, 4096, .unit = "pixels",
     .help = "longest side of the images written"},
    {"min-images-per-tag", 0, "N", OPTION_INT, OPTION(config.min_images), "10", 1, 1000000,
     .unit = "images", .help = "images that a tag of the vocabulary needs"},
    {"seen", 0, "FILE", OPTION_STRING, OPTION(config.seen),
     .help = "tag list of another training: its tags are seen, the others unseen, and all "
             "images are for the test"},
    {"threads", 0, "N", OPTION_INT, OPTION(threads), "0", 0, 1024,
     .help =
         "threads; 0: one per processor that affinity, cgroup quota and OMP_NUM_THREADS grant"},
    {"json", .offset = OPTION(json), .help = "print the counts as one JSON document on stdout"},
};

#define AT(field) offsetof(StampsReport, field)
static const CountRow rows[] = {
    {"drawings", "stamps drawn as SVG alone, which is not read", AT(drawings), false},
    {"images", "images in PNG files", AT(tree.images), false},
    {"left_out", "dropped: alphabets and money", AT(tree.left_out), false},
    {"bad_text", "dropped: text not readable, UTF-8 or printable", AT(tree.bad_words), false},
    {"untold", "dropped: no sentence", AT(tree.no_words), false},
    {"bad_png", "dropped: PNG does not decode", AT(tree.bad_png), false},
    {"duplicates", "dropped: same pixels as an earlier image", AT(tree.duplicates), false},
    {"kept", "kept", AT(tree.tagged), false},
};

static int run(const Cli *cli, void *filled, Error *err)
{
    const Options *o = filled;
    StampsReport report;
    gemm_set_threads((int)o->threads);
    if (file_need_dir(o->config.from, ": apt-get install tuxpaint-stamps-default", err) != 0 ||
        stamps_prepare(cli->argument[0], &o->config, &report, err) != 0)
        return -1;
    counts_print(rows, sizeof rows / sizeof *rows, &report, &report.set, o->json);
    return EXIT_OK;
}

const CliCommand prepare_stamps = {
    .name = "prepare stamps",
    .summary = "read the stamps of Tux Paint",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads the photographs and drawings of Debian's tuxpaint-stamps-default (GPL 2) and "
        "writes them as the data folder OUT: the English sentence of each as caption, its "
        "folders as tags, in the singular. Alphabets, money and stamps without a sentence are "
        "left out. Every fifth tag is unseen, and a fixed fifth of the images is for the test; "
        "with --seen, OUT is for the evaluation of a model that was trained on other data. "
        "Images are composited over white and scaled down. An existing data folder in OUT is "
        "overwritten.",
    .option = options,
    .options = sizeof options / sizeof *options,
    .example = "apt-get install tuxpaint-stamps-default\n"
               "ramplus prepare stamps data/stamps --seen data/openclipart/train_tags.txt",
    .size = sizeof(Options),
    .run = run,
};
