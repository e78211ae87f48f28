/* SPDX-License-Identifier: Apache-2.0 */
/* swin.*: single sizes of a Swin, over those of a named size. */
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

/* The named sizes, NULL-ended. */
extern const char *const swin_sizes[];

/* All sizes of a configuration: those of the named size, where the options do not change them; the window is 12
 * where the image size allows it (384), else 7. ERROR_USAGE, as swin_check and for lists of another length than the
 * stages. */
int swin_config(const BackboneConfig *c, SwinConfig *out, Error *err);

#endif
