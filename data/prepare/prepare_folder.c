/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare folder: a data folder from a tree of images. */
#include "data/folder/folder_tree.h"
#include "data/prepare/own_options.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    FolderTreeConfig config;
    int underscores;
    OwnOptions own;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"form", 0, "NAME", OPTION_CHOICE, AT(config.form), "auto",
     .choices = "auto|sidecar|repeats|class", .last_wins = true,
     .help = "where the words are: beside the images, in N_TAG folders, or in folders"},
    {"sidecar", 0, "KIND", OPTION_CHOICE, AT(config.sidecar), "tags", .choices = "tags|caption",
     .last_wins = true,
     .help = "what .txt files hold; .caption files always hold captions, one per line"},
    {"underscores", 0, "HOW", OPTION_CHOICE, AT(underscores), "keep", .choices = "keep|blank",
     .last_wins = true,
     .help = "in tags; as blanks, they stay in tags of at most three characters"},
    {"nested", 0, "WHICH", OPTION_CHOICE, AT(config.nested), "first",
     .choices = "first|last|each", .last_wins = true,
     .help = "with --form class, which of the folders above an image are its tags"},
    {"no-splits", .offset = AT(config.no_splits),
     .help = "folders train, val and test are folders as others"},
    OWN_OPTIONS(AT),
};

#define COUNT(field) offsetof(FolderTreeCounts, field)

static const CountRow counts[] = {
    {"images", "image files", COUNT(images), false},
    {"texts", "text files", COUNT(texts), true},
    {"blank_texts", "of them without a tag: these images have none", COUNT(blank), true},
    {"unused_texts", "of them beside no image", COUNT(unused), true},
    {"other_files", "other files, left out", COUNT(others), true},
    {"bad_records", "problems, listed in bad.txt", COUNT(bad), false},
};

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    FolderTreeCounts report;
    o->own.rules.images = cli->argument[1];
    o->config.underscores = o->underscores != 0;
    o->config.rules = o->own.rules;
    if (folder_tree_prepare(cli->argument[0], &o->config, &report, err) != 0) return -1;
    const CountReport read = {&report, counts, sizeof counts / sizeof *counts};
    return own_options_report(cli, &o->own, read, report.bad, &report.own, err);
}

const CliCommand prepare_folder = {
    .name = "prepare folder",
    .summary = "read a tree of images, with words beside them or as folders",
    .arguments = "OUT DIR",
    .min_arguments = 2,
    .max_arguments = 2,
    .prose =
        "Reads the tree DIR and writes the data folder OUT, which data.root=OUT trains on; the "
        "images stay where they are. One of three forms is found and logged, in this order:\n\n"
        "sidecar: text files beside the images, a.txt or a.jpg.txt of a.jpg, with tags "
        "between commas or on lines of their own, as taggers write them (`\\(` is a "
        "parenthesis). --sidecar caption reads them as captions, one per line; a.caption "
        "holds captions in any case. A file without a word says that the image has no tag.\n\n"
        "repeats: all images lie in folders N_TAG, as Kohya's trainer has them. The number of "
        "repeats is not used: each image is one record.\n\n"
        "class: the tag is the name of the first folder, as in torchvision's ImageFolder; see "
        "--nested.\n\n"
        "If all images lie in folders train, val, test and the like at the top, these say "
        "which images are evaluated. Hidden files are left out. What is no image, has no "
        "words, cannot be read or leads out of the tree is listed in OUT/bad.txt.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare folder data photos --underscores blank --least 10",
    .size = sizeof(Options),
    .run = run,
};
