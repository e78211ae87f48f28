/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a parser of hostile bytes in a child process that can compute and little else: it has
 * one open file, to read, and a pipe for its answer; limits on memory and time; and, where the
 * kernel has seccomp, no system call that opens, starts, signals or connects anything. */
#ifndef RAMPLUS_CORE_IO_CONFINED_H
#define RAMPLUS_CORE_IO_CONFINED_H

#include "core/io/text.h"

/* Its answer, through which alone it is heard. It may allocate, read the file at offsets and
 * compute, but start no threads, OpenMP's included. */
typedef void (*ConfinedWork)(void *context, Text *answer);

/* Calls work in the child, which keeps `fd` open, and returns its answer: as anyone may have
 * written it, empty if the child crashed or met a limit, cut off behind `most` bytes. The
 * caller frees it with text_free. ERROR_RUNTIME if no process can be started, or the machine
 * ended it. */
int confined_run(int fd, ConfinedWork work, void *context, size_t most, Text *answer,
                 Error *err);

/* For the work: ends the child because the machine, not the file, is at fault. Lack of memory
 * needs no call. */
_Noreturn void confined_give_up(void);

#endif
