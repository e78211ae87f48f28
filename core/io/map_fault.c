/* SPDX-License-Identifier: Apache-2.0 */
/* A handler of SIGBUS. Without a list of maps: the kernel knows which file is at an address.
 * The handler uses only what is safe in one (signal-safety(7)). */
#define _GNU_SOURCE
#include "core/io/map_fault.h"

#include "core/error.h"
#include "core/terminal.h"
#include "core/unfinished.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = PATH_MAX + 128 };

/* A line of /proc/self/maps. */
typedef struct MapLine {
    uint64_t start, end, offset, inode;
    const char *path; /* "" if no file is there */
} MapLine;

/* Reads a number in hexadecimal or decimal digits and skips the character behind it. */
static uint64_t take_number(const char **p, unsigned base)
{
    uint64_t n = 0;
    for (;; (*p)++) {
        const char c = **p;
        const unsigned digit =
            c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
        if (digit >= base) break;
        n = n * base + digit;
    }
    if (**p) ++*p;
    return n;
}

static void skip_word(const char **p)
{
    while (**p && **p != ' ') ++*p;
    while (**p == ' ') ++*p;
}

/* "7f00-7f10 r--s 00001000 fe:00 1234   /a/path" */
static MapLine parse(const char *p)
{
    MapLine m;
    m.start = take_number(&p, 16);
    m.end = take_number(&p, 16);
    skip_word(&p);
    m.offset = take_number(&p, 16);
    skip_word(&p);
    m.inode = take_number(&p, 10);
    while (*p == ' ') p++;
    m.path = p;
    return m;
}

/* Reads the next line without its end; cuts a longer one. */
static bool next_line(int fd, char line[static LINE])
{
    size_t n = 0;
    char c = 0;
    while (read(fd, &c, 1) == 1 && c != '\n')
        if (n < LINE - 1) line[n++] = c;
    line[n] = 0;
    return c == '\n';
}

/* The file at the address; false if there is none. */
static bool find_map(uint64_t address, char line[static LINE], MapLine *out)
{
    const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    bool found = false;
    while (fd >= 0 && !found && next_line(fd, line)) {
        *out = parse(line);
        found = out->start <= address && address < out->end;
    }
    if (fd >= 0) close(fd);
    return found && *out->path == '/';
}

/* Whether the file ends in front of the page of the address. */
static bool is_shorter(const MapLine *m, uint64_t address)
{
    struct stat info;
    if (stat(m->path, &info) != 0 || (uint64_t)info.st_ino != m->inode) return false;
    return (uint64_t)info.st_size <= m->offset + (address - m->start);
}

static void put_message(const MapLine *m, bool shorter)
{
    char text[LINE + 160];
    snprintf(text, sizeof text, "%serror: %s: %s while it was in use\n",
             terminal_redraws() ? TERMINAL_CLEAR : "", m->path,
             shorter ? "the file has become shorter" : "a part of the file cannot be read");
    const ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n; /* nothing is left that could be done about it */
}

/* The other threads that come here. */
static void wait_for_end(int number)
{
    (void)number;
    for (;;) pause();
}

static void set_handler(void (*handler)(int), struct sigaction *old)
{
    const struct sigaction new = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGBUS, &new, old);
}

/* AddressSanitizer would open a file in front of _exit, which a handler may not count on. */
__attribute__((no_sanitize_address)) static void on_fault(int number, siginfo_t *info,
                                                          void *context)
{
    const uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    char line[LINE];
    MapLine m;
    struct sigaction old;
    (void)number, (void)context;
    set_handler(wait_for_end, &old);
    if (old.sa_sigaction != on_fault) wait_for_end(SIGBUS); /* another thread was first */
    if (!find_map(address, line, &m)) {
        set_handler(SIG_DFL, &old); /* something else: it ends the process as it would have */
        raise(SIGBUS);
        return;
    }
    const bool shorter = is_shorter(&m, address);
    put_message(&m, shorter);
    unfinished_remove_last();
    _exit(shorter ? ERROR_CHECKPOINT : ERROR_RUNTIME);
}

void map_fault_guard(void)
{
    struct sigaction new = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    new.sa_sigaction = on_fault;
    sigaction(SIGBUS, &new, NULL);
}
