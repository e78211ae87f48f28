/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every suite, or those named in CK_RUN_SUITE with blanks or commas between them, and
 * fails if any check does, a name is unknown or nothing was run. */
#include "core/math/gemm.h"
#include "core/math/real.h"
#include "core/mem.h"
#include "core/options/option.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE(name, function) Suite *function(void);
#include "suites.h"
#undef SUITE

typedef struct Row {
    const char *name;
    Suite *(*make)(void);
} Row;

#define SUITE(name, function) {#name, function},
static const Row rows[] = {
#include "suites.h"
};
#undef SUITE
enum { ROWS = sizeof rows / sizeof *rows };

/* The build in double precision has the suites of gradients only. */
static const bool is_part = sizeof(Real) == sizeof(double);

static const Row *find(const char *wanted)
{
    const char *all[ROWS];
    char hint[OPTION_HINT];
    for (int i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, wanted) == 0) return &rows[i];
        all[i] = rows[i].name;
    }
    if (!is_part)
        fprintf(stderr, "%s: no such suite%s\n", wanted,
                option_hint(option_nearest(wanted, all, ROWS), hint));
    return NULL;
}

/* Adds the suites of a list of names. Returns how many names are unknown. */
static int add_named(SRunner *runner, const char *list)
{
    int unknown = 0;
    char *copy = mem_strdup(list), *rest = copy;
    for (char *name; (name = strtok_r(rest, " ,", &rest));) {
        const Row *row = find(name);
        if (row)
            srunner_add_suite(runner, row->make());
        else
            unknown++;
    }
    mem_free(copy);
    return unknown;
}

int main(void)
{
    gemm_open();             /* as in the program, whose results some tests compare */
    signal(SIGHUP, SIG_DFL); /* started by nohup, tests of this signal would see nothing */
    /* A test that takes minutes hangs. Fewer seconds would not do on a busy machine. */
    setenv("CK_DEFAULT_TIMEOUT", "300", 0);
    SRunner *runner = srunner_create(NULL);
    const char *list = getenv("CK_RUN_SUITE");
    int unknown = 0;
    if (list && *list)
        unknown = add_named(runner, list);
    else
        for (int i = 0; i < ROWS; i++) srunner_add_suite(runner, rows[i].make());
    unsetenv("CK_RUN_SUITE"); /* libcheck takes it for one name */
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed || (!is_part && (unknown || run == 0)) ? EXIT_FAILURE : EXIT_SUCCESS;
}
