/* SPDX-License-Identifier: Apache-2.0 */
/* Files of made-up machines: what the kernel says about a process and its control groups. */
#ifndef RAMPLUS_TESTS_SUPPORT_MACHINE_H
#define RAMPLUS_TESTS_SUPPORT_MACHINE_H

#include "tests/support/scratch.h"

#include <stdint.h>

enum { MACHINE_FILES = 6 };

typedef struct Machine {
    const char *what;
    struct {
        const char *path, *text; /* below the root; a NULL path ends the list */
    } file[MACHINE_FILES];
    int64_t granted; /* what the files say, in the units of the test */
} Machine;

#define GROUP "proc/self/cgroup"
#define TOP   "sys/fs/cgroup/"

/* Writes the files below s->dir. */
static inline void machine_make(Scratch *s, const Machine *m)
{
    for (int i = 0; i < MACHINE_FILES && m->file[i].path; i++)
        scratch_text(s, m->file[i].path, m->file[i].text);
}

#endif
