/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare emoji: reads a font of emoji and Unicode's names of them. */
#include "core/io/file.h"
#include "data/collections/emoji.h"
#include "data/folder/counts.h"
#include "data/prepare/prepare.h"

typedef struct Options {
    EmojiConfig config;
    bool json;
} Options;

#define OPTION(field) offsetof(Options, field)

static const CliOption options[] = {
    {"font", 0, "FILE", OPTION_STRING, OPTION(config.font),
     "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
     .help = "a font with color bitmaps (table CBDT)"},
    {"cldr", 0, "DIR", OPTION_STRING, OPTION(config.cldr), "/usr/share/unicode/cldr",
     .help =
         "CLDR's folder, with common/annotations/en.xml and common/annotationsDerived/en.xml"},
    {"size", 0, "N", OPTION_INT, OPTION(config.size), "136", 16, 4096, .unit = "pixels",
     .help = "longest side of the images written"},
    {"min-images-per-tag", 0, "N", OPTION_INT, OPTION(config.min_images), "10", 1, 1000000,
     .unit = "images", .help = "images that a tag of the vocabulary needs"},
    {"seen", 0, "FILE", OPTION_STRING, OPTION(config.seen),
     .help = "tag list of another training: its tags are seen, the others unseen, and all "
             "images are for the test"},
    {"json", .offset = OPTION(json), .help = "print the counts as one JSON document on stdout"},
};

#define AT(field) offsetof(EmojiReport, field)
static const CountRow rows[] = {
    {"sequences", "names of several code points, which are left out", AT(sequences), false},
    {"characters", "single characters with a name and keywords", AT(characters), false},
    {"no_bitmap", "dropped: no color bitmap in the font", AT(no_bitmap), false},
    {"bad_bitmap", "dropped: bitmap does not decode", AT(bad_bitmap), false},
    {"duplicates", "dropped: same pixels as an earlier image", AT(duplicates), false},
    {"kept", "kept", AT(kept), false},
};

static int check_files(const EmojiConfig *c, Error *err)
{
    bool found;
    if (file_find(c->font, &found, err) != 0) return -1;
    if (!found)
        return error_set(err, ERROR_DATA,
                         "%s: no such file: apt-get install fonts-noto-color-emoji", c->font);
    return file_need_dir(c->cldr, ": apt-get install unicode-cldr-core", err);
}

static int run(const Cli *cli, void *filled, Error *err)
{
    const Options *o = filled;
    EmojiReport report;
    if (check_files(&o->config, err) != 0 ||
        emoji_prepare(cli->argument[0], &o->config, &report, err) != 0)
        return -1;
    counts_print(rows, sizeof rows / sizeof *rows, &report, &report.set, o->json);
    return EXIT_OK;
}

const CliCommand prepare_emoji = {
    .name = "prepare emoji",
    .summary = "read the emoji of a font, with Unicode's names and keywords",
    .arguments = "OUT",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Reads the bitmaps of Debian's fonts-noto-color-emoji (OFL) and the English names and"
        " keywords of unicode-cldr-core (Unicode license), and writes them as the data folder"
        " OUT: names as captions, keywords as tags. Every single character with all three is "
        "an image; sequences of several (skin tones, flags, families, keycaps) are left out. "
        "Every fifth tag is unseen, and a fixed fifth of the images is for the test; with "
        "--seen, OUT is for the evaluation of a model that was trained on other data. Images "
        "are composited over white. An existing data folder in OUT is overwritten.",
    .option = options,
    .options = sizeof options / sizeof *options,
    .example = "apt-get install fonts-noto-color-emoji unicode-cldr-core\n"
               "ramplus prepare emoji data/emoji --seen data/openclipart/train_tags.txt",
    .size = sizeof(Options),
    .run = run,
};
