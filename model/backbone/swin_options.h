/* SPDX-License-Identifier: Apache-2.0 */
/* swin.*: options that override single sizes of a named Swin. */
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

/* The named sizes, ended by NULL. */
extern const char *const swin_sizes[];

/* All sizes of a configuration: those of the named size unless an option overrides them; the
 * window is 12 if the image size allows it (384), else 7. ERROR_USAGE for sizes that swin_check
 * rejects and for lists without one value per stage. */
int swin_config(const BackboneConfig *c, SwinConfig *out, Error *err);

#endif
