/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare csv: a data folder from a table. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/folder/csv_set.h"
#include "data/folder/image_name.h"
#include "data/prepare/own_options.h"
#include "data/prepare/prepare.h"

#include <string.h>

typedef struct Options {
    CsvRules rules;
    bool unchecked;
    OwnOptions own;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"images", 0, "DIR", OPTION_STRING, AT(own.rules.images), .last_wins = true,
     .help = "folder of the images; without it, the folder of FILE"},
    {"unchecked", .offset = AT(unchecked), .help = "do not look whether the images are there"},
    {"image", 0, "NAME", OPTION_STRING, AT(rules.image), .last_wins = true,
     .help =
         "column of the images; without it, image, image_path, filename, path and the like"},
    {"tags-column", 0, "NAME", OPTION_STRINGS, AT(rules.tags),
     .help = "column of tags; without it, tags, labels, keywords, category "
             "and the like"},
    {"caption", 0, "NAME", OPTION_STRINGS, AT(rules.captions),
     .help = "column of captions; without it, caption, text, title, "
             "description and the like"},
    {"split-column", 0, "NAME", OPTION_STRING, AT(rules.split), .last_wins = true,
     .help = "column that says train, val, valid or test; without it, split, subset, is_valid "
             "and the like"},
    {"wide", .offset = AT(rules.wide),
     .help = "every other column is a tag: 1, 0, or -1 for not annotated"},
    {"empty", 0, "WHAT", OPTION_CHOICE, AT(rules.empty), "auto",
     .choices = "auto|absent|unknown", .last_wins = true,
     .help = "what an empty flag means: the image lacks the tag, or not annotated; auto: the "
             "second if any flag is 0"},
    {"minus-one", 0, "WHAT", OPTION_CHOICE, AT(rules.minus_one), "auto",
     .choices = "auto|absent|unknown", .last_wins = true,
     .help = "the same about the flag -1; auto: not annotated, and refused if no flag is 0"},
    {"separator", 0, "CHAR", OPTION_STRING, AT(rules.separator), .last_wins = true,
     .help = "between columns: comma, semicolon, tab, pipe or a character; without it, the "
             "first of these in FILE"},
    {"tag-separator", 0, "CHAR", OPTION_STRING, AT(rules.tag_separator), .last_wins = true,
     .help = "between the tags of a cell: the same, space or none; without it, that of , ; | "
             "which is in most cells"},
    {"no-header", .offset = AT(rules.no_header),
     .help = "FILE has no line of names: columns are named 1, 2, ..., the image is 1 and the "
             "tags are 2 unless given"},
    OWN_OPTIONS(AT),
};

#define COUNT(field) offsetof(CsvCounts, field)

static const CountRow counts[] = {
    {"rows", "rows", COUNT(rows), false},
    {"merged", "of them about an image of an earlier row", COUNT(merged), true},
    {"empty", "rows without a cell", COUNT(empty), true},
    {"bad_records", "bad rows, left out", COUNT(bad), false},
    {"missing_images", "of them without their image", COUNT(missing), true},
};

static int prepare(const Cli *cli, const Options *o, CsvCounts *read, OwnCounts *made,
                   Error *err)
{
    OwnSet own;
    const OwnRules *rules = &o->own.rules;
    if (file_need_dir(rules->images, "", err) != 0) return -1;
    int status = own_set_begin(cli->argument[0], rules, &own, err);
    if (status == 0)
        status = csv_set_read(cli->argument[1], &o->rules, !o->unchecked, &own, read, err);
    if (status == 0) image_name_warn(read->missing, rules->images);
    if (status == 0) status = own_set_write(&own, made, err);
    return own_set_end(&own, status, err);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    CsvCounts read;
    OwnCounts made;
    if (o->rules.no_header && o->rules.wide)
        return cli_refuse(cli, err, "--wide needs a header: its names are the tags");
    char *folder = file_folder(cli->argument[1]);
    if (!o->own.rules.images) o->own.rules.images = folder;
    int status = prepare(cli, o, &read, &made, err);
    mem_free(folder);
    if (status != 0) return -1;
    const CountReport report = {&read, counts, sizeof counts / sizeof *counts};
    return own_options_report(cli, &o->own, report, read.bad, &made, err);
}

const CliCommand prepare_csv = {
    .name = "prepare csv",
    .summary = "read a table of images: CSV, TSV",
    .arguments = "OUT FILE",
    .min_arguments = 2,
    .max_arguments = 2,
    .prose =
        "Reads a table of images with tags, captions or both, and writes the data folder OUT, "
        "which data.root=OUT trains on. Which column is which, and what separates columns and "
        "tags, is found and logged in one line.\n\n"
        "Tags are in a cell of each row (cat;dog), one in each of several rows about the same "
        "image, or columns of flags: 1 the image has the tag, 0 it has not, -1 or empty not "
        "annotated. An empty cell of tags says nothing about them, and such an image trains "
        "on its captions alone; the list [] says that it has no tag.\n\n"
        "Bad rows are listed in OUT/bad.txt with line and reason, and left out.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare csv mine mine.csv --images photos",
    .size = sizeof(Options),
    .run = run,
};
