/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare openclipart: reads Debian's clip-art collection. */
#include "core/file.h"
#include "core/json.h"
#include "core/math/gemm.h"
#include "data/prepare/openclipart.h"
#include "data/prepare/prepare.h"

#include <stddef.h>
#include <stdio.h>

static const char help[] =
    "usage: ramplus prepare openclipart OUT --png DIR --svg DIR [OPTIONS]\n"
    "\n"
    "Reads the clip art of Debian's openclipart-png and openclipart-svg (public domain), "
    "drops\n"
    "duplicates and images without usable tags, and writes the rest as the data folder OUT:\n"
    "titles and descriptions as captions, tags on at least 15 images as vocabulary, every\n"
    "fifth of them unseen, a fixed fifth of the images for the test. Images are laid over\n"
    "white and made smaller. A data folder that is already in OUT is written over.\n"
    "\n"
    "  --png DIR       the PNG tree (default /usr/share/openclipart/png)\n"
    "  --svg DIR       the SVG tree (default /usr/share/openclipart/svg)\n"
    "  --size N        longest side of the images written, 16 to 4096 pixels (default 128)\n"
    "  --least N       images that a tag must stand on (default 15)\n"
    "  --threads N     0: one per processor (default 0)\n"
    "  --json          the counts as one JSON document on stdout\n"
    "  -h, --help      this text\n"
    "\n"
    "The largest images take 0.7 GB each while they are read, one a thread.\n"
    "example: apt install openclipart-png openclipart-svg\n"
    "         ramplus prepare openclipart data/openclipart\n";

typedef struct Options {
    const char *png, *svg, *size, *least, *threads;
    bool json;
} Options;

typedef struct Row {
    const char *key;
    size_t offset;
    const char *what;
} Row;

#define AT(field) offsetof(OpenclipartReport, field)
static const Row rows[] = {
    {"pictures", AT(images), "images in the PNG tree"},
    {"bad_svg", AT(bad_svg), "dropped: SVG missing, not well-formed or without RDF"},
    {"untagged", AT(untagged), "dropped: no tag"},
    {"bad_png", AT(bad_png), "dropped: PNG does not decode"},
    {"duplicates", AT(duplicates), "dropped: same pixels as an earlier image"},
    {"kept", AT(kept), "kept"},
    {"tagged", AT(tagged), "of them with a tag that says what they show"},
    {"tags", AT(tags), "tags in the vocabulary"},
    {"seen", AT(seen), "seen tags"},
    {"unseen", AT(unseen), "unseen tags"},
    {"test", AT(test), "test images"},
    {"others", AT(others), "other images"},
    {"train", AT(train), "of them with a seen tag: training images"},
    {"labels", AT(labels), "labels of the training images"},
};

static int64_t value_of(const OpenclipartReport *r, const Row *row)
{
    return *(const int64_t *)((const char *)r + row->offset);
}

static void print_table(const OpenclipartReport *r)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%10lld  %s\n", (long long)value_of(r, &rows[i]), rows[i].what);
}

static void print_json(const OpenclipartReport *r)
{
    json_t *report = json_object();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        json_object_set_new(report, rows[i].key, json_integer(value_of(r, &rows[i])));
    json_print(report);
}

static int parse(const char *command, const Options *o, OpenclipartConfig *c, Error *err)
{
    int64_t threads = 0;
    *c = (OpenclipartConfig){.png = o->png ? o->png : "/usr/share/openclipart/png",
                             .svg = o->svg ? o->svg : "/usr/share/openclipart/svg",
                             .size = 128,
                             .least = 15};
    if (prepare_int(command, "size", o->size, 16, 4096, &c->size, err) != 0 ||
        prepare_int(command, "least", o->least, 1, 1000000, &c->least, err) != 0 ||
        prepare_int(command, "threads", o->threads, 0, 1024, &threads, err) != 0)
        return -1;
    gemm_set_threads((int)threads);
    const char *trees[2] = {c->png, c->svg};
    for (int i = 0; i < 2; i++)
        if (!file_is_dir(trees[i]))
            return error_set(err, ERROR_DATA, "%s: no such folder: install %s", trees[i],
                             i ? "openclipart-svg" : "openclipart-png");
    return 0;
}

static int run(const char *command, const Options *o, const char *out, Error *err)
{
    OpenclipartConfig config;
    OpenclipartReport report;
    if (parse(command, o, &config, err) != 0) return -1;
    if (openclipart_prepare(out, &config, &report, err) != 0) return -1;
    (o->json ? print_json : print_table)(&report);
    return 0;
}

int prepare_openclipart(int argc, char **argv, Error *err)
{
    Options o = {0};
    const CliOption option[] = {
        {"png", 0, &o.png, NULL},         {"svg", 0, &o.svg, NULL},
        {"size", 0, &o.size, NULL},       {"least", 0, &o.least, NULL},
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
