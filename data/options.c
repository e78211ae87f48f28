/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows of data.*, caption.* and loader.*. */
#include "data/options.h"

#define AT(field) offsetof(DataOptions, field)

static const OptionRow data_rows[] = {
    {"data.root", "image_path_root", OPTION_STRING, AT(root), "",
     .help = "folder that image paths are relative to; a folder made by `prepare` fills the "
             "other data options"},
    {"data.train", "train_file", OPTION_STRINGS, AT(train), "",
     .help = "annotation files (JSON triplets), concatenated"},
    {"data.eval", NULL, OPTION_STRINGS, AT(eval), "",
     .help =
         "evaluation folders (tags.txt, annotations.txt, descriptions.json); not set: seen, "
         "unseen, all and test of data.root, those that are there; data.eval= evaluates "
         "nothing"},
    {"caption.template", NULL, OPTION_STRINGS, AT(caption), "",
     .help = "captions for records that have tags and no caption, with {} for their tags, such "
             "as \"a photo of {}.\"; each epoch draws one of several; empty: such records "
             "train the tagging alone"},
    {"data.mean", NULL, OPTION_FLOATS, AT(mean), "0.48145466,0.4578275,0.40821073", 0, 1,
     .help = "pixel mean in training (CLIP's)"},
    {"data.std", NULL, OPTION_FLOATS, AT(std), "0.26862954,0.26130258,0.27577711", 1e-6, 10,
     .help = "pixel standard deviation in training (CLIP's)"},
    {"data.transparent", NULL, OPTION_CHOICE, AT(transparent), "drop", .choices = "drop|white",
     .help =
         "transparent pixels: drop the alpha channel like the reference, or blend over white"},
    {"data.absolute", NULL, OPTION_BOOL, AT(absolute), "false",
     .help = "names of images in annotations and evaluation lists may be absolute paths, and "
             "links may lead out of their folder"},
    {"data.max_pixels", NULL, OPTION_INT, AT(max_pixels), "100", 1, IMAGE_MOST_MEGAPIXELS,
     .unit = "megapixels", .help = "largest image that is decoded"},
    {"data.max_memory", NULL, OPTION_INT, AT(max_memory), "512", 1, 1e6, .unit = "MiB",
     .help = "memory for decoding one image, its file and pixels included"},
    {"data.max_seconds", NULL, OPTION_INT, AT(max_seconds), "10", 1, 1e6, .unit = "seconds",
     .help = "time for decoding one image"},
};

const OptionTable data_options = {.row = data_rows,
                                  .rows = sizeof data_rows / sizeof *data_rows};

ImageRules data_image_rules(const DataOptions *o)
{
    return (ImageRules){.alpha = (enum ImageAlpha)o->transparent,
                        .max_pixels = o->max_pixels,
                        .max_memory = o->max_memory,
                        .max_seconds = o->max_seconds};
}

#undef AT
#define AT(field) offsetof(LoaderOptions, field)

static const OptionRow loader_rows[] = {
    {"loader.threads", "num_workers", OPTION_INT, AT(threads), "0", 0, 256, .unit = "threads",
     .help = "threads for decoding and augmentation; 0: 2, or 1 if threads=0 means 1"},
    {"loader.prefetch", NULL, OPTION_INT, AT(prefetch), "4", 1, 1024, .unit = "batches",
     .help = "batches prepared ahead"},
    {"loader.cache", NULL, OPTION_INT, AT(cache), "0", 0, 1e6, .unit = "MiB",
     .help = "memory for decoded images kept between epochs"},
    {"loader.window", NULL, OPTION_INT, AT(window), "8192", 0, 1e9, .unit = "images",
     .help = "images of shards (tar files) are shuffled within a window of so many, the shards "
             "as a whole; 0: among all, as loose files are"},
};

const OptionTable loader_options = {.row = loader_rows,
                                    .rows = sizeof loader_rows / sizeof *loader_rows};
