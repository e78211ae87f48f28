/* SPDX-License-Identifier: Apache-2.0 */
/* A table with an option of every type, and a struct that a fixture fills with its defaults. */
#ifndef RAMPLUS_TESTS_CORE_OPTIONS_OPTION_CASE_H
#define RAMPLUS_TESTS_CORE_OPTIONS_OPTION_CASE_H

#include "core/options/option.h"
#include "tests/support/scratch.h"

#include <check.h>

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

/* Of the running test. */
extern OptionCase option_case;
extern Scratch option_case_scratch;
/* A test case with the fixture. */
TCase *option_case_new(Suite *s);

/* Sets an option, or loads a YAML text; fails the test on an error. */
void option_case_set(const char *assignment);
void option_case_load(const char *yaml);

/* An input that must be refused, and words of the message. */
typedef struct OptionBad {
    const char *input, *message;
} OptionBad;

#endif
