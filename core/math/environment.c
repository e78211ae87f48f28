/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables that libraries read before main, where a default of this program is
 * better than theirs. Setting them in main would be too late, so the program answers the
 * question itself: this getenv replaces the C library's for all libraries that it loads. */
#define _GNU_SOURCE /* environ */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rounds that a thread of OpenMP's library spins before it sleeps. On a machine with other
 * work, its default of milliseconds takes processor time from the thread that it waits for. */
static const char spin[] = "2000";

static char *find(const char *name)
{
    const size_t n = strlen(name);
    for (char **e = environ; e && *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') return *e + n + 1;
    return NULL;
}

char *getenv(const char *name)
{
    char *value = find(name);
    if (value || strcmp(name, "GOMP_SPINCOUNT") != 0 || find("OMP_WAIT_POLICY")) return value;
    return (char *)(uintptr_t)spin; /* nobody writes to it */
}
