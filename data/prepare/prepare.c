/* SPDX-License-Identifier: Apache-2.0 */
/* Argument checks shared by the kinds of `ramplus prepare`. */
#include "data/prepare/prepare.h"

#include <errno.h>
#include <stdlib.h>

int prepare_int(const char *command, const char *option, const char *text, int64_t lo,
                int64_t hi, int64_t *out, Error *err)
{
    if (!text) return 0;
    char *end;
    errno = 0;
    const long long x = strtoll(text, &end, 10);
    if (end == text || *end || errno || x < lo || x > hi)
        return error_set(err, ERROR_USAGE,
                         "%s: --%s: '%.40s' is not a whole number in %lld..%lld", command,
                         option, text, (long long)lo, (long long)hi);
    *out = x;
    return 0;
}

int prepare_number(const char *command, const char *option, const char *text, double lo,
                   double hi, double *out, Error *err)
{
    if (!text) return 0;
    char *end;
    const double x = strtod(text, &end);
    if (end == text || *end || !(x >= lo && x <= hi))
        return error_set(err, ERROR_USAGE, "%s: --%s: '%.40s' is not a number in %g..%g",
                         command, option, text, lo, hi);
    *out = x;
    return 0;
}

int prepare_arguments(const char *command, const Cli *cli, int64_t min, int64_t max,
                      const char *what, Error *err)
{
    const char *extra = cli->assignments                  ? cli->assignment[0]
                        : cli->files                      ? "-c"
                        : max > 0 && cli->arguments > max ? cli->argument[max]
                                                          : NULL;
    if (extra)
        return error_set(err, ERROR_USAGE, "%s: %.80s: unexpected; see ramplus %s --help",
                         command, extra, command);
    if (cli->arguments >= min) return 0;
    return error_set(err, ERROR_USAGE, "%s: %s: missing; see ramplus %s --help", command, what,
                     command);
}
