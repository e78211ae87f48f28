/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare synth: draws the built-in data set. */
#include "core/json.h"
#include "core/math/gemm.h"
#include "data/prepare/prepare.h"
#include "data/prepare/synth.h"
#include "data/prepare/synth_scene.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus prepare synth OUT [OPTIONS]\n"
    "\n"
    "Draws images of 1 to 4 shapes (8 shapes, 8 colors, plain, striped or dotted) with two\n"
    "captions each, and writes them as the data folder OUT. Tags name colors, shapes, and\n"
    "color + shape. 13 of the 64 pairs are the unseen list: they are in the images, but no\n"
    "training tag and no training caption names them. A share of the true training tags is\n"
    "left out, as in data from the web; evaluation annotations are complete. Same seed, same\n"
    "bytes. A data folder that is already in OUT is written over.\n"
    "\n"
    "  --train N       training images (default 8000)\n"
    "  --test N        test images (default 1000)\n"
    "  --size N        pixels a side, 16 to 1024 (default 64)\n"
    "  --objects N     most shapes in an image, 1 to 4 (default 4)\n"
    "  --missing X     share of the true training tags left out, 0 to 1 (default 0.4)\n"
    "  --seed N        of everything random (default 1)\n"
    "  --threads N     0: one per processor (default 0)\n"
    "  --json          the counts as one JSON document on stdout\n"
    "  -h, --help      this text\n"
    "\n"
    "example: ramplus prepare synth data/synth --missing 0.6\n";

typedef struct Options {
    const char *train, *test, *size, *objects, *missing, *seed, *threads;
    bool json;
} Options;

static int parse(const char *command, const Options *o, SynthConfig *c, Error *err)
{
    int64_t seed = 1, threads = 0;
    *c = (SynthConfig){
        .train = 8000, .test = 1000, .size = 64, .objects = SYNTH_OBJECTS, .missing = 0.4};
    if (prepare_int(command, "train", o->train, 1, 10000000, &c->train, err) != 0 ||
        prepare_int(command, "test", o->test, 1, 10000000, &c->test, err) != 0 ||
        prepare_int(command, "size", o->size, 16, 1024, &c->size, err) != 0 ||
        prepare_int(command, "objects", o->objects, 1, SYNTH_OBJECTS, &c->objects, err) != 0 ||
        prepare_number(command, "missing", o->missing, 0, 1, &c->missing, err) != 0 ||
        prepare_int(command, "seed", o->seed, 0, INT64_MAX, &seed, err) != 0 ||
        prepare_int(command, "threads", o->threads, 0, 1024, &threads, err) != 0)
        return -1;
    c->seed = (uint64_t)seed;
    gemm_set_threads((int)threads);
    return 0;
}

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
    printf("%10lld  training images\n", (long long)c->train);
    printf("%10lld  test images\n", (long long)c->test);
    printf("%10d  seen tags (%d colors, %d shapes, %d pairs)\n", SYNTH_SEEN, SYNTH_COLORS,
           SYNTH_SHAPES, SYNTH_PAIRS - SYNTH_UNSEEN);
    printf("%10d  unseen tags (pairs)\n", SYNTH_UNSEEN);
    printf("%10lld  true seen tags of the training images\n", (long long)r->true_tags);
    printf("%10lld  of them left out (%.1f%%)\n", (long long)r->left_out,
           100.0 * (double)r->left_out / (double)r->true_tags);
    printf("%10lld  unseen pairs in training images, never named\n", (long long)r->unseen);
    printf("%10lld  seen tags of the test images\n", (long long)r->test_seen);
    printf("%10lld  unseen tags of the test images\n", (long long)r->test_unseen);
}

static int run(const char *command, const Options *o, const char *out, Error *err)
{
    SynthConfig config;
    SynthReport report;
    if (parse(command, o, &config, err) != 0) return -1;
    if (synth_prepare(out, &config, &report, err) != 0) return -1;
    if (o->json)
        print_json(&config, &report);
    else
        print_table(&config, &report);
    return 0;
}

int prepare_synth(int argc, char **argv, Error *err)
{
    Options o = {0};
    const CliOption option[] = {
        {"train", 0, &o.train, NULL},     {"test", 0, &o.test, NULL},
        {"size", 0, &o.size, NULL},       {"objects", 0, &o.objects, NULL},
        {"missing", 0, &o.missing, NULL}, {"seed", 0, &o.seed, NULL},
        {"threads", 0, &o.threads, NULL}, {"json", 0, NULL, &o.json},
    };
    Cli cli;
    if (cli_parse(argc, argv, option, sizeof option / sizeof *option, &cli, err) != 0)
        return -1;
    int status = 0;
    if (cli.help)
        fputs(help, stdout);
    else if ((status = prepare_arguments(argv[0], &cli, 1, 1, "OUT", err)) == 0)
        status = run(argv[0], &o, cli.argument[0], err);
    cli_free(&cli);
    return status;
}
