/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `ramplus prepare`: one function for each kind of data, and what they share. */
#ifndef RAMPLUS_DATA_PREPARE_PREPARE_H
#define RAMPLUS_DATA_PREPARE_PREPARE_H

#include "core/options/cli.h"

/* argv[0] is "prepare KIND", for messages. Return 0 or -1; *err holds the exit code. */
int prepare_synth(int argc, char **argv, Error *err);
int prepare_openclipart(int argc, char **argv, Error *err);
int prepare_triplets(int argc, char **argv, Error *err);

/* An option's text as a whole number in [lo, hi], or as a number; NULL leaves *out. ERROR_USAGE. */
int prepare_int(const char *command, const char *option, const char *text, int64_t lo,
                int64_t hi, int64_t *out, Error *err);
int prepare_number(const char *command, const char *option, const char *text, double lo,
                   double hi, double *out, Error *err);

/* Checks that there are at least `least` arguments, at most `most` (0: any number), no configuration and
 * no key=value. what: "OUT", for messages. ERROR_USAGE. */
int prepare_arguments(const char *command, const Cli *cli, int64_t least, int64_t most,
                      const char *what, Error *err);

#endif
