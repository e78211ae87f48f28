/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare synth: draws the built-in data set. */
#include "core/json/json.h"
#include "core/math/gemm.h"
#include "data/prepare/prepare.h"
#include "data/synth/synth.h"
#include "data/synth/synth_scene.h"

#include <math.h>

typedef struct Options {
    SynthConfig config;
    int64_t seed, threads;
    bool json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"train", 0, "N", OPTION_INT, AT(config.train), "8000", 1, 10000000,
     .help = "number of training images"},
    {"test", 0, "N", OPTION_INT, AT(config.test), "1000", 1, 10000000,
     .help = "number of test images"},
    {"size", 0, "N", OPTION_INT, AT(config.size), "64", 16, 1024, .unit = "pixels",
     .help = "side of the images"},
    {"objects", 0, "N", OPTION_INT, AT(config.objects), "4", 1, SYNTH_OBJECTS,
     .help = "largest number of shapes in an image"},
    {"missing", 0, "X", OPTION_FLOAT, AT(config.missing), "0.4", 0, 1,
     .help = "share of the true training tags that is left out"},
    {"seed", 0, "N", OPTION_INT, AT(seed), "1", 0, HUGE_VAL,
     .help = "seed of every random stream"},
    {"threads", 0, "N", OPTION_INT, AT(threads), "0", 0, 1024,
     .help =
         "threads; 0: one per processor that affinity, cgroup quota and OMP_NUM_THREADS grant"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

static void print_json(const SynthConfig *c, const SynthReport *r)
{
    const JsonCount count[] = {{"train", c->train},
                               {"test", c->test},
                               {"seen_tags", SYNTH_SEEN},
                               {"unseen_tags", SYNTH_UNSEEN},
                               {"true_training_tags", r->true_tags},
                               {"left_out", r->left_out},
                               {"unseen_in_training", r->unseen},
                               {"test_seen", r->test_seen},
                               {"test_unseen", r->test_unseen}};
    json_t *report = json_object();
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_print(report);
}

static void print_table(const SynthConfig *c, const SynthReport *r)
{
    printf("%10ld  training images\n", c->train);
    printf("%10ld  test images\n", c->test);
    printf("%10d  seen tags (%d colors, %d shapes, %d pairs)\n", SYNTH_SEEN, SYNTH_COLORS,
           SYNTH_SHAPES, SYNTH_PAIRS - SYNTH_UNSEEN);
    printf("%10d  unseen tags (pairs)\n", SYNTH_UNSEEN);
    printf("%10ld  true seen tags of the training images\n", r->true_tags);
    printf("%10ld  of them left out (%.1f%%)\n", r->left_out,
           100.0 * (double)r->left_out / (double)r->true_tags);
    printf("%10ld  unseen pairs in training images, never named\n", r->unseen);
    printf("%10ld  seen tags of the test images\n", r->test_seen);
    printf("%10ld  unseen tags of the test images\n", r->test_unseen);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    SynthReport report;
    o->config.seed = (uint64_t)o->seed;
    gemm_set_threads((int)o->threads);
    if (synth_prepare(cli->argument[0], &o->config, &report, err) != 0) return -1;
    (o->json ? print_json : print_table)(&o->config, &report);
    return EXIT_OK;
}

_Static_assert(SYNTH_OBJECTS == 4, "the default of --objects");

const CliCommand prepare_synth = {
    .name = "prepare synth",
    .summary = "draw images of colored shapes",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Draws images of 1 to 4 shapes (8 shapes, 8 colors, plain, striped or dotted) with two "
        "captions each, and writes them as the data folder OUT. Tags name colors, shapes, and "
        "color "
        "+ shape. 13 of the 64 pairs are the unseen tags: they occur in the images, but no "
        "training "
        "tag and no training caption names them. A share of the true training tags is left "
        "out, as "
        "in data from the web; evaluation annotations are complete. The same seed gives the "
        "same "
        "bytes. An existing data folder in OUT is overwritten.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare synth data/synth --missing 0.6",
    .size = sizeof(Options),
    .run = run,
};
