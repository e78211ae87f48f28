/* SPDX-License-Identifier: Apache-2.0 */
/* What decoding one image may cost. A few kilobytes can stand for gigapixels, thousands of
 * scans or gigabytes of zeros: the decoders ask here before they allocate; those of JPEG, PNG
 * and WebP also ask for the time while they work. */
#ifndef RAMPLUS_DATA_IMAGE_BUDGET_H
#define RAMPLUS_DATA_IMAGE_BUDGET_H

#include "data/image/image.h"

typedef struct ImageBudget {
    size_t len;      /* bytes of the file, which are held while it is decoded */
    int64_t pixels;  /* at most */
    int64_t bytes;   /* to be held at most */
    double deadline; /* by log_now */
    int64_t seconds; /* until then, from the start */
} ImageBudget;

/* Starts the clock. rules: NULL stands for the defaults. */
ImageBudget image_budget_start(const ImageRules *rules, size_t len);

/* ERROR_DATA if there are too many pixels, or more than `len` bytes can hold: deflate
 * compresses at most 1,032 to 1, and a byte holds at most 8 pixels. */
int image_budget_size(const ImageBudget *b, int64_t width, int64_t height, Error *err);
/* ERROR_DATA if `bytes` beside the file are too many, ERROR_RUNTIME if the machine does not
 * have them. Call it before allocating. */
int image_budget_memory(const ImageBudget *b, int64_t bytes, Error *err);
/* ERROR_DATA if an image of so many pixels has too many scans: each costs time. */
int image_budget_scans(const ImageBudget *b, int64_t scans, int64_t pixels, Error *err);
/* ERROR_DATA after the deadline. Call it at least once for each 10 MB of work. */
int image_budget_time(const ImageBudget *b, Error *err);

#endif
