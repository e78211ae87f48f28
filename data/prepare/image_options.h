/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the kinds of `prepare` that decode the images of strangers. */
#ifndef RAMPLUS_DATA_PREPARE_IMAGE_OPTIONS_H
#define RAMPLUS_DATA_PREPARE_IMAGE_OPTIONS_H

#include "core/options/cli.h"
#include "data/image/image.h"

/* Rows for a struct with config.absolute, config.rules and threads; at(FIELD): its offset. */
#define PREPARE_IMAGE_OPTIONS(at)                                                              \
    {"absolute", .offset = at(config.absolute),                                                \
     .help = "image paths may be absolute, and links may lead out of the root"},               \
        {"max-pixels",                                                                         \
         0,                                                                                    \
         "N",                                                                                  \
         OPTION_INT,                                                                           \
         at(config.rules.max_pixels),                                                          \
         "100",                                                                                \
         1,                                                                                    \
         IMAGE_MOST_MEGAPIXELS,                                                                \
         .last_wins = true,                                                                    \
         .unit = "megapixels",                                                                 \
         .help = "largest image that is decoded"},                                             \
        {"max-memory",                                                                         \
         0,                                                                                    \
         "N",                                                                                  \
         OPTION_INT,                                                                           \
         at(config.rules.max_memory),                                                          \
         "512",                                                                                \
         1,                                                                                    \
         1e6,                                                                                  \
         .last_wins = true,                                                                    \
         .unit = "MiB",                                                                        \
         .help = "memory for decoding one image, its file and pixels included"},               \
        {"max-seconds",                                                                        \
         0,                                                                                    \
         "N",                                                                                  \
         OPTION_INT,                                                                           \
         at(config.rules.max_seconds),                                                         \
         "10",                                                                                 \
         1,                                                                                    \
         1e6,                                                                                  \
         .last_wins = true,                                                                    \
         .unit = "seconds",                                                                    \
         .help = "time for decoding one image"},                                               \
    {                                                                                          \
        "threads", 0, "N", OPTION_INT, at(threads), "0", 0, 1024,                              \
            .last_wins = true,                                                                 \
            .help = "threads; 0: one per processor that affinity, cgroup quota and "           \
                    "OMP_NUM_THREADS grant"                                                    \
    }

#endif
