/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare openclipart: reads Debian's clip-art collection. */
#include "core/io/file.h"
#include "core/math/gemm.h"
#include "data/collections/openclipart.h"
#include "data/folder/counts.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    OpenclipartConfig config;
    int64_t threads;
    bool json;
} Options;

#define OPTION(field) offsetof(Options, field)

static const CliOption options[] = {
    {"png", 0, "DIR", OPTION_STRING, OPTION(config.png), "/usr/share/openclipart/png",
     .help = "the PNG tree"},
    {"svg", 0, "DIR", OPTION_STRING, OPTION(config.svg), "/usr/share/openclipart/svg",
     .help = "the SVG tree"},
    {"size", 0, "N", OPTION_INT, OPTION(config.size), "128", 16, 4096, .unit = "pixels",
     .help = "longest side of the images written"},
    {"min-images-per-tag", 0, "N", OPTION_INT, OPTION(config.least), "15", 1, 1000000,
     .formerly = "least", .unit = "images",
     .help = "images that a tag of the vocabulary needs"},
    {"threads", 0, "N", OPTION_INT, OPTION(threads), "0", 0, 1024,
     .help =
         "threads; 0: one per processor that affinity, cgroup quota and OMP_NUM_THREADS grant"},
    {"json", .offset = OPTION(json), .help = "print the counts as one JSON document on stdout"},
};

#define AT(field) offsetof(OpenclipartReport, tree.field)
static const CountRow rows[] = {
    {"pictures", "images in the PNG tree", AT(images), false},
    {"bad_svg", "dropped: SVG missing, not well-formed or without RDF", AT(bad_words), false},
    {"untagged", "dropped: no tag", AT(no_words), false},
    {"bad_png", "dropped: PNG does not decode", AT(bad_png), false},
    {"duplicates", "dropped: same pixels as an earlier image", AT(duplicates), false},
    {"kept", "kept", AT(kept), false},
    {"tagged", "of them with a tag that says what they show", AT(tagged), false},
};

static int check_trees(const OpenclipartConfig *c, Error *err)
{
    if (file_need_dir(c->png, ": install openclipart-png", err) != 0) return -1;
    return file_need_dir(c->svg, ": install openclipart-svg", err);
}

static int run(const Cli *cli, void *filled, Error *err)
{
    const Options *o = filled;
    OpenclipartReport report;
    gemm_set_threads((int)o->threads);
    if (check_trees(&o->config, err) != 0) return -1;
    if (openclipart_prepare(cli->argument[0], &o->config, &report, err) != 0) return -1;
    counts_print(rows, sizeof rows / sizeof *rows, &report, &report.set, o->json);
    return EXIT_OK;
}

const CliCommand prepare_openclipart = {
    .name = "prepare openclipart",
    .summary = "read Debian's clip-art collection",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose = "Reads the clip art of Debian's openclipart-png and openclipart-svg (public "
             "domain), drops "
             "duplicates and images without usable tags, and writes the rest as the data "
             "folder OUT: "
             "the title and, where there is one, the title with the description as captions, "
             "tags of at least 15 images as vocabulary, "
             "every fifth "
             "of them unseen, a fixed fifth of the images for the test. Images are composited "
             "over white "
             "and scaled down. An existing data folder in OUT is overwritten.",
    .option = options,
    .options = sizeof options / sizeof *options,
    .notes = "The largest images need 0.7 GB each while they are read, one per thread.",
    .example = "apt install openclipart-png openclipart-svg\n"
               "ramplus prepare openclipart data/openclipart",
    .size = sizeof(Options),
    .run = run,
};
