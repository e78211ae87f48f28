/* SPDX-License-Identifier: Apache-2.0 */
/* The options data.*, caption.* and loader.*: which data is read, and how far ahead. */
#ifndef RAMPLUS_DATA_OPTIONS_H
#define RAMPLUS_DATA_OPTIONS_H

#include "core/options/option.h"
#include "data/image/image.h"

typedef struct DataOptions {
    char *root;
    OptionStrings train, eval;
    OptionStrings caption;  /* data/caption_template.h; empty: none is made */
    OptionFloats mean, std; /* 3 values each, one per channel */
    int transparent;        /* enum ImageAlpha */
    bool absolute;
    int64_t max_pixels, max_memory, max_seconds;
} DataOptions;

typedef struct LoaderOptions {
    int64_t threads, prefetch;
    int64_t cache;  /* MiB */
    int64_t window; /* records */
} LoaderOptions;

extern const OptionTable data_options, loader_options;

ImageRules data_image_rules(const DataOptions *o);

#endif
