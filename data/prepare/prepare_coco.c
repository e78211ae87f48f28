/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare coco: a data folder from COCO's JSON files. */
#include "core/log.h"
#include "data/benchmarks/coco.h"
#include "data/folder/count_rows.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    CocoConfig config;
    bool strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"instances", 0, "FILE", OPTION_STRING, AT(config.instances), .last_wins = true,
     .help = "images, categories and annotations (instances_train2017.json)"},
    {"captions", 0, "FILE", OPTION_STRING, AT(config.captions), .last_wins = true,
     .help = "captions of these images (captions_train2017.json)"},
    {"images", 0, "DIR", OPTION_STRING, AT(config.images), .last_wins = true,
     .help = "folder of these images, which must exist; without it, they are not looked for"},
    {"test-instances", 0, "FILE", OPTION_STRING, AT(config.test_instances), .last_wins = true,
     .help = "the same for evaluation alone (instances_val2017.json)"},
    {"test-images", 0, "DIR", OPTION_STRING, AT(config.test_images), .last_wins = true,
     .help = "folder of the images for evaluation"},
    {"test", 0, "X", OPTION_FLOAT, AT(config.test), NULL, 0, 1, .last_wins = true,
     .help = "share of the images of --instances that is evaluated and does not train; without "
             "it, 0.2, or 0 with --test-instances"},
    {"seed", 0, "N", OPTION_INT, AT(config.seed), "0", 0, 1e15, .last_wins = true,
     .help = "of the choice of this share, which depends on the seed and the names alone"},
    {"min-images-per-tag", 0, "N", OPTION_INT, AT(config.least), "0", 0, 1e9, .last_wins = true,
     .unit = "images", .help = "training images that a category needs to be a tag"},
    {"split", 0, "NAME", OPTION_CHOICE, AT(config.split), "none",
     .choices = "none|zero-shot|generalized", .last_wins = true,
     .help = "COCO's 48 seen and 17 unseen classes: evaluation sets seen/ and unseen/, and, "
             "generalized, all/"},
    {"labeled-only", .offset = AT(config.labeled_only),
     .help = "evaluate only images with at least one annotation"},
    {"strict", .offset = AT(strict), .help = "exit with 3 when any record is bad"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

#define COUNT(field) offsetof(CocoCounts, field)

static const CountRow counts[] = {
    {"images", "images", COUNT(read.images), false},
    {"categories", "categories", COUNT(read.categories), false},
    {"annotations", "annotations", COUNT(read.annotations), false},
    {"crowd", "of them with iscrowd, which count like others", COUNT(read.crowd), true},
    {"captions", "captions", COUNT(read.captions), false},
    {"bad_records", "bad records, left out", COUNT(read.bad), false},
    {"orphans", "annotations and captions of images left out", COUNT(read.orphan), true},
    {"rare_categories", "categories left out for too few images", COUNT(rare), true},
    {"train_images", "training images", COUNT(train.images), true},
    {"train_tags", "training tags", COUNT(train.tags), true},
    {"train_labels", "labels of the training images", COUNT(train.labels), true},
    {"train_captions", "captions of the training images", COUNT(train.captions), true},
    {"train_untagged", "training images without a tag", COUNT(train.untagged), true},
    {"train_unused", "training tags on no image", COUNT(train.unused), true},
    {"test_images", "images of test/", COUNT(test.images), true},
    {"test_labels", "labels of test/", COUNT(test.labels), true},
    {"test_untagged", "images of test/ without a label", COUNT(test.untagged), true},
    {"test_unused", "tags of test/ on no image", COUNT(test.unused), true},
    {"seen_images", "images of seen/", COUNT(seen.images), true},
    {"seen_labels", "labels of seen/", COUNT(seen.labels), true},
    {"unseen_images", "images of unseen/", COUNT(unseen.images), true},
    {"unseen_labels", "labels of unseen/", COUNT(unseen.labels), true},
    {"all_images", "images of all/", COUNT(all.images), true},
    {"all_labels", "labels of all/", COUNT(all.labels), true},
};

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    CocoConfig *c = &o->config;
    CocoCounts report;
    if (!c->instances && !c->test_instances)
        return cli_refuse(cli, err, "neither --instances nor --test-instances");
    if (!c->instances && (c->captions || c->images || cli_given(cli, "test")))
        return cli_refuse(cli, err, "--captions, --images and --test need --instances");
    if (!c->test_instances && c->test_images)
        return cli_refuse(cli, err, "--test-images needs --test-instances");
    if (c->test_instances && c->test > 0)
        return cli_refuse(cli, err, "--test and --test-instances: choose one");
    if (c->split != COCO_SPLIT_NONE && c->least > 1)
        return cli_refuse(cli, err, "--split and --min-images-per-tag: choose one");
    if (!cli_given(cli, "test")) c->test = c->test_instances ? 0 : 0.2;
    if (coco_prepare(cli->argument[0], c, &report, err) != 0) return -1;
    const CountReport printed = {&report, counts, sizeof counts / sizeof *counts};
    count_rows_print(&printed, 1, o->json);
    if (report.train.images)
        log_info("to train on it: ramplus train -c %s/dataset.yaml run=RUN", cli->argument[0]);
    if (o->strict && report.read.bad)
        return error_set(err, ERROR_DATA, "%s: %ld records are bad: see %s/bad.txt",
                         cli->command->name, report.read.bad, cli->argument[0]);
    return EXIT_OK;
}

const CliCommand prepare_coco = {
    .name = "prepare coco",
    .summary = "read COCO's JSON files",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads files in COCO's form (instances_*.json, captions_*.json), one record at a time, "
        "and writes the data folder OUT: train.json and train_tags.txt, the evaluation set "
        "test/, and dataset.yaml, the settings of a run. An image has the tags of all its "
        "annotations. Bad records are listed in OUT/bad.txt and left out; a file that is not "
        "JSON is refused.\n\n"
        "Annotations of crowds count like others: they say that the class is there. An image "
        "without annotations is evaluated as one that has no tag (unless --labeled-only is "
        "given) and trains if it has a caption. A category without images remains in the tag "
        "list; the reference's mAP counts it as 0.\n\n"
        "With --split, images with an unseen class do not train, the training has the seen "
        "classes, and the images with an unseen class are evaluated, as in Bansal et al. 2018. "
        "The other 15 classes are left out.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare coco coco --instances annotations/instances_train2017.json \\\n"
               "    --captions annotations/captions_train2017.json --images train2017 \\\n"
               "    --test-instances annotations/instances_val2017.json --test-images val2017",
    .size = sizeof(Options),
    .run = run,
};
