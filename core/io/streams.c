/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors 0 to 2: open at the start, checked for failed writing at the end. */
#include "core/io/streams.h"

#include "core/error.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void streams_open(void)
{
    static const int mode[] = {O_RDONLY, O_RDONLY, O_RDWR}; /* stdout: writing fails */
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", mode[i]) < 0) (void)open("/", O_RDONLY);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* Whether the other end of a pipe or socket is closed. */
static bool reader_gone(FILE *stream)
{
    struct pollfd p = {.fd = fileno(stream), .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

static int failed(FILE *stream)
{
    return reader_gone(stream) ? STREAMS_NO_READER : ERROR_RUNTIME;
}

/* The reason why writing to stdout failed. If it failed earlier, the stream no longer knows it:
 * one more byte behind the gap in the output asks again. */
static const char *reason(void)
{
    errno = 0;
    if (fflush(stdout) == 0) (void)(putchar('\n') != EOF && fflush(stdout));
    return errno ? strerror(errno) : "cannot write";
}

bool streams_take_more(void) { return fflush(stdout) == 0 && !ferror(stdout); }

int streams_close(int status)
{
    int worst = EXIT_OK;
    if (fflush(stdout) != 0 || ferror(stdout)) worst = failed(stdout);
    if (worst == ERROR_RUNTIME) log_error("stdout: %s", reason());
    if (worst == EXIT_OK && ferror(stderr)) worst = failed(stderr);
    return status == EXIT_OK ? worst : status;
}
