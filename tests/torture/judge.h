/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a run has coped with a failure. */
#ifndef RAMPLUS_TESTS_TORTURE_JUDGE_H
#define RAMPLUS_TESTS_TORTURE_JUDGE_H

#include "tests/torture/point.h"
#include "tests/torture/run.h"

/* Two runs without failures. What differs between them, such as times, may always differ. */
typedef struct Usual {
    TortureRun run[2];
} Usual;

enum { JUDGE_WHY = 256 };

/* Whether the run ended by itself and in time, with a documented exit code: 0 if all results
 * are as usual, otherwise 1 and one line on stderr; and left neither temporary nor half-written
 * files. Otherwise says why not. */
bool judge(const TortureRun *run, const Usual *usual, const Point *p,
           char why[static JUDGE_WHY]);

#endif
