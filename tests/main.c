/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every suite (or those named in CK_RUN_SUITE) and fails if any check does. */
#include "core/math/reexec.h"

#include <check.h>
#include <stdlib.h>

#define SUITE(name) Suite *name(void);
#include "suites.h"
#undef SUITE

int main(int argc, char **argv)
{
    (void)argc;
    reexec_with_settings(argv); /* as in the program, whose results some tests compare */
    SRunner *runner = srunner_create(NULL);
#define SUITE(name) srunner_add_suite(runner, name());
#include "suites.h"
#undef SUITE
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
