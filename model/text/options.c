/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of text_encoder and text_table. */
#include "model/text/options.h"

#include "model/text/text_encoder.h"

#define AT(field) offsetof(TextOptions, field)

static const OptionRow rows[] = {
    {"text_encoder", NULL, OPTION_CHOICE, AT(encoder), "hash", .choice = text_encoder_kind_name,
     .help = "how texts become vectors: built-in hashing, a file of vectors, or CLIP's text "
             "tower"},
    {"text_table", NULL, OPTION_STRING, AT(table), "",
     .help = "file of text vectors for text_encoder=table"},
};

const OptionTable text_options = {.row = rows, .rows = sizeof rows / sizeof *rows};
