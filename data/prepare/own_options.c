/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a command that has read a set. */
#include "data/prepare/own_options.h"

#include "core/log.h"

enum { MANY = 20000 }; /* images; fewer train a small model better than the default one */

#define COUNT(field) offsetof(OwnCounts, field)

static const CountRow rows[] = {
    {"rare_categories", "tags left out", COUNT(rare), true},
    {"train_images", "training images", COUNT(train.images), true},
    {"train_tags", "training tags", COUNT(train.tags), true},
    {"train_labels", "labels of the training images", COUNT(train.labels), true},
    {"train_captions", "captions of the training images", COUNT(train.captions), true},
    {"train_untagged", "training images without a tag", COUNT(train.untagged), true},
    {"train_untold", "of them with unknown tags, which train on captions alone",
     COUNT(train.untold), true},
    {"train_unknown", "unknown labels of the training images", COUNT(train.unknowns), true},
    {"train_unused", "training tags on no image", COUNT(train.unused), true},
    {"train_useless", "training images left out: neither a tag nor a caption", COUNT(useless),
     true},
    {"test_untold", "images to evaluate left out: their tags are not known", COUNT(untold),
     true},
    {"test_images", "images of test/", COUNT(test.images), true},
    {"test_labels", "labels of test/", COUNT(test.labels), true},
    {"test_unknown", "unknown labels of test/", COUNT(test.unknowns), true},
    {"test_untagged", "images of test/ without a label", COUNT(test.untagged), true},
    {"test_unused", "tags of test/ on no image", COUNT(test.unused), true},
};

int own_options_report(const Cli *cli, const OwnOptions *o, CountReport read, int64_t bad,
                       const OwnCounts *counts, Error *err)
{
    const char *out = cli->argument[0];
    const CountReport both[] = {read, {counts, rows, sizeof rows / sizeof *rows}};
    count_rows_print(both, 2, o->json);
    if (counts->train.images)
        log_info("to train on it: ramplus train%s data.root=%s run=RUN",
                 counts->train.images < MANY ? " -c configs/small.yaml" : "", out);
    if (!o->strict || bad == 0) return EXIT_OK;
    return error_set(err, ERROR_DATA, "%s: %ld records are bad: see %s/bad.txt",
                     cli->command->name, bad, out);
}
