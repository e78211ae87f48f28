/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare voc: a data folder from the image sets of Pascal VOC. */
#include "data/benchmarks/voc.h"
#include "data/folder/count_rows.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    VocConfig config;
    bool strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"devkit", 0, "DIR", OPTION_STRING, AT(config.devkit), .required = true, .last_wins = true,
     .help = "the folder of a year, with ImageSets/ and JPEGImages/ (VOCdevkit/VOC2007)"},
    {"test", 0, "NAME", OPTION_STRING, AT(config.test), "test", .last_wins = true,
     .help = "the image set that is evaluated; VOC2012 has labels of val alone"},
    {"train", 0, "NAME", OPTION_STRING, AT(config.train), .last_wins = true,
     .help = "an image set that trains, trainval or train; without it, none"},
    {"difficult", 0, "NAME", OPTION_CHOICE, AT(config.difficult), "negative",
     .choices = "negative|positive|unknown", .last_wins = true,
     .help =
         "what a class counts as of which an image has difficult objects only; unknown: left "
         "out, as VOC does"},
    {"words", .offset = AT(config.words),
     .help = "write diningtable, pottedplant and tvmonitor as two words"},
    {"strict", .offset = AT(strict), .help = "exit with 3 when any line is bad"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

#define COUNT(field) offsetof(VocCounts, field)

static const CountRow counts[] = {
    {"images", "images", COUNT(images), false},
    {"classes", "classes", COUNT(classes), false},
    {"bad_lines", "bad lines and missing labels", COUNT(bad), false},
    {"test_images", "images of test/", COUNT(test.images), false},
    {"test_labels", "labels of test/", COUNT(test.labels), false},
    {"test_untagged", "images of test/ without a label", COUNT(test.untagged), false},
    {"difficult", "difficult ones, -1 in test/truth.csv", COUNT(difficult), false},
    {"train_images", "training images", COUNT(train.images), true},
    {"train_labels", "labels of the training images", COUNT(train.labels), true},
};

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    VocCounts report;
    if (voc_prepare(cli->argument[0], &o->config, &report, err) != 0) return -1;
    const CountReport printed = {&report, counts, sizeof counts / sizeof *counts};
    count_rows_print(&printed, 1, o->json);
    if (o->strict && report.bad)
        return error_set(err, ERROR_DATA, "%s: %ld lines are bad: see %s/bad.txt",
                         cli->command->name, report.bad, cli->argument[0]);
    return EXIT_OK;
}

const CliCommand prepare_voc = {
    .name = "prepare voc",
    .summary = "read the image sets of Pascal VOC",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads ImageSets/Main of a VOC development kit, the list of images of a split and the "
        "labels of each class, and writes the evaluation set OUT/test/, with --train also "
        "OUT/train.json and train_tags.txt, and OUT/dataset.yaml, the settings of a run. Bad "
        "lines are listed in OUT/bad.txt and left out.\n\n"
        "VOC leaves classes out of the AP of an image that has only difficult objects of them. "
        "They count as --difficult says; unknown writes OUT/test/unknown.txt, which evaluation "
        "leaves out, and unknown_label_id, which training does. OUT/test/truth.csv has 1, 0 "
        "and, "
        "for them, -1.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare voc voc2007 --devkit VOCdevkit/VOC2007 --train trainval",
    .size = sizeof(Options),
    .run = run,
};
