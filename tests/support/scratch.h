/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for one test, and checks of errors. Use it in checked fixtures. */
#ifndef RAMPLUS_TESTS_SUPPORT_SCRATCH_H
#define RAMPLUS_TESTS_SUPPORT_SCRATCH_H

#include "core/error.h"

#include <stddef.h>

typedef struct Scratch {
    char dir[64];
    char path[160]; /* result of the last scratch_path or scratch_write */
} Scratch;

void scratch_new(Scratch *s);
void scratch_free(Scratch *s); /* removes the folder and everything in it */
const char *scratch_path(Scratch *s, const char *name);
/* Write a file, whose folders are made. */
const char *scratch_write(Scratch *s, const char *name, const void *data, size_t len);
const char *scratch_text(Scratch *s, const char *name, const char *text);

/* The contents of a file, owned, and a check of them. */
char *scratch_read(Scratch *s, const char *name);
void scratch_contains(Scratch *s, const char *name, const char *want);

/* Checks that the error is set, has this code, is one printable line and contains the text. */
void expect_error(const Error *err, int code, const char *text);

/* Runs the program with ARGUMENTS in a shell and returns its exit code. *out and *messages
 * receive stdout and stderr, which the caller frees with mem_free; both may be NULL. */
int run_program(Scratch *s, const char *arguments, char **out, char **messages);

#endif
