/* SPDX-License-Identifier: Apache-2.0 */
/* The options augment.*: the random view of an image in training. */
#ifndef RAMPLUS_DATA_IMAGE_OPTIONS_H
#define RAMPLUS_DATA_IMAGE_OPTIONS_H

#include "core/options/option.h"

enum Autocontrast { AUTOCONTRAST_REFERENCE, AUTOCONTRAST_PILLOW };

typedef struct AugmentOptions {
    double scale_lo, scale_hi, ratio_lo, ratio_hi, flip;
    int64_t operations;
    double level;
    int autocontrast; /* enum Autocontrast */
} AugmentOptions;

extern const OptionTable augment_options;

/* ERROR_USAGE if a lower limit is above its upper limit. */
int augment_options_check(const AugmentOptions *o, Error *err);

#endif
