/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of the program with one failing allocation or system call, and what they leave. */
#ifndef RAMPLUS_TESTS_TORTURE_RUN_H
#define RAMPLUS_TESTS_TORTURE_RUN_H

#include "core/io/file_walk.h"
#include "tests/torture/plan.h"

enum { TORTURE_SECONDS = 10 /* that a run may take */ };

typedef struct TortureRun {
    const char *arguments;
    int code;      /* of the exit, or minus the number of the signal that ended it */
    char *said[2]; /* stdout, stderr */
    Lines name;    /* of the files in its folder */
    Bytes *file;   /* [name.count] */
} TortureRun;

/* Creates the file of the plan, in the folder of tiny.h, and maps it. */
TorturePlan *torture_plan(void);

/* Runs the program with these arguments (@ as in tiny.h) in a fresh folder, where `copied`,
 * unless it is NULL, is a copy called `out`. The plan says what fails, and receives answers. */
TortureRun torture_run(const char *arguments, const char *copied);
void torture_free(TortureRun *run);

#endif
