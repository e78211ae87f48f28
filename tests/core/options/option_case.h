/* SPDX-License-Identifier: Apache-2.0 */
/* A struct that a fixture fills with the defaults of a table. */
#ifndef RAMPLUS_TESTS_CORE_OPTIONS_OPTION_CASE_H
#define RAMPLUS_TESTS_CORE_OPTIONS_OPTION_CASE_H

#include "tests/core/options/option_table.h"
#include "tests/support/scratch.h"

#include <check.h>

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
