/* SPDX-License-Identifier: Apache-2.0 */
/* The image encoder: which one, its input, and the options of each row of the table. */
#ifndef RAMPLUS_MODEL_BACKBONE_OPTIONS_H
#define RAMPLUS_MODEL_BACKBONE_OPTIONS_H

#include "model/backbone/backbone.h"

enum { BACKBONE_MOST = 8, BACKBONE_ROOM = 512 };

/* The options of one row; only its file knows the struct. */
typedef union BackboneRoom {
    int64_t count;
    double number;
    void *pointer;
    unsigned char room[BACKBONE_ROOM];
} BackboneRoom;

typedef struct BackboneOptions {
    int encoder; /* backbone_choice */
    int64_t image_size;
    BackboneRoom of[BACKBONE_MOST]; /* by row */
} BackboneOptions;

extern const OptionTable backbone_options;

/* The encoder that they choose; borrows its options from o. */
BackboneConfig backbone_options_config(const BackboneOptions *o);

#endif
