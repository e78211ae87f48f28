/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare coco: a data folder from COCO's JSON files. */
#include "data/benchmarks/coco.h"
#include "data/prepare/own_options.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    CocoConfig config;
    OwnOptions own;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"instances", 0, "FILE", OPTION_STRING, AT(config.instances), .last_wins = true,
     .help = "images, categories and annotations (instances_train2017.json)"},
    {"captions", 0, "FILE", OPTION_STRING, AT(config.captions), .last_wins = true,
     .help = "captions of these images (captions_train2017.json)"},
    {"images", 0, "DIR", OPTION_STRING, AT(own.rules.images), .last_wins = true,
     .help = "folder of these images, which must exist; without it, they are not looked for"},
    {"test-instances", 0, "FILE", OPTION_STRING, AT(config.test_instances), .last_wins = true,
     .help = "the same for evaluation alone (instances_val2017.json)"},
    {"test-images", 0, "DIR", OPTION_STRING, AT(own.rules.test_images), .last_wins = true,
     .help = "folder of the images for evaluation"},
    {"split", 0, "NAME", OPTION_CHOICE, AT(config.split), "none",
     .choices = "none|zero-shot|generalized", .last_wins = true,
     .help = "COCO's 48 seen and 17 unseen classes: evaluation sets seen/ and unseen/, and, "
             "generalized, all/"},
    OWN_OPTIONS(AT),
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
    OwnRules *r = &o->own.rules;
    CocoCounts report;
    if (!c->instances && !c->test_instances)
        return cli_refuse(cli, err, "neither --instances nor --test-instances");
    if (!c->instances && (c->captions || r->images || cli_given(cli, "test")))
        return cli_refuse(cli, err, "--captions, --images and --test need --instances");
    if (!c->test_instances && r->test_images)
        return cli_refuse(cli, err, "--test-images needs --test-instances");
    if (c->test_instances && cli_given(cli, "test") && r->test > 0)
        return cli_refuse(cli, err, "--test and --test-instances: choose one");
    if (c->split != COCO_SPLIT_NONE && (r->least > 1 || r->tags))
        return cli_refuse(cli, err, "--split and --least or --tags: choose one");
    if (c->test_instances) r->test = 0;
    if (!cli_given(cli, "least")) r->least = 0; /* a benchmark has all of its categories */
    c->rules = *r;
    if (coco_prepare(cli->argument[0], c, &report, err) != 0) return -1;
    const CountReport read = {&report, counts, sizeof counts / sizeof *counts};
    return own_options_report(cli, &o->own, read, report.read.bad, &report.own, err);
}

const CliCommand prepare_coco = {
    .name = "prepare coco",
    .summary = "read COCO's JSON files",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads files in COCO's form (instances_*.json, captions_*.json), one record at a time, "
        "and writes the data folder OUT, which data.root=OUT trains on. An image has the tags "
        "of all its "
        "annotations. Bad records are listed in OUT/bad.txt and left out; a file that is not "
        "JSON is refused.\n\n"
        "Annotations of crowds count like others: they say that the class is there. An image "
        "without annotations has no tag, in training and in evaluation (unless --labeled-only "
        "is given). A category without images remains in the tag "
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
