/* SPDX-License-Identifier: Apache-2.0 */
/* Option rows of augment.*. */
#include "data/image/options.h"

#define AT(field) offsetof(AugmentOptions, field)

static const OptionRow rows[] = {
    {"augment.scale_lo", NULL, OPTION_FLOAT, AT(scale_lo), "0.2", 0.001, 1,
     .unit = "share of the area",
     .help = "smallest random crop; 1: the whole image, whatever the aspect ratio"},
    {"augment.scale_hi", NULL, OPTION_FLOAT, AT(scale_hi), "1", 0.001, 1,
     .unit = "share of the area", .help = "largest random crop"},
    {"augment.ratio_lo", NULL, OPTION_FLOAT, AT(ratio_lo), "0.75", 0.01, 100,
     .unit = "width / height", .help = "narrowest random crop"},
    {"augment.ratio_hi", NULL, OPTION_FLOAT, AT(ratio_hi), "1.3333333333333333", 0.01, 100,
     .unit = "width / height", .help = "widest random crop"},
    {"augment.flip", NULL, OPTION_FLOAT, AT(flip), "0.5", 0, 1, .unit = "probability",
     .help = "probability of a horizontal flip"},
    {"augment.operations", NULL, OPTION_INT, AT(operations), "2", 0, 20,
     .help = "RandAugment operations per image; 0: none"},
    {"augment.level", NULL, OPTION_FLOAT, AT(level), "5", 0, 10, .unit = "of 10",
     .help = "strength of RandAugment"},
    {"augment.autocontrast", NULL, OPTION_CHOICE, AT(autocontrast), "reference",
     .choices = "reference|pillow",
     .help = "AutoContrast: the reference's 8-bit offset, or Pillow's operation"},
};

const OptionTable augment_options = {.row = rows, .rows = sizeof rows / sizeof *rows};

int augment_options_check(const AugmentOptions *o, Error *err)
{
    if (o->scale_lo <= o->scale_hi && o->ratio_lo <= o->ratio_hi) return 0;
    return error_set(err, ERROR_USAGE,
                     "augment: scale %g to %g, ratio %g to %g: the lower limit is above the "
                     "upper limit",
                     o->scale_lo, o->scale_hi, o->ratio_lo, o->ratio_hi);
}
