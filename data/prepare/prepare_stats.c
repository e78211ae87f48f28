/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare stats: what is in a data folder. */
#include "core/log.h"
#include "core/math/gemm.h"
#include "data/image/near_hashes.h"
#include "data/prepare/image_options.h"
#include "data/prepare/prepare.h"
#include "data/stats/stats.h"

#include <math.h>

typedef struct Options {
    StatsConfig config;
    OptionStrings train, eval;
    const char *csv;
    int64_t rows, threads;
    bool no_images, strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption options[] = {
    {"train", 0, "FILE", OPTION_STRINGS, AT(train),
     .help = "a file of records, repeatable; without it, DIR/train.json"},
    {"tags", 0, "FILE", OPTION_STRING, AT(config.tags), .last_wins = true,
     .help = "the tag list of the records; without it, DIR/train_tags.txt"},
    {"eval", 0, "DIR", OPTION_STRINGS, AT(eval),
     .help = "an evaluation set (tags.txt, annotations.txt), repeatable; without it, DIR, "
             "DIR/seen and DIR/unseen if they are such sets"},
    {"root", 0, "DIR", OPTION_STRING, AT(config.root), .last_wins = true,
     .help = "folder that image paths are relative to; without it, DIR"},
    {"distance", 0, "N", OPTION_INT, AT(config.distance), "4", 0, NEAR_DISTANCE, .unit = "bits",
     .last_wins = true,
     .help = "how far the perceptual hashes of images that look alike are apart at most"},
    {"rows", 0, "N", OPTION_INT, AT(rows), "10", 0, HUGE_VAL, .last_wins = true,
     .help = "length of the lists that are printed"},
    {"pairs", 0, "N", OPTION_INT, AT(config.pairs), "10", 0, 100000, .last_wins = true,
     .help = "how many pairs of tags are listed"},
    {"min-pair", 0, "N", OPTION_INT, AT(config.least), "5", 1, HUGE_VAL, .unit = "records",
     .last_wins = true, .help = "records that a pair with high PMI needs"},
    {"csv", 0, "DIR", OPTION_STRING, AT(csv), .last_wins = true,
     .help = "also write tags.csv, pairs.csv and images.csv there"},
    {"no-images", .offset = AT(no_images), .help = "read the annotations only"},
    {"strict", .offset = AT(strict),
     .help = "exit with 3 if a record is bad, an image missing, unreadable or damaged, or an "
             "evaluation image is a training image"},
    PREPARE_IMAGE_OPTIONS(AT),
    {"json", .offset = AT(json), .help = "print one JSON document on stdout"},
};

static int judge(const Options *o, const Stats *s, const Cli *cli, Error *err)
{
    const StatsImages *im = &s->images;
    const int64_t leaks = im->leaked;
    const int64_t bad = o->no_images ? 0 : im->missing + im->unreadable + im->damaged;
    if (s->records.bad)
        log_warn("%s; bad records: %ld: `ramplus prepare triplets` lists them",
                 s->records.first_bad.text, s->records.bad);
    if (leaks)
        log_warn(
            "evaluation images that are training images, or look like one: %ld: results on "
            "them are too good",
            leaks);
    if (!o->strict || (!s->records.bad && !bad && !leaks)) return EXIT_OK;
    return error_set(err, ERROR_DATA,
                     "%s: %s: bad records: %ld, missing, unreadable or damaged images: %ld, "
                     "evaluation images in training: %ld",
                     cli->command->name, cli->argument[0], s->records.bad, bad, leaks);
}

static int run(const Cli *cli, void *filled, Error *err)
{
    Options *o = filled;
    StatsConfig *c = &o->config;
    Stats s;
    c->folder = cli->argument[0];
    c->train = (const char *const *)o->train.value;
    c->train_files = o->train.count;
    c->eval = (const char *const *)o->eval.value;
    c->evals = o->eval.count;
    c->images = !o->no_images;
    gemm_set_threads((int)o->threads);
    int status = stats_read(c, &s, err);
    if (status == 0 && o->csv) status = stats_write_csv(&s, o->csv, err);
    if (status == 0) {
        (o->json ? stats_print_json : stats_print)(&s, o->rows);
        status = judge(o, &s, cli, err);
    }
    stats_free(&s);
    return status;
}

const CliCommand prepare_stats = {
    .name = "prepare stats",
    .summary = "count tags, captions, images and duplicates",
    .arguments = "DIR",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads the data folder DIR and changes nothing in it: how often tags occur, alone and "
        "together; tags and captions per record; sizes of the images, and which are missing, "
        "unreadable or damaged. Images are compared by name, by their bytes and by looks "
        "(perceptual hashes of 64 bits), and evaluation images that stand among the training "
        "images are named: a model has seen them.\n\n"
        "A folder of other layout is described by --train, --tags, --eval and --root. The "
        "lists "
        "that are printed show the first rows; --csv writes all of them.",
    .option = options,
    .options = sizeof options / sizeof *options,
    .example = "ramplus prepare stats data/openclipart --csv stats\n"
               "ramplus prepare stats . --train mine.json --tags tags.txt --root images --eval "
               "my_test",
    .size = sizeof(Options),
    .run = run,
};
