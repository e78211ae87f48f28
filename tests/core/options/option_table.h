/* SPDX-License-Identifier: Apache-2.0 */
/* A table with an option of every type, for tests. */
#ifndef RAMPLUS_TESTS_CORE_OPTIONS_OPTION_TABLE_H
#define RAMPLUS_TESTS_CORE_OPTIONS_OPTION_TABLE_H

#include "core/options/option.h"

typedef struct OptionCase {
    bool grad;
    int64_t batch, epochs, big;
    double lr, decay;
    char *root;
    int loss;
    OptionInts depths;
    OptionFloats mean;
    OptionStrings train;
} OptionCase;

enum { OPTION_CASE_ROWS = 11 };
extern const OptionTable option_case_table;

#endif
