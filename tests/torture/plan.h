/* SPDX-License-Identifier: Apache-2.0 */
/* What the test and the library that fails on demand tell each other, in a file that both
 * map. */
#ifndef RAMPLUS_TESTS_TORTURE_PLAN_H
#define RAMPLUS_TESTS_TORTURE_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The variable of the environment that names the file. */
#define TORTURE_PLAN "TORTURE_PLAN"

enum { TORTURE_PLACES = 8192, TORTURE_REPORT = 4096 };

enum {
    TORTURE_ALLOCATION = -1, /* instead of the number of a system call */
    TORTURE_SHORT = -1, /* instead of a number of errno: the call moves half of the bytes */
};

/* The first call from one place in the program: with one stack of return addresses. */
typedef struct TorturePlace {
    uint64_t stack;
    int64_t call;   /* 1: the first of all */
    int64_t number; /* of the system call, or TORTURE_ALLOCATION */
    int64_t file;   /* its first argument */
} TorturePlace;

typedef struct TorturePlan {
    bool allocations; /* they fail, not system calls */
    int64_t at;       /* the call that fails, from 1; 0: none, places are listed */
    bool ever;        /* so do all calls behind it of its number, but for messages */
    int error;        /* number of errno, or TORTURE_SHORT; allocations fail with ENOMEM */

    /* Answers. */
    _Atomic int64_t calls;
    int64_t number, file; /* of the failed call */
    int64_t places;       /* TORTURE_PLACES: there may be more */
    TorturePlace place[TORTURE_PLACES];
    char report[TORTURE_REPORT]; /* the stack of the failed call, for addr2line */
} TorturePlan;

#endif
