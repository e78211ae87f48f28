/* SPDX-License-Identifier: Apache-2.0 */
/* A program with options of every type, for the tests of the command line. */
#ifndef RAMPLUS_TESTS_CORE_OPTIONS_CLI_EXAMPLE_H
#define RAMPLUS_TESTS_CORE_OPTIONS_CLI_EXAMPLE_H

#include "core/options/cli.h"

typedef struct ExampleOptions {
    const char *checkpoint, *out;
    int64_t top;
    double share;
    int color;
    OptionStrings words;
    bool json;
} ExampleOptions;

/* `tag`, which accepts everything, `plain IN OUT` without options, `strict` with required
 * ones, `make one`, `set` without arguments. */
extern const CliProgram example_program;
extern const CliCommand example_tag;

enum { WORDS = 16 };

/* The words of a line, cut at blanks. */
typedef struct ExampleLine {
    char text[256];
    char *word[WORDS + 1];
    int words;
} ExampleLine;

void example_cut(ExampleLine *line, const char *text);

#endif
