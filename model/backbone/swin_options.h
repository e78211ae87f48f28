/* swin.*: single sizes of the image encoder, over those of a preset. */
#ifndef RAMPLUS_MODEL_BACKBONE_SWIN_OPTIONS_H
#define RAMPLUS_MODEL_BACKBONE_SWIN_OPTIONS_H

#include "core/options/option.h"
#include "model/backbone/swin.h"

typedef struct SwinOptions {
    int64_t width;
    OptionInts depths, heads;
    int64_t window;
    double drop_path;
} SwinOptions;

extern const OptionTable swin_options;

/* The name of preset i; NULL past the last. */
const char *swin_preset(int i);

/* A preset with the sizes that o changes, for images of image_size pixels a side. EXIT_USAGE for lists of another
 * length than the stages. */
int swin_options_config(const SwinOptions *o, int preset, int64_t image_size, SwinConfig *out,
                        Error *err);

#endif
