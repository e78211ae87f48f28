/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare triplets: checks annotations of the reference's format before a long run does. */
#include "core/json.h"
#include "core/math/gemm.h"
#include "data/prepare/prepare.h"
#include "data/prepare/triplets.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus prepare triplets OUT --tags FILE FILE.json... [OPTIONS]\n"
    "\n"
    "Reads every record and every image, lists what is wrong in OUT/bad.txt (`FILE: record "
    "N\n"
    "(line L): why`, the first 20 also on stderr), and writes the good records of all files "
    "to\n"
    "OUT/train.json and the tag list to OUT/train_tags.txt. A record must have image_path,\n"
    "union_label_id and at least one caption; parse_label_id is checked if it is there. A "
    "record\n"
    "that is not valid JSON (such as NaN for a number) is listed and the next one is read; a "
    "file\n"
    "that cannot be read to its end gives exit code 3 after all results are written.\n"
    "\n"
    "Images stay where they are, unless --size is given: then each is written to "
    "OUT/images/\n"
    "as a JPEG of quality 95, its shortest side at most that long, and OUT is complete:\n"
    "data.root=OUT trains from it. Training decodes such images faster; they are not equal "
    "to\n"
    "the originals, so choose a size well above model.image_size to stay near the reference.\n"
    "\n"
    "  --tags FILE     the tag list that union_label_id counts in (required)\n"
    "  --root DIR      folder that image paths are relative to (default .)\n"
    "  --size N        write images with shortest side at most N, 16 to 8192 pixels\n"
    "  --no-images   check the annotations only\n"
    "  --strict        exit with 3 when anything is wrong, not only when nothing is right\n"
    "  --threads N     0: one per processor (default 0)\n"
    "  --json          the counts as one JSON document on stdout\n"
    "  -h, --help      this text\n"
    "\n"
    "example: ramplus prepare triplets checked --tags tags.txt --root images mine.json\n";

typedef struct Options {
    const char *tags, *root, *size, *threads;
    bool no_images, strict, json;
} Options;

static int parse(const char *command, const Options *o, TripletsConfig *c, Error *err)
{
    int64_t threads = 0;
    *c = (TripletsConfig){
        .tags = o->tags, .root = o->root ? o->root : "", .images = !o->no_images};
    if (!o->tags)
        return error_set(err, ERROR_USAGE, "%s: --tags: missing; see ramplus %s --help",
                         command, command);
    if (o->no_images && o->size)
        return error_set(err, ERROR_USAGE, "%s: --size and --no-images: choose one", command);
    if (prepare_int(command, "size", o->size, 16, 8192, &c->size, err) != 0 ||
        prepare_int(command, "threads", o->threads, 0, 1024, &threads, err) != 0)
        return -1;
    gemm_set_threads((int)threads);
    return 0;
}

static void print_json(const TripletsReport *r)
{
    const JsonCount count[] = {
        {"records", r->records},         {"good", r->good},
        {"bad_records", r->bad_records}, {"bad_pictures", r->bad_images},
        {"labels", r->labels},           {"captions", r->captions},
        {"untagged", r->untagged},       {"blank_captions", r->blank_captions},
        {"unused_tags", r->unused_tags}};
    json_t *report = json_object();
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_print(report);
}

static void print_table(const TripletsReport *r)
{
    printf("%10lld  records\n", (long long)r->records);
    printf("%10lld  good\n", (long long)r->good);
    printf("%10lld  bad records\n", (long long)r->bad_records);
    printf("%10lld  records with a bad image\n", (long long)r->bad_images);
    printf("%10lld  labels of the good records\n", (long long)r->labels);
    printf("%10lld  captions of the good records\n", (long long)r->captions);
    printf("%10lld  good records without a tag\n", (long long)r->untagged);
    printf("%10lld  captions without a word\n", (long long)r->blank_captions);
    printf("%10lld  tags on no good record\n", (long long)r->unused_tags);
}

static int run(const Options *o, const Cli *cli, const char *command, Error *err)
{
    TripletsConfig config;
    TripletsReport report;
    const char *out = cli->argument[0];
    if (parse(command, o, &config, err) != 0) return -1;
    if (triplets_prepare(out, cli->argument + 1, cli->arguments - 1, &config, &report, err) !=
        0)
        return -1;
    if (o->json)
        print_json(&report);
    else
        print_table(&report);
    if (report.lost)
        return error_set(err, ERROR_DATA,
                         "%s: %lld of %lld files could not be read to the end: see %s/bad.txt",
                         command, (long long)report.lost, (long long)cli->arguments - 1, out);
    const int64_t bad = report.bad_records + report.bad_images;
    if (o->strict && bad)
        return error_set(err, ERROR_DATA, "%s: %lld of %lld records are bad: see %s/bad.txt",
                         command, (long long)bad, (long long)report.records, out);
    return 0;
}

int prepare_triplets(int argc, char **argv, Error *err)
{
    Options o = {0};
    const CliOption option[] = {
        {"tags", 0, &o.tags, NULL},     {"root", 0, &o.root, NULL},
        {"size", 0, &o.size, NULL},     {"threads", 0, &o.threads, NULL},
        {"strict", 0, NULL, &o.strict}, {"no-images", 0, NULL, &o.no_images},
        {"json", 0, NULL, &o.json},
    };
    Cli cli;
    if (cli_parse(argc, argv, option, sizeof option / sizeof *option, &cli, err) != 0)
        return -1;
    int status = 0;
    if (cli.help)
        fputs(help, stdout);
    else if ((status = prepare_arguments(argv[0], &cli, 2, 0, "OUT FILE.json...", err)) == 0)
        status = run(&o, &cli, argv[0], err);
    cli_free(&cli);
    return status;
}
