/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines of the form  COMMAND [-c FILE.yaml]... [key=value]... [--options] [ARGUMENTS]. */
#ifndef RAMPLUS_CORE_OPTIONS_CLI_H
#define RAMPLUS_CORE_OPTIONS_CLI_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct CliOption {
    const char *name;   /* "checkpoint": --checkpoint X or --checkpoint=X */
    char letter;        /* 'o': -o X; 0: none */
    const char **value; /* set to the argument; NULL for a flag */
    bool *flag;         /* set to true */
} CliOption;

/* An option with its value, as it was given. */
typedef struct CliGiven {
    const char *name, *value; /* the option's name; into argv */
} CliGiven;

typedef struct Cli {
    char **file; /* of -c, in order; these three point into argv */
    int64_t files;
    char **assignment; /* key=value */
    int64_t assignments;
    char **argument;
    int64_t arguments;
    CliGiven *given; /* options with values, in order */
    int64_t givens;
    bool help; /* --help or -h was there */
} Cli;

/* argv[0] is the command's name. `key=value` is an assignment when the key is made of letters, digits, dots and
 * underscores; everything behind `--` is an argument. ERROR_USAGE for an unknown option (with the
 * nearest real one) or a missing value. Owned: cli_free. */
int cli_parse(int argc, char **argv, const CliOption *option, int64_t options, Cli *out,
              Error *err);
void cli_free(Cli *cli);

/* For options that may be repeated: value i of those given, or NULL behind the last. Borrowed. */
const char *cli_value(const Cli *cli, const char *name, int64_t i);

/* A count: `text` as a whole number from 1. ERROR_USAGE: `COMMAND: --NAME TEXT: must be ...`. */
int cli_count(const char *command, const char *name, const char *text, int64_t *out,
              Error *err);

/* Prints `error: TEXT` on stderr. Returns the error's exit code. */
int cli_fail(const Error *err);

#endif
