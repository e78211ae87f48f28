/* The image encoder: which one, its input, and the options of each kind. */
#ifndef RAMPLUS_MODEL_BACKBONE_OPTIONS_H
#define RAMPLUS_MODEL_BACKBONE_OPTIONS_H

#include "model/backbone/swin_options.h"

typedef struct BackboneOptions {
    int encoder; /* swin_preset */
    int64_t image_size;
    SwinOptions swin;
} BackboneOptions;

extern const OptionTable backbone_options;

#endif
