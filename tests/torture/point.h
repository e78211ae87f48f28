/* SPDX-License-Identifier: Apache-2.0 */
/* The failures that a run of the program can meet. */
#ifndef RAMPLUS_TESTS_TORTURE_POINT_H
#define RAMPLUS_TESTS_TORTURE_POINT_H

#include "core/rng.h"
#include "tests/torture/plan.h"

#include <stddef.h>

typedef struct Point {
    TorturePlace place; /* number: TORTURE_ALLOCATION or that of a system call */
    bool ever;          /* all later ones fail, too */
    int error;          /* as in TorturePlan */
} Point;

typedef struct Points {
    Point *at;
    size_t count;
} Points;

/* Adds n random points of the places that a plan has listed: all, if it lists fewer. Freed with
 * mem_free(p->at). */
void points_draw(Points *p, const TorturePlan *plan, size_t n, Rng *rng);

/* The plan that makes the point's call fail. */
void point_plan(const Point *p, TorturePlan *out);

enum { POINT_NAME = 128 };
void point_name(const Point *p, char out[static POINT_NAME]);

#endif
