/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare jsonl: a data folder from JSON records. */
#include "data/folder/json_records.h"
#include "data/prepare/own_options.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    JsonRecordsConfig config;
    int underscores;
    OwnOptions own;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"images", 0, "DIR", OPTION_STRING, AT(own.rules.images), .last_wins = true,
     .help = "folder that images are relative to; without it, the folder of each FILE"},
    {"unchecked", .offset = AT(config.unchecked),
     .help = "do not look whether the images are there"},
    {"image", 0, "KEY", OPTION_STRINGS, AT(config.key[JSON_PART_IMAGE]),
     .help = "key of the image; of several, the first that a record has counts"},
    {"tags-key", 0, "KEY", OPTION_STRINGS, AT(config.key[JSON_PART_TAGS]),
     .help = "key of the tags"},
    {"caption", 0, "KEY", OPTION_STRINGS, AT(config.key[JSON_PART_CAPTION]),
     .help = "key of the captions"},
    {"split-key", 0, "KEY", OPTION_STRINGS, AT(config.key[JSON_PART_SPLIT]),
     .help = "key of the split: train, val, test"},
    {"names", 0, "FILE", OPTION_STRING, AT(config.names), .last_wins = true,
     .help = "what tags that are numbers mean, one name per line, from 0"},
    {"image-path", 0, "PATH", OPTION_STRING, AT(config.path), .last_wins = true,
     .help = "where the image of a value is, such as VG/{}.jpg"},
    {"underscores", 0, "HOW", OPTION_CHOICE, AT(underscores), "keep", .choices = "keep|blank",
     .last_wins = true,
     .help = "in tags; as blanks, they stay in tags of at most three characters"},
    OWN_OPTIONS(AT),
};

#define COUNT(field) offsetof(JsonRecordsCounts, field)

static const CountRow counts[] = {
    {"records", "records", COUNT(records), false},
    {"bad_records", "bad records, left out", COUNT(bad), false},
    {"missing_images", "of them without their image", COUNT(missing), true},
    {"repeated", "records about an image of an earlier one", COUNT(repeated), true},
    {"images", "images", COUNT(own.images), false},
};

static int run(const Cli *cli, void *options, Error *err)
{
    Options *o = options;
    JsonRecordsCounts report;
    o->config.underscores = o->underscores != 0;
    o->config.rules = o->own.rules;
    if (json_records_prepare(cli->argument[0], cli->argument + 1, cli->arguments - 1,
                             &o->config, &report, err) != 0)
        return -1;
    const CountReport read = {&report, counts, sizeof counts / sizeof *counts};
    const int code = own_options_report(cli, &o->own, read, report.bad, &report.own, err);
    if (code != EXIT_OK || !report.lost) return code;
    return error_set(err, ERROR_DATA,
                     "%s: %ld of %ld files could not be read to the end: see %s/bad.txt",
                     cli->command->name, report.lost, cli->arguments - 1, cli->argument[0]);
}

const CliCommand prepare_jsonl = {
    .name = "prepare jsonl",
    .summary = "read JSON records about images: JSON Lines or arrays",
    .arguments = "OUT FILE...",
    .min_arguments = 2,
    .prose =
        "Reads records, JSON Lines or a JSON array of objects, and writes the data folder OUT, "
        "which data.root=OUT trains on; the images stay where they are. It takes "
        "metadata.jsonl of Hugging Face's ImageFolder, lists of captions as LLaVA, BLIP and "
        "CC3M have them, the reference's triplets, and records of one's own.\n\n"
        "Image: file_name, image_path, image, img_path, path, filename, filepath, file, img. "
        "Tags: tags, labels, keywords, categories, objects, label, category, classes, "
        "union_label_id; a text with commas, or a list of texts, of numbers (--names), or of "
        "objects with a name. Captions: caption, captions, text, texts, title, sentences, "
        "blip_caption, conversations; a text, or a list of them. Split: split. The first of "
        "these keys that a record has counts; which were used is logged. Records about one "
        "image are put together.\n\n"
        "A record without tags (or null) trains on its captions alone; an empty list says that "
        "the image has none. What is wrong with a record is listed in OUT/bad.txt, and the "
        "record is left out.\n\n"
        "Of several files in folders train, val, test and the like, all in one folder, the "
        "folders say which images are evaluated.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare jsonl data photos/metadata.jsonl --tags-key objects",
    .size = sizeof(Options),
    .run = run,
};
