/* SPDX-License-Identifier: Apache-2.0 */
/* A folder under /tmp for one test, and expected errors. Use in checked fixtures. */
#ifndef RAMPLUS_TESTS_SUPPORT_SCRATCH_H
#define RAMPLUS_TESTS_SUPPORT_SCRATCH_H

#include "core/error.h"

#include <stddef.h>

typedef struct Scratch {
    char dir[64];
    char path[160]; /* of the last scratch_path or scratch_write */
} Scratch;

void scratch_new(Scratch *s);
void scratch_free(Scratch *s); /* removes the folder and everything in it */
const char *scratch_path(Scratch *s, const char *name);
const char *scratch_write(Scratch *s, const char *name, const void *data, size_t len);
const char *scratch_text(Scratch *s, const char *name, const char *text);

/* The error is set, has this code, is one printable line and contains the text. */
void expect_error(const Error *err, int code, const char *text);

/* Runs `ARGUMENTS` after the program's name through the shell, output in the scratch folder; returns the
 * exit status. *out and *talk (stdout and stderr) are owned: mem_free; both may be NULL. */
int run_program(Scratch *s, const char *arguments, char **out, char **talk);

#endif
