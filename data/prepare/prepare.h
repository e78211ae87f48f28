/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `ramplus prepare`: one function per kind of data, and shared argument checks. */
#ifndef RAMPLUS_DATA_PREPARE_PREPARE_H
#define RAMPLUS_DATA_PREPARE_PREPARE_H

#include "core/options/cli.h"

/* argv[0] is "prepare KIND", for messages. They return 0 or -1; *err holds the exit code. */
int prepare_synth(int argc, char **argv, Error *err);
int prepare_openclipart(int argc, char **argv, Error *err);
int prepare_triplets(int argc, char **argv, Error *err);

/* Parses an option's text as an integer, or as a number, in [lo, hi]; a NULL text leaves
 * *out unchanged. ERROR_USAGE. */
int prepare_int(const char *command, const char *option, const char *text, int64_t lo,
                int64_t hi, int64_t *out, Error *err);
int prepare_number(const char *command, const char *option, const char *text, double lo,
                   double hi, double *out, Error *err);

/* Checks that the arguments number at least `min` and at most `max` (0: no limit), and that
 * neither a configuration nor key=value is given. what: "OUT", for messages. ERROR_USAGE. */
int prepare_arguments(const char *command, const Cli *cli, int64_t min, int64_t max,
                      const char *what, Error *err);

#endif
