/* SPDX-License-Identifier: Apache-2.0 */
/* The image encoder: its choice, its input size, and the options of each row of the table. */
#ifndef RAMPLUS_MODEL_BACKBONE_OPTIONS_H
#define RAMPLUS_MODEL_BACKBONE_OPTIONS_H

#include "model/backbone/backbone.h"

enum { BACKBONE_ROWS_MAX = 8, BACKBONE_OPTION_BYTES = 512 };

/* Memory for the options of one row; only the file of the row knows the struct. */
typedef union BackboneSlot {
    int64_t count;
    double number;
    void *pointer;
    unsigned char bytes[BACKBONE_OPTION_BYTES];
} BackboneSlot;

typedef struct BackboneOptions {
    int encoder; /* index for backbone_choice */
    int64_t image_size;
    BackboneSlot of[BACKBONE_ROWS_MAX]; /* by row */
} BackboneOptions;

extern const OptionTable backbone_options;

/* The chosen encoder. Its options are borrowed from o. */
BackboneConfig backbone_options_config(const BackboneOptions *o);

#endif
