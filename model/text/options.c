/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of text_encoder and text_table. */
#include "model/text/options.h"

#include "data/text_template.h"
#include "model/text/text_encoder.h"

#define AT(field) offsetof(TextOptions, field)

static const OptionRow rows[] = {
    {"text_encoder", NULL, OPTION_CHOICE, AT(encoder), "hash", .choice = text_encoder_kind_name,
     .help = "how texts become vectors: built-in hashing, a file of vectors, or the text "
             "tower of CLIP or SigLIP"},
    {"text_table", NULL, OPTION_STRING, AT(table), "",
     .help = "file of text vectors for text_encoder=table"},
    {"text.template", NULL, OPTION_STRINGS, AT(templates), text_template_default,
     .help = "text of a tag without descriptions, with {} for the tag; of several, the unit "
             "vectors are averaged and scaled to unit length; clip80: the 80 of CLIP for "
             "ImageNet"},
};

const OptionTable text_options = {.row = rows, .rows = sizeof rows / sizeof *rows};
