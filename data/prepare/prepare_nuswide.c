/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare nuswide: the zero-shot division of NUS-WIDE. */
#include "data/benchmarks/nuswide.h"
#include "data/folder/count_rows.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    NuswideConfig config;
    bool strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"root", 0, "DIR", OPTION_STRING, AT(config.root), .required = true, .last_wins = true,
     .help = "folder with ImageList/, ConceptsList/, NUS_WID_Tags/ and Groundtruth/"},
    {"images", 0, "DIR", OPTION_STRING, AT(config.images), .last_wins = true,
     .help = "folder of the images (Flickr/); those that are not there are left out; without "
             "it, they are not looked for"},
    {"keep-unlabeled", .offset = AT(config.keep_unlabeled),
     .help = "evaluate also test images without any tag of the set"},
    {"strict", .offset = AT(strict), .help = "exit with 3 when any line is bad"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

#define COUNT(field) offsetof(NuswideCounts, field)

static const CountRow counts[] = {
    {"train_list", "images of the training list", COUNT(train_list), false},
    {"test_list", "images of the test list", COUNT(test_list), false},
    {"bad_lines", "bad lines and missing images", COUNT(bad), false},
    {"train_images", "training images, with a seen tag", COUNT(train.images), false},
    {"seen_tags", "seen tags", COUNT(seen.tags), false},
    {"unseen_tags", "unseen tags, the concepts", COUNT(unseen.tags), false},
    {"train_labels", "labels of the training images", COUNT(train.labels), false},
    {"seen_images", "images of seen/", COUNT(seen.images), false},
    {"seen_labels", "labels of seen/", COUNT(seen.labels), false},
    {"unseen_images", "images of unseen/ (zero-shot)", COUNT(unseen.images), false},
    {"unseen_labels", "labels of unseen/", COUNT(unseen.labels), false},
    {"all_images", "images of all/ (generalized)", COUNT(all.images), false},
    {"all_labels", "labels of all/", COUNT(all.labels), false},
};

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    NuswideCounts report;
    if (nuswide_prepare(cli->argument[0], &o->config, &report, err) != 0) return -1;
    const CountReport printed = {&report, counts, sizeof counts / sizeof *counts};
    count_rows_print(&printed, 1, o->json);
    if (o->strict && report.bad)
        return error_set(err, ERROR_DATA, "%s: %ld lines are bad: see %s/bad.txt",
                         cli->command->name, report.bad, cli->argument[0]);
    return EXIT_OK;
}

const CliCommand prepare_nuswide = {
    .name = "prepare nuswide",
    .summary = "read NUS-WIDE with 925 seen and 81 unseen tags",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads the lists and labels of NUS-WIDE and writes its zero-shot division: the 81 "
        "concepts, which people labeled, are unseen, and of the 1,000 most frequent tags of "
        "users, those that are no concept are seen. OUT/train.json has the images of the "
        "training list with a seen tag. The test images are evaluated in unseen/ (zero-shot), "
        "seen/ and all/ (generalized), each with the images that have one of its tags. Bad "
        "lines are listed in OUT/bad.txt and left out.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare nuswide nuswide --root NUS-WIDE --images NUS-WIDE/Flickr",
    .size = sizeof(Options),
    .run = run,
};
