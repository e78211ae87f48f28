/* SPDX-License-Identifier: Apache-2.0 */
/* text_encoder and text_table: how texts become vectors. */
#ifndef RAMPLUS_MODEL_TEXT_OPTIONS_H
#define RAMPLUS_MODEL_TEXT_OPTIONS_H

#include "core/options/option.h"

enum TextKind { TEXT_HASH, TEXT_TABLE, TEXT_CLIP, TEXT_SIGLIP };

typedef struct TextOptions {
    int encoder; /* enum TextKind */
    char *table;
    OptionStrings templates; /* data/text_template.h */
} TextOptions;

extern const OptionTable text_options;

#endif
