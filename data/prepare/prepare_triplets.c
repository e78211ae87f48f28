/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare triplets: checks annotations of the reference's format before a long run
 * does. */
#include "core/json/json.h"
#include "core/log.h"
#include "core/math/gemm.h"
#include "data/prepare/image_options.h"
#include "data/prepare/prepare.h"
#include "data/prepare/triplets.h"

typedef struct Options {
    TripletsConfig config;
    int64_t threads;
    bool no_images, strict, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"tags", 0, "FILE", OPTION_STRING, AT(config.tags), .required = true, .last_wins = true,
     .help = "the tag list that union_label_id refers to"},
    {"root", 0, "DIR", OPTION_STRING, AT(config.root), .last_wins = true,
     .help = "folder that image paths are relative to; without it, the current one"},
    {"size", 0, "N", OPTION_INT, AT(config.size), NULL, 16, 8192, .unit = "pixels",
     .last_wins = true, .help = "write the images, with a shortest side of at most N"},
    {"no-images", .offset = AT(no_images), .formerly = "no-pictures",
     .help = "check the annotations only"},
    {"strict", .offset = AT(strict),
     .help = "exit with 3 when anything is wrong, not only when no record is good"},
    PREPARE_IMAGE_OPTIONS(AT),
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

static void print_json(const TripletsReport *r)
{
    const JsonCount count[] = {{"records", r->records},
                               {"good", r->good},
                               {"bad_records", r->bad_records},
                               {"bad_pictures", r->bad_images},
                               {"labels", r->labels},
                               {"captions", r->captions},
                               {"untagged", r->untagged},
                               {"blank_captions", r->blank_captions},
                               {"unused_tags", r->unused_tags},
                               {"uncaptioned", r->uncaptioned},
                               {"unannotated", r->unannotated},
                               {"unknown_tags", r->unknown},
                               {"damaged_images", r->damaged_images},
                               {"transparent_images", r->transparent_images},
                               {"rotated_images", r->rotated_images}};
    json_t *report = json_object();
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_print(report);
}

static void print_table(const TripletsReport *r)
{
    printf("%10ld  records\n", r->records);
    printf("%10ld  good\n", r->good);
    printf("%10ld  bad records\n", r->bad_records);
    printf("%10ld  records with a bad image\n", r->bad_images);
    printf("%10ld  good records with a damaged image\n", r->damaged_images);
    printf("%10ld  good records with transparent pixels\n", r->transparent_images);
    printf("%10ld  good records with a rotation in EXIF data\n", r->rotated_images);
    printf("%10ld  labels of the good records\n", r->labels);
    printf("%10ld  captions of the good records\n", r->captions);
    printf("%10ld  good records without a tag\n", r->untagged);
    printf("%10ld  good records whose tags are not annotated\n", r->unannotated);
    printf("%10ld  tags that are not annotated, beside others that are\n", r->unknown);
    printf("%10ld  good records without a caption\n", r->uncaptioned);
    printf("%10ld  captions without a word\n", r->blank_captions);
    printf("%10ld  tags on no good record\n", r->unused_tags);
}

/* The exit code for records that are wrong. */
static int judge(const Options *o, const TripletsReport *r, const Cli *cli, Error *err)
{
    const char *command = cli->command->name, *out = cli->argument[0];
    const int64_t bad = r->bad_records + r->bad_images, damaged = r->damaged_images;
    if (r->lost)
        return error_set(err, ERROR_DATA,
                         "%s: %ld of %ld files could not be read to the end: see %s/bad.txt",
                         command, r->lost, cli->arguments - 1, out);
    if (o->strict && bad)
        return error_set(err, ERROR_DATA, "%s: %ld of %ld records are bad: see %s/bad.txt",
                         command, bad, r->records, out);
    if (o->strict && damaged)
        return error_set(err, ERROR_DATA,
                         "%s: %ld of %ld images are damaged: see %s/damaged.txt", command,
                         damaged, r->good, out);
    return EXIT_OK;
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    TripletsReport report;
    if (o->no_images && o->config.size)
        return cli_refuse(cli, err, "--size and --no-images: choose one");
    o->config.images = !o->no_images;
    if (!o->config.root) o->config.root = "";
    gemm_set_threads((int)o->threads);
    if (triplets_prepare(cli->argument[0], cli->argument + 1, cli->arguments - 1, &o->config,
                         &report, err) != 0)
        return -1;
    (o->json ? print_json : print_table)(&report);
    if (report.uncaptioned)
        log_warn("records without a caption: %ld of %ld: they train the tagging alone%s",
                 report.uncaptioned, report.good,
                 report.uncaptioned < report.good ? "" : " (loss.weight.align=0)");
    if (report.unannotated)
        log_warn("records whose tags are not annotated: %ld of %ld: they train the alignment "
                 "alone%s",
                 report.unannotated, report.good,
                 report.unannotated < report.good ? "" : " (loss.weight.tag=0)");
    return judge(o, &report, cli, err);
}

const CliCommand prepare_triplets = {
    .name = "prepare triplets",
    .summary = "check annotations in the reference's format",
    .arguments = "OUT FILE.json...",
    .min_arguments = 2,
    .prose =
        "Reads every record and every image, lists what is wrong in OUT/bad.txt (`FILE: "
        "record N (line L): why`, the first 20 also on stderr), and writes the good records "
        "of all files to OUT/train.json and the tag list to OUT/train_tags.txt. A truncated "
        "or corrupt image that can be read in part is kept and listed in OUT/damaged.txt: "
        "remove its record if too much of it is missing. A record must have image_path, "
        "and union_label_id or caption, or both; unknown_label_id and parse_label_id are "
        "checked if they are present. A record "
        "that is not valid JSON is listed and the next one is read. What only Python's json "
        "module accepts (NaN, 1e400, \\u0000, half a surrogate pair, a repeated key) is a "
        "fault in these five keys only; in other keys, NaN becomes null and an integer beyond "
        "64 bits a string. A file that cannot be read to its end gives exit code 3 after all "
        "results are written.\n\n"
        "Two counts concern images that training sees in another way than people do: of "
        "transparent pixels the hidden colors are used (unless data.transparent=white), and "
        "the rotation in EXIF data is not applied.\n\n"
        "Images stay where they are, unless --size is given: then each is written to "
        "OUT/images/ as a JPEG of quality 95, its shortest side at most that long, and OUT is "
        "complete: data.root=OUT trains from it. Training decodes such images faster; they "
        "are not equal to the originals, so choose a size well above model.image_size to stay "
        "close to the reference.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare triplets checked --tags tags.txt --root images mine.json",
    .size = sizeof(Options),
    .run = run,
};
