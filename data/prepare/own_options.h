/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of `prepare` that read a set of one's own have in common: options, the printed
 * counts, the exit code. */
#ifndef RAMPLUS_DATA_PREPARE_OWN_OPTIONS_H
#define RAMPLUS_DATA_PREPARE_OWN_OPTIONS_H

#include "core/options/cli.h"
#include "data/folder/count_rows.h"
#include "data/folder/own_set.h"

typedef struct OwnOptions {
    OwnRules rules;
    bool strict, json;
} OwnOptions;

/* Rows for a struct with `OwnOptions own`; at(FIELD): its offset. */
#define OWN_OPTIONS(at)                                                                        \
    {"tags",                                                                                   \
     0,                                                                                        \
     "FILE",                                                                                   \
     OPTION_STRING,                                                                            \
     at(own.rules.tags),                                                                       \
     .last_wins = true,                                                                        \
     .help = "the tags, one per line; others are left out"},                                   \
        {"least",                                                                              \
         0,                                                                                    \
         "N",                                                                                  \
         OPTION_INT,                                                                           \
         at(own.rules.least),                                                                  \
         "1",                                                                                  \
         0,                                                                                    \
         1e9,                                                                                  \
         .last_wins = true,                                                                    \
         .unit = "images",                                                                     \
         .formerly = "min-images-per-tag",                                                     \
         .help = "training images that a tag needs, unless --tags is given"},                  \
        {"test",                                                                               \
         0,                                                                                    \
         "X",                                                                                  \
         OPTION_FLOAT,                                                                         \
         at(own.rules.test),                                                                   \
         "0.2",                                                                                \
         0,                                                                                    \
         1,                                                                                    \
         .last_wins = true,                                                                    \
         .help = "share of the images that is evaluated and does not train"},                  \
        {"seed",                                                                               \
         0,                                                                                    \
         "N",                                                                                  \
         OPTION_INT,                                                                           \
         at(own.rules.seed),                                                                   \
         "0",                                                                                  \
         0,                                                                                    \
         1e15,                                                                                 \
         .last_wins = true,                                                                    \
         .help =                                                                               \
             "of the choice of this share, which depends on the seed and the names alone"},    \
        {"labeled-only", .offset = at(own.rules.labeled_only),                                 \
         .help = "evaluate only images with at least one tag"},                                \
        {"strict", .offset = at(own.strict), .help = "exit with 3 when any record is bad"},    \
    {                                                                                          \
        "json", .offset = at(own.json),                                                        \
                .help = "print the counts as one JSON document on stdout"                      \
    }

/* Prints the counts of what was read, and of the folder. Returns the exit code, or -1 with
 * ERROR_DATA if --strict is given and records are bad. */
int own_options_report(const Cli *cli, const OwnOptions *o, CountReport read, int64_t bad,
                       const OwnCounts *counts, Error *err);

#endif
