/* SPDX-License-Identifier: Apache-2.0 */
/* Three kinds of errors.
 *   A bug: CHECK(cond, "gamma %ld, expected %ld", ...) prints file, line, condition and
 *     values, then aborts. It is always compiled in.
 *   Bad input or failing I/O: functions return 0 or -1 and fill an Error, whose text reads
 *     `what: which: why`. The first error wins. Only cmd_* functions print it and choose the
 *     exit status.
 *   Exhausted memory: core/mem.h. */
#ifndef RAMPLUS_CORE_ERROR_H
#define RAMPLUS_CORE_ERROR_H

/* Exit codes of the program, documented in README.md. Error.code holds one of them. */
enum {
    EXIT_OK = 0,
    ERROR_RUNTIME = 1,
    ERROR_USAGE = 2,      /* command line or configuration */
    ERROR_DATA = 3,       /* bad or insufficient data */
    ERROR_NETWORK = 4,    /* endpoint or network */
    ERROR_NUMERIC = 5,    /* numeric divergence */
    ERROR_CHECKPOINT = 6, /* corrupt or mismatching checkpoint or label bank */
    ERROR_STOPPED = 75,   /* stopped by a signal after saving */
};

typedef struct Error {
    int code;       /* 0: no error; else an exit code */
    char text[768]; /* one line, no newline; control characters of file contents escaped */
} Error;

/* Fills err (may be NULL) unless it already holds an error. Returns -1, so that callers can
 * write `return error_set(err, ERROR_DATA, "train.json: record %d: ...", i);` */
int error_set(Error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts `PREFIX: ` before the text of an error already set. Returns -1. */
int error_prefix(Error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Passes on an error that was kept elsewhere: fills err as error_set does and returns -1 if
 * `from` holds one; otherwise returns 0. */
int error_move(Error *err, const Error *from);
/* The same, where a fault of the data (ERROR_DATA) has another code. */
int error_move_as(Error *err, const Error *from, int code);

/* Prints the message and aborts. Call it through the macro CHECK. */
_Noreturn void error_check_failed(const char *file, int line, const char *condition,
                                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define CHECK(cond, ...)                                                                       \
    ((cond) ? (void)0 : error_check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__))

#endif
